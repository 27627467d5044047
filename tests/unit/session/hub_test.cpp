// The hub alone, against clients that misbehave; and messages in their binary form.
#include <doctest/doctest.h>

#include "bidseal/session/qr_content.h"

#include "../support/error_of.h"
#include "session_test_support.h"

using namespace bidseal;
using namespace bidseal::session;
using namespace bidseal::test;

namespace {

/// A hub's session with a page and phones that are played by hand.
struct Table {
    explicit Table(uint64_t seed)
        : random(seed),
          page_key(crypto::Sm2PrivateKey::generate(random)),
          page(key_bytes(page_key)),
          opened(page, random),
          draft(opened.draft(random)),
          hub(opened_draft(), now) {}

    static OneTimeKey key_bytes(const crypto::Sm2PrivateKey& key) {
        OneTimeKey result;
        const Bytes compressed = key.public_key().compressed();
        std::copy(compressed.begin(), compressed.end(), result.bytes.begin());
        return result;
    }
    Draft opened_draft() const {
        Draft copy;
        copy.sid = draft.sid;
        copy.page = draft.page;
        copy.request = draft.request;
        copy.certificate = draft.certificate;
        copy.operation = draft.operation;
        copy.platform = draft.platform;
        copy.expires = draft.expires;
        copy.k_sid = draft.k_sid.clone();
        return copy;
    }

    /// The reply, through its binary form; between two calls the hub is stored and read again.
    HubMessage say(const HubMessage& message) {
        const HubResult result = hub.handle(decode_hub_message(encode(message)), now, random);
        pushes = result.pushes;
        hub = HubSession::parse(hub.serialize(now).view(), now);
        REQUIRE(result.reply.has_value());
        return decode_hub_message(encode(*result.reply));
    }
    /// The name of the refusal, or "".
    std::string refusal(const HubMessage& message) {
        const HubMessage reply = say(message);
        const auto* refused = std::get_if<Refusal>(&reply);
        return refused == nullptr ? "" : error_name(refused->code);
    }
    Attach attach_message() {
        return {draft.sid, page, page_key.sign(attach_bytes(draft.sid, page), random)};
    }
    Token attach() { return std::get<Attached>(say(attach_message())).token; }
    Claim claim_message(uint32_t step) {
        Claim claim;
        claim.sid = draft.sid;
        claim.step = step;
        claim.rotation = rotation_of(draft.k_sid, draft.sid, step, page);
        claim.phone = key_bytes(crypto::Sm2PrivateKey::generate(random));
        claim.device = fresh_id<DeviceId>(random);
        claim.signature = Bytes(70, 1);
        return claim;
    }
    void wait(Millis millis) { now += millis; }

    SeededRandom random;
    Millis now = 1'000'000;
    crypto::Sm2PrivateKey page_key;
    OneTimeKey page;
    Opened opened;
    Draft draft;
    HubSession hub;
    std::vector<Push> pushes;
};

}  // namespace

TEST_CASE("hub: the page attaches with its key, and gets a code every three seconds") {
    Table table(1);
    Attach forged = table.attach_message();
    forged.signature.back() ^= 1;
    CHECK(table.refusal(forged) == "signature_invalid");
    const crypto::Sm2PrivateKey other = crypto::Sm2PrivateKey::generate(table.random);
    const OneTimeKey other_key = Table::key_bytes(other);
    const Attach stranger{table.draft.sid, other_key,
                          other.sign(attach_bytes(table.draft.sid, other_key), table.random)};
    CHECK(table.refusal(stranger) == "session_unknown");

    const Token token = table.attach();
    REQUIRE(table.pushes.size() == 1);
    CHECK(std::get<Rotated>(table.pushes[0].message).step == 0);
    CHECK(table.attach() == token);
    int codes = 0;
    std::optional<uint32_t> last;
    while (const auto next = table.hub.next_tick()) {
        table.now = *next;
        const HubResult result = table.hub.tick(table.now);
        for (const Push& push : result.pushes) {
            if (const auto* rotated = std::get_if<Rotated>(&push.message)) {
                codes++;
                CHECK(rotated->step == last.value_or(0) + 1);
                last = rotated->step;
            }
        }
    }
    CHECK(codes == 39);
    CHECK(table.now == 1'000'000 + code_life_millis);
    CHECK(table.hub.outcome() == Outcome::expired);
    CHECK(table.refusal(table.claim_message(39)) == "session_unknown");
}

TEST_CASE("hub: the first claim wins") {
    Table table(2);
    table.attach();
    table.wait(7'000);
    const Claim first = table.claim_message(1), second = table.claim_message(2);
    const auto won = std::get<Claimed>(table.say(first));
    CHECK(won.request == table.draft.request);
    CHECK(won.certificate == table.draft.certificate);
    CHECK(won.platform == table.draft.platform);
    CHECK(table.refusal(second) == "session_taken");
    // Its own repetition gets the same, also after the code has become old.
    table.wait(60'000);
    CHECK(std::get<Claimed>(table.say(first)).token == won.token);
    Claim imitated = first;
    imitated.phone = second.phone;
    CHECK(table.refusal(imitated) == "session_taken");
    imitated = first;
    imitated.device = second.device;
    CHECK(table.refusal(imitated) == "session_taken");
}

TEST_CASE("hub: codes that are old, of the future or invented are refused") {
    Table table(3);
    CHECK(table.refusal(table.claim_message(0)) == "session_unknown");  // no page yet
    table.attach();
    table.wait(30'000);
    CHECK(table.refusal(table.claim_message(6)) == "session_code_old");
    CHECK(table.refusal(table.claim_message(11)) == "session_code_old");
    Claim invented = table.claim_message(10);
    invented.rotation.bytes[7] ^= 1;
    CHECK(table.refusal(invented) == "session_code_invalid");
    invented = table.claim_message(10);
    invented.step = 9;
    CHECK(table.refusal(invented) == "session_code_invalid");
    invented = table.claim_message(10);
    invented.sid.bytes[0] ^= 1;
    CHECK(table.refusal(invented) == "session_unknown");
    CHECK(table.refusal(table.claim_message(7)) == "");
}

TEST_CASE("hub: a draft may be repeated, not changed") {
    Table table(4);
    table.hub.repeat(table.opened_draft());
    const auto changed = [&](auto change) {
        Draft draft = table.opened_draft();
        change(draft);
        return error_name_of([&] { table.hub.repeat(draft); });
    };
    CHECK(changed([](Draft& d) { d.request.bytes[0] ^= 1; }) == "session_conflict");
    CHECK(changed([](Draft& d) { d.page.bytes[0] ^= 1; }) == "session_conflict");
    CHECK(changed([](Draft& d) { d.certificate.bytes[0] ^= 1; }) == "session_conflict");
    CHECK(changed([](Draft& d) { d.k_sid = SecretBytes(32); }) == "session_conflict");
    CHECK(changed([](Draft& d) { d.platform = "other"; }) == "session_conflict");
    CHECK(changed([](Draft& d) { d.operation = Operation::login; }) == "session_conflict");
}

TEST_CASE("hub: frames arrive once, in order, at the other side only") {
    Table table(5);
    const Token page = table.attach();
    const Token phone = std::get<Claimed>(table.say(table.claim_message(0))).token;
    const auto post = [&](Side side, const Token& token, uint64_t number, Bytes frame) {
        return Post{table.draft.sid, side, token, number, std::move(frame)};
    };
    CHECK(table.refusal(post(Side::phone, page, 1, {1})) == "session_unknown");
    CHECK(table.refusal(post(Side::page, phone, 1, {1})) == "session_unknown");
    CHECK(table.refusal(post(Side::page, Token(), 1, {1})) == "session_unknown");
    CHECK(table.refusal(post(Side::page, page, 2, {2})) == "session_sequence");
    CHECK(table.refusal(post(Side::page, page, 1, {1})) == "");
    CHECK(table.refusal(post(Side::page, page, 1, {9})) == "");  // a repetition changes nothing
    CHECK(table.refusal(post(Side::page, page, 2, {2})) == "");

    const auto poll = [&](Side side, const Token& token, uint64_t after) {
        return std::get<Events>(table.say(Poll{table.draft.sid, side, token, after}));
    };
    Events events = poll(Side::phone, phone, 0);
    REQUIRE(events.events.size() == 2);
    CHECK(std::get<Event::FrameCame>(events.events[0].what).frame == Bytes{1});
    CHECK(std::get<Event::FrameCame>(events.events[1].what).frame == Bytes{2});
    CHECK(events.peer_age_millis == 0);
    CHECK(poll(Side::phone, phone, 0).events.size() == 2);
    CHECK(poll(Side::phone, phone, 1).events.size() == 1);
    CHECK(poll(Side::phone, phone, 2).events.empty());
    CHECK(table.refusal(Poll{table.draft.sid, Side::phone, phone, 3}) == "session_message");
    // The page has one event: the phone came.
    events = poll(Side::page, page, 0);
    REQUIRE(events.events.size() == 1);
    CHECK(std::holds_alternative<Event::PhoneCame>(events.events[0].what));

    table.wait(25'000);
    CHECK(poll(Side::phone, phone, 2).peer_age_millis == 25'000);
    // A side that reads nothing does not fill the hub.
    std::string outcome;
    uint64_t number = 3;
    while (outcome.empty() && number < 200)
        outcome = table.refusal(post(Side::page, page, number++, Bytes(1000, 3)));
    CHECK(outcome == "busy");
    CHECK(number == 3 + HubSession::max_waiting_frames + 1);
}

TEST_CASE("hub: how a session ends") {
    Table table(6);
    const Token page = table.attach();
    const Token phone = std::get<Claimed>(table.say(table.claim_message(0))).token;
    const auto finish = [&](Side side, const Token& token, Outcome outcome) {
        return table.refusal(Finish{table.draft.sid, side, token, outcome});
    };
    CHECK(finish(Side::page, page, Outcome::confirmed) == "session_message");
    CHECK(finish(Side::phone, phone, Outcome::expired) == "session_message");
    CHECK(finish(Side::phone, page, Outcome::refused) == "session_unknown");
    CHECK(finish(Side::phone, phone, Outcome::confirmed) == "");
    CHECK(finish(Side::page, page, Outcome::cancelled) == "");
    CHECK(table.hub.outcome() == Outcome::confirmed);
    CHECK(table.refusal(Post{table.draft.sid, Side::page, page, 1, {1}}) == "session_unknown");
    CHECK(error_name_of([&] {
              table.hub.next_request(RequestDigest(), Operation::login, Timestamp());
          }) == "session_unknown");

    Table late(7);
    late.attach();
    late.say(late.claim_message(0));
    late.wait(session_life_millis);
    late.hub.tick(late.now);
    CHECK(late.hub.outcome() == Outcome::expired);
}

TEST_CASE("hub: a waiting session is small") {
    Table table(8);
    table.attach();
    CHECK(table.hub.serialize(table.now).size() < 1024);
}

TEST_CASE("hub: messages and records have one spelling") {
    Table table(9);
    const Token page = table.attach();
    std::vector<HubMessage> all{table.attach_message(), table.claim_message(0)};
    all.push_back(table.say(all[1]));
    all.push_back(Post{table.draft.sid, Side::page, page, 1, Bytes(20, 4)});
    all.push_back(table.say(all.back()));
    all.push_back(Poll{table.draft.sid, Side::page, page, 0});
    table.hub.next_request(RequestDigest(), Operation::seal_documents, Timestamp{5});
    all.push_back(table.say(all.back()));
    all.push_back(table.say(Finish{table.draft.sid, Side::page, page, Outcome::cancelled}));
    all.push_back(Finish{table.draft.sid, Side::page, page, Outcome::cancelled});
    all.push_back(Refusal{table.draft.sid, 2, ErrorCode::session_taken});
    all.push_back(Rotated{table.draft.sid, 7, Rotation()});
    for (const HubMessage& message : all) {
        const Bytes bytes = encode(message);
        CAPTURE(to_hex(bytes));
        CHECK(encode(decode_hub_message(bytes)) == bytes);
        const auto refused = [](const Bytes& b) {
            return error_name_of([&] { decode_hub_message(b); }) == "session_message";
        };
        for (size_t size = 0; size < bytes.size(); size++)
            CHECK(refused(Bytes(bytes.begin(), bytes.begin() + static_cast<ptrdiff_t>(size))));
        Bytes longer = bytes;
        longer.push_back(0);
        CHECK(refused(longer));
        Bytes other = bytes;
        other[4] = 99;
        CHECK(refused(other));
    }
    const SecretBytes record = table.hub.serialize(table.now);
    const HubSession again = HubSession::parse(record.view(), table.now);
    CHECK(again.serialize(table.now).equals(record));
    for (size_t size = 0; size < record.size(); size += 3)
        CHECK(error_name_of([&] { HubSession::parse(record.view().first(size), table.now); }) ==
              "session_message");
}
