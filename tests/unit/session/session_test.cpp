// Codes, channel, requests and grants.
#include <algorithm>
#include <set>

#include <doctest/doctest.h>

#include "bidseal/session/qr_content.h"

#include "../support/error_of.h"
#include "session_test_support.h"

using namespace bidseal;
using namespace bidseal::session;
using namespace bidseal::test;

namespace {

OneTimeKey key_bytes(const crypto::Sm2PrivateKey& key) {
    OneTimeKey result;
    const Bytes compressed = key.public_key().compressed();
    std::copy(compressed.begin(), compressed.end(), result.bytes.begin());
    return result;
}

/// Both ends of a channel, from two one-time keys.
struct Ends {
    explicit Ends(uint64_t seed) : random(seed) {}
    SeededRandom random;
    crypto::Sm2PrivateKey page_key = crypto::Sm2PrivateKey::generate(random);
    crypto::Sm2PrivateKey phone_key = crypto::Sm2PrivateKey::generate(random);
    SecretBytes k = SecretBytes::copy_of(Bytes(16, 0x77));
    Transcript transcript{fresh_id<Sid>(random), key_bytes(page_key), key_bytes(phone_key),
                          fresh_id<RequestDigest>(random),
                          fresh_id<crypto::CertificateDigest>(random)};

    Channel page(const Transcript& t) {
        return Channel(ChannelKeys::derive(page_key, phone_key.public_key(), k, t), transcript.sid,
                       Side::page);
    }
    Channel phone(const Transcript& t, const SecretBytes& secret) {
        return Channel(ChannelKeys::derive(phone_key, page_key.public_key(), secret, t),
                       transcript.sid, Side::phone);
    }
};

}  // namespace

TEST_CASE("a code says what it said, in 104 characters") {
    SeededRandom random(1);
    const crypto::Sm2PrivateKey key = crypto::Sm2PrivateKey::generate(random);
    for (int i = 0; i < 50; i++) {
        QrContent content{fresh_id<Sid>(random), SecretBytes(16), key_bytes(key),
                          static_cast<uint32_t>(i * 1000), fresh_id<Rotation>(random)};
        random.fill(content.k.span());
        const std::string text = content.encode();
        CHECK(text.size() == qr_text_size);
        for (const QrContent& again :
             {QrContent::parse(text), QrContent::parse_url("https://ca.example.com/m#" + text)}) {
            CHECK(again.sid == content.sid);
            CHECK(again.k.equals(content.k));
            CHECK(again.page == content.page);
            CHECK(again.step == content.step);
            CHECK(again.rotation == content.rotation);
        }
    }
}

TEST_CASE("what is no code is refused") {
    SeededRandom random(2);
    const crypto::Sm2PrivateKey key = crypto::Sm2PrivateKey::generate(random);
    const std::string good = QrContent{fresh_id<Sid>(random), SecretBytes(16), key_bytes(key), 1,
                                       fresh_id<Rotation>(random)}
                                 .encode();
    const auto refused = [](std::string_view text) {
        return error_name_of([&] { QrContent::parse(text); }) == "session_code_invalid";
    };
    const auto with = [&](size_t place, char c) {
        std::string text = good;
        text[place] = c;
        return text;
    };
    CHECK_FALSE(refused(good));
    CHECK(refused(""));
    CHECK(refused(good.substr(1)));
    CHECK(refused(good + "A"));
    CHECK(refused(with(0, 'B')));  // another version
    for (const char c : {'+', '/', '=', ' ', '\n', '\0', '%'})
        CHECK(refused(with(50, c)));
    CHECK(refused(with(44, good[44] == 'A' ? 'B' : 'A')));  // the point's first byte
    const auto url_refused = [](const std::string& url) {
        return error_name_of([&] { QrContent::parse_url(url); }) == "session_code_invalid";
    };
    CHECK_FALSE(url_refused("https://ca.example.com/#" + good));
    CHECK(url_refused("http://ca.example.com/#" + good));
    CHECK(url_refused("javascript:#" + good));
    CHECK(url_refused("https://ca.example.com/?" + good));
    CHECK(url_refused(good));
    CHECK(url_refused("https://" + std::string(1000, 'a') + "#" + good));
}

TEST_CASE("a code's MAC and age") {
    SeededRandom random(3);
    SecretBytes k_sid(32), other(32);
    random.fill(k_sid.span());
    random.fill(other.span());
    const auto sid = fresh_id<Sid>(random);
    const auto page = fresh_id<OneTimeKey>(random);
    const Rotation rotation = rotation_of(k_sid, sid, 7, page);
    CHECK(rotation == rotation_of(k_sid, sid, 7, page));
    CHECK(rotation != rotation_of(k_sid, sid, 8, page));
    CHECK(rotation != rotation_of(other, sid, 7, page));
    CHECK(rotation != rotation_of(k_sid, fresh_id<Sid>(random), 7, page));
    CHECK(rotation != rotation_of(k_sid, sid, 7, fresh_id<OneTimeKey>(random)));

    CHECK(step_at(0) == 0);
    CHECK(step_at(2'999) == 0);
    CHECK(step_at(3'000) == 1);
    CHECK(step_is_fresh(0, 0));
    CHECK(step_is_fresh(0, 9'000));
    CHECK_FALSE(step_is_fresh(0, 9'001));
    CHECK(step_is_fresh(1, 12'000));
    CHECK_FALSE(step_is_fresh(1, 12'001));
    CHECK_FALSE(step_is_fresh(1, 2'999));  // of the future
    CHECK(step_is_fresh(39, 119'999));
    CHECK_FALSE(step_is_fresh(39, 120'000));
    CHECK_FALSE(step_is_fresh(0xffffffff, 50'000));
}

TEST_CASE("the channel carries messages of any length both ways") {
    Ends ends(4);
    Channel page = ends.page(ends.transcript);
    Channel phone = ends.phone(ends.transcript, ends.k);
    CHECK(page.keys().code == phone.keys().code);
    CHECK(page.keys().choices == phone.keys().choices);
    for (const size_t size :
         {size_t{0}, size_t{1}, max_piece - 1, max_piece, max_piece + 1, 3 * max_piece}) {
        CAPTURE(size);
        const Bytes content(size, 0x42);
        const auto carry = [&](Channel& from, Channel& to, MessageType type) {
            const std::vector<Bytes> frames = from.seal(type, content);
            CHECK(frames.size() == std::max<size_t>(1, (size + max_piece - 1) / max_piece));
            std::optional<ChannelMessage> message;
            for (const Bytes& frame : frames) {
                CHECK_FALSE(message.has_value());
                message = to.open(frame);
            }
            REQUIRE(message.has_value());
            CHECK(message->type == type);
            CHECK(equal(message->content.view(), content));
        };
        carry(page, phone, MessageType::request);
        carry(phone, page, MessageType::response);
    }
    CHECK(error_name_of([&] { page.seal(MessageType::request, Bytes(max_channel_message + 1)); }) ==
          "limit_exceeded");
}

TEST_CASE("frames that are altered, repeated, skipped or turned back are refused") {
    Ends ends(5);
    Channel page = ends.page(ends.transcript);
    Channel phone = ends.phone(ends.transcript, ends.k);
    const Bytes one = page.seal(MessageType::material, as_bytes("one"))[0];
    const Bytes two = page.seal(MessageType::request, as_bytes("two"))[0];
    const auto outcome = [](Channel& channel, const Bytes& frame) {
        return error_name_of([&] { channel.open(frame); });
    };
    CHECK(outcome(phone, two) == "session_sequence");
    for (size_t i = 0; i < one.size(); i++) {
        Bytes turned = one;
        turned[i] ^= 1;
        const std::string wanted = i >= 1 && i < 9 ? "session_sequence" : "session_message";
        CHECK(outcome(phone, turned) == wanted);
    }
    CHECK(outcome(page, one) == "session_message");  // sent back to where it came from
    CHECK(outcome(phone, Bytes(one.begin(), one.begin() + 12)) == "session_message");
    CHECK(outcome(phone, one) == "");
    CHECK(outcome(phone, one) == "session_sequence");
    CHECK(outcome(phone, two) == "");

    // Pieces of one message in another.
    const std::vector<Bytes> long_one = page.seal(MessageType::material, Bytes(max_piece + 1));
    CHECK(outcome(phone, long_one[0]) == "");
    Channel twin = ends.page(ends.transcript);
    for (int i = 0; i < 3; i++)
        twin.seal(MessageType::material, as_bytes("x"));
    CHECK(outcome(phone, twin.seal(MessageType::request, as_bytes("y"))[0]) == "session_message");
}

TEST_CASE("nobody but the two ends of the same scan share a channel") {
    Ends ends(6);
    Channel page = ends.page(ends.transcript);
    const Bytes frame = page.seal(MessageType::request, as_bytes("hello"))[0];
    const auto opens = [&](const Transcript& transcript, const SecretBytes& k) {
        Channel phone = ends.phone(transcript, k);
        return error_name_of([&] { phone.open(frame); }) == "";
    };
    CHECK(opens(ends.transcript, ends.k));
    CHECK_FALSE(opens(ends.transcript, SecretBytes(16)));  // who did not see the code
    const auto changed = [&](auto change) {
        Transcript transcript = ends.transcript;
        change(transcript);
        return opens(transcript, ends.k);
    };
    CHECK_FALSE(changed([](Transcript& t) { t.sid.bytes[0] ^= 1; }));
    CHECK_FALSE(changed([](Transcript& t) { t.page.bytes[1] ^= 1; }));
    CHECK_FALSE(changed([](Transcript& t) { t.phone.bytes[1] ^= 1; }));
    CHECK_FALSE(changed([](Transcript& t) { t.request.bytes[0] ^= 1; }));
    CHECK_FALSE(changed([](Transcript& t) { t.platform.bytes[0] ^= 1; }));
    // A hub that puts its own key in the phone's place.
    const crypto::Sm2PrivateKey own = crypto::Sm2PrivateKey::generate(ends.random);
    Channel middle(ChannelKeys::derive(own, ends.page_key.public_key(), ends.k, ends.transcript),
                   ends.transcript.sid, Side::phone);
    CHECK(error_name_of([&] { middle.open(frame); }) == "session_message");
}

TEST_CASE("the digits to compare differ, and stand in every place") {
    std::set<std::string> seen;
    std::array<int, 3> places{};
    for (uint64_t seed = 100; seed < 160; seed++) {
        Ends ends(seed);
        const ChannelKeys keys = ChannelKeys::derive(ends.page_key, ends.phone_key.public_key(),
                                                     ends.k, ends.transcript);
        CHECK(keys.code.size() == 2);
        const std::set<std::string> three(keys.choices.begin(), keys.choices.end());
        CHECK(three.size() == 3);
        CHECK(three.count(keys.code) == 1);
        seen.insert(keys.code);
        for (size_t i = 0; i < 3; i++)
            places[i] += keys.choices[i] == keys.code;
    }
    CHECK(seen.size() > 30);
    for (const int count : places)
        CHECK(count > 5);
}

TEST_CASE("a request has one spelling") {
    SeededRandom random(7);
    const auto page = fresh_id<OneTimeKey>(random);
    Request request = platform().request(fresh_id<Sid>(random), page, 3, 2);
    request.company = "91310000MA1FL0XX0A";
    const Bytes json = request.serialize();
    CHECK(as_text(json).substr(0, 24) == "{\"type\":\"SBID1-request\",");
    const Request again = Request::parse(json);
    CHECK(again.serialize() == json);
    CHECK(again.items.size() == 2);
    CHECK(again.items[1].to_be_signed == request.items[1].to_be_signed);
    CHECK(again.company == request.company);
    const auto outcome = [&](auto change) {
        Request other = request;
        change(other);
        return error_name_of([&] { other.serialize(); });
    };
    CHECK(outcome([](Request& r) { r.project.clear(); }) == "");
    CHECK(outcome([](Request& r) { r.seq = 0; }) == "session_request");
    CHECK(outcome([](Request& r) { r.platform = "a b"; }) == "session_request");
    for (const char* origin :
         {"http://a.example", "https://", "https://a.example/", "https://A.example",
          "https://a@b.example", "null", "https://a.example#"})
        CHECK(outcome([&](Request& r) { r.origin = origin; }) == "session_request");
    CHECK(outcome([](Request& r) { r.items[0].name = "a\xe2\x80\xae"; }) == "session_request");
    CHECK(outcome([](Request& r) { r.items.resize(501, r.items[0]); }) == "session_request");
    Bytes spaced = json;
    spaced.insert(spaced.begin() + 1, ' ');
    CHECK(error_name_of([&] { Request::parse(spaced); }) == "json_not_canonical");
}

TEST_CASE("what is signed is what the operation says") {
    SeededRandom random(8);
    Request request = platform().request(fresh_id<Sid>(random), fresh_id<OneTimeKey>(random), 1, 1);
    const auto outcome = [&](Operation operation, std::string_view tbs, size_t count = 1) {
        request.operation = operation;
        request.items.resize(1);
        request.items[0].to_be_signed = to_bytes(as_bytes(tbs));
        request.items.resize(count, request.items[0]);
        return error_name_of([&] { check_items(request); });
    };
    const std::string bad = "session_request";
    const std::string index = "{\"type\":\"SBID1-index\",\"suite\":1}";
    const std::string grant = "{\"type\":\"SBID1-grant\",\"sid\":1}";
    CHECK(outcome(Operation::sign_bid, index) == "");
    CHECK(outcome(Operation::sign_bid, index, 2) == bad);
    CHECK(outcome(Operation::sign_bid, "a letter") == bad);
    CHECK(outcome(Operation::sign_bid, "{\"type\":\"SBID1-openers\",") == bad);
    CHECK(outcome(Operation::sign_openers, "{\"type\":\"SBID1-openers\",") == "");
    CHECK(outcome(Operation::withdraw, "{\"type\":\"SBID1-withdrawal\",") == "");
    CHECK(outcome(Operation::open_session, grant) == "");
    CHECK(outcome(Operation::login, "{\"type\":\"SBID1-login\",") == "");
    CHECK(outcome(Operation::login, index) == bad);
    for (const Operation documents : {Operation::sign_documents, Operation::seal_documents}) {
        CHECK(outcome(documents, "a letter", 500) == "");
        CHECK(outcome(documents, "", 1) == bad);
        CHECK(outcome(documents, index) == bad);
        CHECK(outcome(documents, grant) == bad);
        CHECK(outcome(documents, "{\"type\":\"SBID1-anything later\"") == bad);
        CHECK(outcome(documents, "a letter", 0) == bad);
    }
    CHECK(outcome(Operation::certificates, "", 0) == "");
    CHECK(outcome(Operation::certificates, "a letter") == bad);
    CHECK(outcome(Operation::open_envelopes, "") == "");
    CHECK(outcome(Operation::open_envelopes, index) == bad);
}

TEST_CASE("the phone checks a request against everything it knows") {
    SeededRandom random(9);
    const auto page = fresh_id<OneTimeKey>(random);
    const auto sid = fresh_id<Sid>(random);
    const Request request = platform().request(sid, page, 2, 1);
    const SignedRequest good = platform().sign(request, random);
    RequestExpectation known;
    known.sid = sid;
    known.page = page;
    known.digest = request_digest(good.request);
    known.min_seq = 2;
    known.now = platform().now;
    const auto outcome = [&](SignedRequest signed_request, RequestExpectation expected,
                             const crypto::TrustStore& trust) {
        return error_name_of([&] {
            check_signed_request(SignedRequest::decode(signed_request.encode()), expected, trust,
                                 crypto::RevocationPolicy::use_if_present);
        });
    };
    const auto expecting = [&](auto change) {
        RequestExpectation expected = known;
        change(expected);
        return outcome(good, expected, platform().trust);
    };
    const std::string bad = "session_request";
    CHECK(expecting([](RequestExpectation&) {}) == "");
    CHECK(expecting([](auto& e) { e.digest.bytes[0] ^= 1; }) == bad);
    CHECK(expecting([](auto& e) { e.sid.bytes[0] ^= 1; }) == bad);
    CHECK(expecting([](auto& e) { e.page.bytes[5] ^= 1; }) == bad);
    CHECK(expecting([](auto& e) { e.min_seq = 3; }) == bad);
    CHECK(expecting([](auto& e) { e.attested_origin = "https://bid.example.com"; }) == "");
    CHECK(expecting([](auto& e) { e.attested_origin = "https://phisher.example"; }) == bad);
    CHECK(expecting([](auto& e) { e.now.seconds += 3600; }) == "session_expired");
    CHECK(outcome(good, known, crypto::TrustStore()) == "certificate_untrusted");

    SignedRequest forged = good;
    forged.signature.back() ^= 1;
    CHECK(outcome(forged, known, platform().trust) == "signature_invalid");
    // The same, re-signed by somebody whose certificate is no platform's.
    const SignedRequest other = [&] {
        Request changed = request;
        changed.show[0].value = "something else";
        return platform().sign(changed, random);
    }();
    CHECK(outcome(other, known, platform().trust) == bad);

    Request demanding = request;
    demanding.attestation_required = true;
    const SignedRequest wants = platform().sign(demanding, random);
    RequestExpectation expected = known;
    expected.digest = request_digest(wants.request);
    CHECK(outcome(wants, expected, platform().trust) == bad);
    expected.attested_origin = request.origin;
    CHECK(outcome(wants, expected, platform().trust) == "");
}

TEST_CASE("a grant covers documents of its session, and nothing else") {
    SeededRandom random(10);
    const auto page = fresh_id<OneTimeKey>(random);
    const auto sid = fresh_id<Sid>(random);
    const Timestamp now = platform().now;
    const Request request = platform().request(sid, page, 2, 3);
    Grant grant;
    grant.sid = sid;
    grant.page = page_digest(page);
    grant.platform = request.platform;
    grant.origin = request.origin;
    grant.project = request.project;
    grant.operations = {Operation::sign_documents};
    grant.count = 8;
    grant.created = now;
    grant.expires = {now.seconds + 1800};
    grant.idle_seconds = 300;
    grant.automatic = true;
    const Bytes json = grant.serialize();
    CHECK(Grant::parse(json).serialize() == json);
    CHECK(equal(grant.digest().view(), crypto::sm3(json).view()));

    const auto invalid = [&](auto change) {
        Grant other = grant;
        change(other);
        return error_name_of([&] { other.serialize(); });
    };
    const std::string scope = "session_scope";
    CHECK(invalid([](Grant& g) { g.count = 201; }) == scope);
    CHECK(invalid([](Grant& g) { g.count = 0; }) == scope);
    CHECK(invalid([](Grant& g) { g.expires.seconds += 1; }) == scope);
    CHECK(invalid([](Grant& g) { g.expires = g.created; }) == scope);
    CHECK(invalid([](Grant& g) { g.idle_seconds = 301; }) == scope);
    CHECK(invalid([](Grant& g) { g.operations.clear(); }) == scope);
    for (const Operation operation :
         {Operation::login, Operation::sign_bid, Operation::sign_openers, Operation::withdraw,
          Operation::open_envelopes, Operation::open_session, Operation::certificates})
        CHECK(invalid([&](Grant& g) { g.operations = {operation}; }) == scope);

    GrantUse use(grant, now);
    const auto refused = [&](auto change, int64_t later = 0) {
        Request other = request;
        change(other);
        return error_name_of([&] { use.check(other, {now.seconds + later}); });
    };
    CHECK(refused([](Request&) {}) == "");
    CHECK(refused([](Request& r) { r.sid.bytes[0] ^= 1; }) == scope);
    CHECK(refused([](Request& r) { r.page.bytes[0] ^= 1; }) == scope);
    CHECK(refused([](Request& r) { r.origin = "https://other.example"; }) == scope);
    CHECK(refused([](Request& r) { r.platform = "other"; }) == scope);
    CHECK(refused([](Request& r) { r.project = "other"; }) == scope);
    CHECK(refused([](Request& r) { r.operation = Operation::seal_documents; }) == scope);
    CHECK(refused([](Request& r) { r.operation = Operation::sign_bid; }) == scope);
    CHECK(refused([](Request& r) { r.items.resize(9, r.items[0]); }) == scope);
    CHECK(refused([](Request& r) {
              r.items[1].to_be_signed = to_bytes(as_bytes("{\"type\":\"SBID1-index\",}"));
          }) == scope);
    CHECK(refused([](Request&) {}, 300) == "");
    CHECK(refused([](Request&) {}, 301) == scope);
    CHECK(refused([](Request&) {}, -1) == scope);

    use.use(request, {now.seconds + 250});
    CHECK(use.left() == 5);
    CHECK(refused([](Request&) {}, 251) == scope);  // the same number again
    CHECK(refused([](Request& r) { r.seq = 3; }, 550) == "");
    CHECK(refused([](Request& r) { r.seq = 3; }, 551) == scope);
    Request next = request;
    next.seq = 3;
    for (int64_t at = 500; at < 1800; at += 290) {
        if (use.left() < 3)
            break;
        use.use(next, {now.seconds + at});
        next.seq++;
    }
    CHECK(use.left() == 2);
    use.stop();
    next.items.resize(1);
    CHECK(error_name_of([&] { use.check(next, {now.seconds + 800}); }) == scope);
}
