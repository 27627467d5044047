// Page and phone with a hub that is honest or not, on a network without faults.
#include <functional>

#include <doctest/doctest.h>

#include "bidseal/session/qr_content.h"

#include "../support/error_of.h"
#include "session_test_support.h"

using namespace bidseal;
using namespace bidseal::session;
using namespace bidseal::test;

namespace {

/// What the phone believes of a bridge's word: the origin that the bytes spell.
struct TrustingReader : AttestationReader {
    std::optional<std::string> origin(ByteView attestation, const Sid&, const PageDigest&,
                                      const RequestDigest&) const override {
        return std::string(as_text(attestation));
    }
};

/// Page, hub and phone; messages go straight through, changed by `lie` on their way from the hub.
struct Scan {
    explicit Scan(uint64_t seed) : random(seed), page(random), opened(page.key(), random) {}

    void open_hub() { hub.emplace(opened.draft(random), now); }
    void start() {
        page_does(page.start(opened.sid, opened.signed_request, as_bytes("m"), now, random));
    }
    void scan(NetworkHint hint = NetworkHint::unknown) {
        network = hint;
        PhoneSettings settings;
        settings.device = fresh_id<DeviceId>(random);
        settings.name = "李";
        settings.trust = trust;
        phone.emplace(QrContent::parse(code), settings, &reader, random);
        phone_does(phone->begin());
    }
    void to_hub(const Bytes& bytes, Side from) {
        const HubResult result = hub->handle(decode_hub_message(bytes), now, random, network);
        if (result.reply)
            from_hub(from, *result.reply);
        for (const Push& push : result.pushes)
            from_hub(push.to, push.message);
    }
    void from_hub(Side to, HubMessage message) {
        if (lie)
            lie(to, message);
        if (to == Side::page) {
            page_does(page.receive(encode(message), now));
        } else if (phone) {
            phone_does(phone->receive(encode(message), now, platform().now));
        }
    }
    void page_does(std::vector<PageAction> actions) {
        for (PageAction& action : actions) {
            if (const auto* send = std::get_if<SendToHub>(&action)) {
                to_hub(send->message, Side::page);
            } else if (const auto* shown = std::get_if<ShowCode>(&action)) {
                code = shown->text;
            } else if (const auto* scanned = std::get_if<PhoneScanned>(&action)) {
                page_digits = scanned->code;
            } else if (const auto* named = std::get_if<PhoneNamed>(&action)) {
                name = named->name;
            } else if (auto* answer = std::get_if<PhoneAnswered>(&action)) {
                answers.push_back(std::string(as_text(answer->response.view())));
            } else if (const auto* silent = std::get_if<PhoneSilent>(&action)) {
                phone_silent = silent->silent;
            } else if (const auto* ended = std::get_if<SessionEnded>(&action)) {
                page_end = ended->error ? error_name(*ended->error) : "fine";
            }
        }
    }
    void phone_does(std::vector<PhoneAction> actions) {
        for (PhoneAction& action : actions) {
            if (const auto* send = std::get_if<SendToHub>(&action)) {
                to_hub(send->message, Side::phone);
            } else if (std::holds_alternative<NeedDeviceSignature>(action)) {
                phone_does(phone->device_signed(Bytes(64, 1), now));
            } else if (auto* arrived = std::get_if<RequestArrived>(&action)) {
                asked.push_back(std::move(*arrived));
            } else if (const auto* ended = std::get_if<SessionEnded>(&action)) {
                phone_end = ended->error ? error_name(*ended->error) : "fine";
            }
        }
    }
    /// Lets time pass, in small steps.
    void pass(Millis millis) {
        for (const Millis end = now + millis; now < end; now += 250) {
            page_does(page.tick(now));
            if (phone)
                phone_does(phone->tick(now));
            for (const Push& push : hub->tick(now).pushes)
                from_hub(push.to, push.message);
        }
    }
    void run_to_question(NetworkHint hint = NetworkHint::unknown) {
        open_hub();
        start();
        scan(hint);
        pass(3'000);
    }

    SeededRandom random;
    Millis now = 77'000;
    PageSession page;
    Opened opened;
    std::optional<HubSession> hub;
    std::optional<PhoneSession> phone;
    TrustingReader reader;
    crypto::TrustStore trust = platform().trust;
    NetworkHint network = NetworkHint::unknown;
    std::function<void(Side, HubMessage&)> lie;
    std::string code, page_digits, name, page_end, phone_end;
    std::vector<std::string> answers;
    std::vector<RequestArrived> asked;
    bool phone_silent = false;
};

}  // namespace

TEST_CASE("a scan: request, digits, answer, end") {
    Scan scan(1);
    scan.run_to_question();
    REQUIRE(scan.asked.size() == 1);
    CHECK(scan.name == "李");
    CHECK(scan.asked[0].request.serialize() == scan.opened.request.serialize());
    CHECK(equal(scan.asked[0].material, as_bytes("m")));
    CHECK(scan.asked[0].must_compare);
    CHECK(scan.asked[0].code == scan.page_digits);
    CHECK(error_name_of([&] {
              scan.page.start(scan.opened.sid, scan.opened.signed_request, {}, scan.now,
                              scan.random);
          }) == "usage");
    scan.phone_does(scan.phone->answer(as_bytes("signatures"), true, scan.now));
    scan.pass(5'000);
    CHECK(scan.answers == std::vector<std::string>{"signatures"});
    CHECK(scan.page_end == "fine");
    CHECK(scan.phone_end == "fine");
    CHECK(scan.hub->outcome() == Outcome::confirmed);
    CHECK_FALSE(scan.page.next_tick().has_value());
    CHECK_FALSE(scan.phone->next_tick().has_value());
}

TEST_CASE("the digits are asked for unless a bridge vouches or the network is the same") {
    Scan same(2);
    same.run_to_question(NetworkHint::same);
    REQUIRE(same.asked.size() == 1);
    CHECK_FALSE(same.asked[0].must_compare);
    Scan other(3);
    other.run_to_question(NetworkHint::other);
    REQUIRE(other.asked.size() == 1);
    CHECK(other.asked[0].must_compare);
    Scan vouched(4);
    vouched.open_hub();
    vouched.hub->set_attestation(to_bytes(as_bytes("https://bid.example.com")));
    vouched.start();
    vouched.scan(NetworkHint::other);
    vouched.pass(3'000);
    REQUIRE(vouched.asked.size() == 1);
    CHECK_FALSE(vouched.asked[0].must_compare);
}

TEST_CASE("a phisher's page with a real code is found out by the bridge's word") {
    Scan scan(5);
    scan.open_hub();
    scan.hub->set_attestation(to_bytes(as_bytes("https://phisher.example")));
    scan.start();
    scan.scan();
    scan.pass(3'000);
    CHECK(scan.asked.empty());
    CHECK(scan.phone_end == "session_request");
    CHECK(scan.page_end == "session_unknown");
}

TEST_CASE("a hub that lies about digest, certificate or phone gets nothing opened") {
    const auto outcome = [](uint64_t seed, auto change) {
        Scan scan(seed);
        scan.lie = [&](Side to, HubMessage& message) {
            change(to, message);
        };
        scan.run_to_question();
        CHECK(scan.asked.empty());
        CHECK(scan.answers.empty());
        // Who gets a frame of the other finds that it does not open; who does not hears of the end.
        const auto ended = [](const std::string& how) {
            return how == "session_message" || how == "session_unknown";
        };
        return ended(scan.phone_end) && ended(scan.page_end) &&
               scan.phone_end + scan.page_end != "session_unknownsession_unknown";
    };
    const auto claimed = [](HubMessage& message) {
        return std::get_if<Claimed>(&message);
    };
    // The page opens the phone's hello first, and ends.
    CHECK(outcome(6, [&](Side, HubMessage& m) {
        if (Claimed* c = claimed(m))
            c->request.bytes[0] ^= 1;
    }));
    CHECK(outcome(7, [&](Side, HubMessage& m) {
        if (Claimed* c = claimed(m))
            c->certificate.bytes[0] ^= 1;
    }));
    const OneTimeKey foreign = [] {
        SeededRandom random(99);
        OneTimeKey key;
        const Bytes point = crypto::Sm2PrivateKey::generate(random).public_key().compressed();
        std::copy(point.begin(), point.end(), key.bytes.begin());
        return key;
    }();
    CHECK(outcome(8, [&](Side, HubMessage& m) {
        if (auto* events = std::get_if<Events>(&m)) {
            for (Event& event : events->events) {
                if (auto* came = std::get_if<Event::PhoneCame>(&event.what))
                    came->phone = foreign;
            }
        }
    }));
}

TEST_CASE("a platform that the phone does not trust is not shown") {
    Scan scan(9);
    scan.trust = crypto::TrustStore();
    scan.run_to_question();
    CHECK(scan.asked.empty());
    CHECK(scan.phone_end == "certificate_untrusted");
}

TEST_CASE("further requests of a session come one after the other") {
    Scan scan(10);
    scan.run_to_question();
    REQUIRE(scan.asked.size() == 1);
    const auto next = [&](uint32_t seq, bool announce) {
        const Request request = platform().request(scan.opened.sid, scan.page.key(), seq, 1);
        const SignedRequest signed_request = platform().sign(request, scan.random);
        if (announce) {
            const HubResult result = scan.hub->next_request(request_digest(signed_request.request),
                                                            request.operation, request.expires);
            for (const Push& push : result.pushes)
                scan.from_hub(push.to, push.message);
        }
        scan.page_does(scan.page.next(signed_request, {}, scan.now));
        scan.pass(2'000);
    };
    next(2, true);
    CHECK(scan.asked.size() == 1);  // the first one is not answered yet
    CHECK(error_name_of([&] { next(2, false); }) == "session_request");
    scan.phone_does(scan.phone->answer(as_bytes("one"), false, scan.now));
    scan.pass(2'000);
    REQUIRE(scan.asked.size() == 2);
    scan.phone_does(scan.phone->answer(as_bytes("two"), false, scan.now));
    scan.pass(2'000);
    // One that the platform did not announce to the hub is not shown.
    next(3, false);
    CHECK(scan.asked.size() == 2);
    CHECK(scan.answers == std::vector<std::string>{"one", "two"});
    CHECK(error_name_of([&] { scan.phone->answer(as_bytes("three"), true, scan.now); }) ==
          "session_unknown");
    scan.page_does(scan.page.close(scan.now));
    scan.pass(3'000);
    CHECK(scan.page_end == "fine");
    CHECK(scan.phone_end == "session_unknown");
}

TEST_CASE("a refusal, a phone that falls silent and comes back, a code that nobody scans") {
    Scan refused(11);
    refused.run_to_question();
    refused.phone_does(refused.phone->refuse(refused.now));
    refused.pass(5'000);
    CHECK(refused.page_end == "session_refused");
    CHECK(refused.phone_end == "session_refused");

    Scan silent(12);
    silent.run_to_question();
    PhoneSession away = std::move(*silent.phone);
    silent.phone.reset();
    silent.pass(25'000);
    CHECK(silent.phone_silent);
    CHECK(silent.page_end.empty());
    silent.phone.emplace(std::move(away));
    silent.phone_does(silent.phone->reconnect(silent.now));
    silent.pass(5'000);
    CHECK_FALSE(silent.phone_silent);
    silent.phone_does(silent.phone->answer(as_bytes("late"), true, silent.now));
    silent.pass(5'000);
    CHECK(silent.answers == std::vector<std::string>{"late"});

    Scan alone(13);
    alone.open_hub();
    alone.start();
    const std::string first = alone.code;
    alone.pass(6'500);
    CHECK(alone.code != first);
    alone.pass(125'000);
    CHECK(alone.page_end == "session_expired");
    alone.scan();
    CHECK(alone.phone_end == "session_unknown");
}

TEST_CASE("nothing that is not for the session moves a machine") {
    Scan scan(14);
    scan.run_to_question();
    const auto ignored = [&](const HubMessage& message) {
        return all_of<SessionEnded>(scan.page.receive(encode(message), scan.now)).empty() &&
               all_of<SessionEnded>(scan.phone->receive(encode(message), scan.now, platform().now))
                   .empty();
    };
    const auto other = fresh_id<Sid>(scan.random);
    CHECK(ignored(Refusal{other, 3, ErrorCode::session_unknown}));
    CHECK(ignored(Events{other, 0, 0, {{1, Event::Ended{Outcome::cancelled}}}}));
    CHECK(ignored(Events{scan.opened.sid, 500, 0, {{501, Event::Ended{Outcome::cancelled}}}}));
    CHECK(ignored(Refusal{scan.opened.sid, 3, ErrorCode::busy}));
    CHECK(scan.page.receive(Bytes(10, 1), scan.now).empty());
    CHECK(scan.phone->receive(Bytes(10, 1), scan.now, platform().now).empty());
    PageSession another(scan.random);
    CHECK(error_name_of([&] {
              another.start(scan.opened.sid, scan.opened.signed_request, {}, scan.now, scan.random);
          }) == "session_request");
}
