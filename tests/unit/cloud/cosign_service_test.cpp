#include <algorithm>
#include <thread>

#include "bidseal/session/grant.h"

#include "doctest/doctest.h"
#include "service_support.h"

using namespace bidseal;
using namespace bidseal::cloud;
using namespace bidseal::test;
using cosign::PhoneShare;
using cosign::Purpose;

namespace {

std::vector<Bytes> items_of(size_t count) {
    std::vector<Bytes> items;
    for (size_t i = 0; i < count; i++)
        items.push_back(to_bytes(as_bytes("document " + std::to_string(i))));
    return items;
}

Bytes encrypt(Service& service, const PhoneShare& share, std::string_view text) {
    return share.key_of_both().encrypt(as_bytes(text), service.random);
}

/// A grant for documents, and the page that it is for.
struct Granted {
    session::OneTimeKey page;
    session::Grant grant;

    explicit Granted(Service& service, uint32_t count = 4) {
        const Bytes key = crypto::Sm2PrivateKey::generate(service.random).public_key().compressed();
        std::copy(key.begin(), key.end(), page.bytes.begin());
        grant.sid = fresh_id<session::Sid>(service.random);
        grant.page = session::page_digest(page);
        grant.platform = "ggzy.example";
        grant.origin = "https://bid.example.com";
        grant.project = "P2026-001";
        grant.operations = {session::Operation::sign_documents};
        grant.count = count;
        grant.created = service.clock.now();
        grant.expires = {service.clock.now().seconds + 1200};
        grant.idle_seconds = 240;
    }
    session::SignedRequest request(Service& service, uint32_t seq, size_t items) const {
        return platform().sign(platform().request(grant.sid, page, seq, items), service.random);
    }
};

}  // namespace

TEST_CASE("co-sign service: a key is made, signs a batch, and every use stands in the trail") {
    Service service;
    Phone phone(service);
    const PhoneShare share = phone.make(Purpose::sign);
    const std::vector<Bytes> items = items_of(20);
    const std::vector<Bytes> signatures = phone.client.sign(share, as_bytes(pin), items);
    REQUIRE(signatures.size() == items.size());
    for (size_t i = 0; i < items.size(); i++)
        CHECK(share.key_of_both().verify(items[i], signatures[i]));
    CHECK(service.audit_count() == 3);
    CHECK(service.last_audit().find("\"event\":\"signed\"") != std::string::npos);
    CHECK(service.last_audit().find("\"count\":20") != std::string::npos);
    CHECK(service.outcomes == std::vector<std::string>{"keys/create ok", "keys/complete ok",
                                                       "sign/begin ok", "sign/answer ok"});
    const KeyReport report = phone.client.report(share.key);
    CHECK(report.state == cosign::KeyState::active);
    CHECK(report.tries_left == 9);
    CHECK(report.status.epoch == 0);
}

TEST_CASE("co-sign service: every call may be repeated") {
    Service service;
    Phone phone(service);
    // Whatever the network repeats: each call arrives twice, and the second answer counts.
    phone.on_call = [&](const std::string& route, const Bytes& sealed, Bytes& answer) {
        answer = service.cosign.handle(route, phone.device.ticket.account, sealed);
    };
    const PhoneShare share = phone.make(Purpose::sign);
    CHECK(phone.client.sign(share, as_bytes(pin), items_of(3)).size() == 3);
    const PhoneShare next = phone.client.refresh(share, as_bytes(pin), as_bytes("864209"));
    CHECK(phone.try_sign(next, "864209") == "");
    const PhoneShare opener = phone.make(Purpose::decrypt);
    const Bytes wrap = encrypt(service, opener, "a share of a bid");
    phone.client.register_wraps(opener, tender_file("P1", service.clock.now()), {wrap});
    CHECK(as_text(phone.client.decrypt(opener, as_bytes(pin), {wrap})[0].view()) ==
          "a share of a bid");
    const Granted granted(service);
    const auto session =
        phone.client.open_session(next, as_bytes("864209"), granted.grant.serialize());
    CHECK(phone.client.sign(next, session, granted.page, granted.request(service, 1, 2)).size() ==
          2);
    phone.client.end_session(session.session());
    // One key or signature each, whatever was repeated.
    const auto count = [&](const std::string& event) {
        size_t found = 0;
        for (const std::string& line : service.records.audit_entries(1, 100))
            found += line.find("\"event\":\"" + event + "\"") != std::string::npos ? 1 : 0;
        return found;
    };
    CHECK(count("key_created") == 2);
    CHECK(count("key_completed") == 2);
    CHECK(count("signed") == 3);
    CHECK(count("refreshed") == 1);
    CHECK(count("session_opened") == 1);
    CHECK(count("session_ended") == 1);
}

TEST_CASE("co-sign service: wrong PINs are counted in the store, and the pauses are kept") {
    Service service;
    Phone phone(service);
    const PhoneShare share = phone.make(Purpose::sign);
    const auto wrong = [&](int times, const std::string& expected) {
        for (int i = 0; i < times; i++)
            CHECK(phone.try_sign(share, wrong_pin) == expected);
    };
    wrong(2, "cosign_pin_wrong");
    CHECK(phone.client.report(share.key).tries_left == 7);
    CHECK(phone.client.report(share.key).tries_before_pause == 1);
    CHECK(phone.try_sign(share, pin) == "");
    CHECK(phone.client.report(share.key).tries_left == 9);

    wrong(3, "cosign_pin_wrong");
    const Timestamp paused = service.clock.now();
    CHECK(phone.client.report(share.key).paused_until == Timestamp{paused.seconds + 900});
    CHECK(phone.try_sign(share, pin) == "cosign_pin_paused");
    service.clock.pass(899);
    CHECK(phone.try_sign(share, pin) == "cosign_pin_paused");
    service.clock.pass(1);
    wrong(3, "cosign_pin_wrong");
    CHECK(phone.try_sign(share, pin) == "cosign_pin_paused");
    service.clock.pass(86'399);
    // The ticket's day is over as well: enrol renews it.
    const DeviceTicket& old = phone.device.ticket;
    phone.device.ticket =
        DeviceTicket::issue(old.device, old.account, phone.device.key.point(), service.clock.now(),
                            service.enrol_key, service.random);
    CHECK(phone.try_sign(share, pin) == "cosign_pin_paused");
    service.clock.pass(1);
    wrong(2, "cosign_pin_wrong");
    CHECK(phone.try_sign(share, wrong_pin) == "cosign_pin_locked");
    CHECK(phone.try_sign(share, pin) == "cosign_pin_locked");
    service.clock.pass(1'000);
    CHECK(phone.try_sign(share, pin) == "cosign_pin_locked");
    CHECK(service.last_audit().find("\"event\":\"pin_wrong\"") != std::string::npos);
    service.cosign.unlock(share.key);
    CHECK(phone.try_sign(share, pin) == "");
    CHECK(phone.try_sign(share, wrong_pin) == "cosign_pin_wrong");
}

TEST_CASE("co-sign service: a wrong PIN is told with the tries that are left, and counts once") {
    Service service;
    Phone phone(service);
    const PhoneShare share = phone.make(Purpose::sign);
    phone.on_call = [&](const std::string& route, const Bytes& sealed, Bytes& answer) {
        if (route == "sign/answer")
            answer = service.cosign.handle(route, phone.device.ticket.account, sealed);
    };
    const auto error =
        error_of([&] { phone.client.sign(share, as_bytes(wrong_pin), items_of(1)); });
    REQUIRE(error.has_value());
    CHECK(error->code() == ErrorCode::cosign_pin_wrong);
    CHECK(error->retries_left() == 8);
    CHECK(phone.client.report(share.key).tries_left == 8);
}

TEST_CASE("co-sign service: guesses side by side count one by one") {
    Service service;
    Phone phone(service);
    const PhoneShare share = phone.make(Purpose::sign);
    // The second guess arrives while the first is being answered, between load and store.
    std::vector<std::thread> threads;
    std::vector<std::string> results(6);
    std::vector<std::unique_ptr<SeededRandom>> randoms;
    for (size_t i = 0; i < results.size(); i++) {
        randoms.push_back(std::make_unique<SeededRandom>(1000 + i));
        threads.emplace_back([&, i] {
            CosignClient client(
                service.service_key.public_key(), phone.device,
                [&](const std::string& route, const AccountId& account, const Bytes& sealed) {
                    return service.cosign.handle(route, account, sealed);
                },
                *randoms[i]);
            results[i] =
                error_name_of([&] { client.sign(share, as_bytes(wrong_pin), items_of(1)); });
        });
    }
    for (std::thread& thread : threads)
        thread.join();
    CHECK(std::count(results.begin(), results.end(), "cosign_pin_wrong") == 3);
    CHECK(std::count(results.begin(), results.end(), "cosign_pin_paused") == 3);
    CHECK(phone.client.report(share.key).tries_left == 6);
}

TEST_CASE("co-sign service: only the account's own enrolled phone is heard") {
    Service service;
    Phone phone(service);
    const PhoneShare share = phone.make(Purpose::sign);
    Phone stranger(service);
    CHECK(stranger.try_sign(share, pin) == "cosign_state");
    CHECK(error_name_of([&] { stranger.client.report(share.key); }) == "cosign_state");
    // A second phone of the same account with a copy of the storage: heard.
    Phone second(service, service.enrol_phone(phone.device.ticket.account));
    CHECK(second.try_sign(share, pin) == "");

    SUBCASE("a ticket that somebody else signed") {
        phone.device.ticket = DeviceTicket::issue(
            phone.device.ticket.device, phone.device.ticket.account, phone.device.key.point(),
            service.clock.now(), service.service_key, service.random);
        CHECK(phone.try_sign(share, pin) == "certificate_untrusted");
    }
    SUBCASE("a ticket that was changed") {
        phone.device.ticket.expires.seconds++;
        CHECK(phone.try_sign(share, pin) == "certificate_untrusted");
    }
    SUBCASE("a ticket whose day is over") {
        service.clock.pass(ticket_seconds - 1);
        CHECK(phone.try_sign(share, pin) == "");
        service.clock.pass(1);
        CHECK(phone.try_sign(share, pin) == "certificate_expired");
    }
    SUBCASE("a stolen ticket without the device's key") {
        PhoneDevice thief{phone.device.ticket, crypto::P256PrivateKey::generate(service.random)};
        Phone other(service, std::move(thief));
        CHECK(other.try_sign(share, pin) == "signature_invalid");
    }
    SUBCASE("a ticket of another account") {
        // The call says the victim's account, the ticket says the stranger's.
        const Bytes body = to_bytes(share.key.view());
        const AccountId& victim = phone.device.ticket.account;
        const Bytes signature =
            stranger.device.key.sign(call_bytes("keys/status", body), service.random);
        const SecretBytes content = call_content(stranger.device.ticket, signature, body);
        const cosign::SealedCall sealed(service.service_key.public_key(), content.view(),
                                        call_context("keys/status", victim), service.random);
        CHECK(error_name_of([&] {
                  service.cosign.handle("keys/status", victim, sealed.request());
              }) == "certificate_untrusted");
    }
    SUBCASE("a call that was made for another route") {
        phone.on_call = [&](const std::string&, const Bytes& sealed, Bytes&) {
            CHECK(error_name_of([&] {
                      service.cosign.handle("keys/create", phone.device.ticket.account, sealed);
                  }) == "decrypt_failed");
        };
        phone.client.report(share.key);
    }
    SUBCASE("a route that there is not") {
        CHECK(error_name_of([&] {
                  service.cosign.handle("keys/steal", phone.device.ticket.account, Bytes(100));
              }) == "method_unknown");
    }
}

TEST_CASE("co-sign service: bids open at the time of the tender file, and registered ones only") {
    Service service;
    Phone phone(service);
    const PhoneShare share = phone.make(Purpose::decrypt);
    const Timestamp opening{service.clock.now().seconds + 3600};
    const Bytes tender = tender_file("P1", opening);
    const Bytes wrap = encrypt(service, share, "one"), other = encrypt(service, share, "two");
    const auto open = [&](const std::vector<Bytes>& wraps) {
        return error_name_of([&] { phone.client.decrypt(share, as_bytes(pin), wraps); });
    };
    CHECK(open({wrap}) == "cosign_not_registered");
    phone.client.register_wraps(share, tender, {wrap});
    CHECK(open({wrap}) == "not_open_yet");
    service.clock.pass(3599);
    CHECK(open({wrap}) == "not_open_yet");
    service.clock.pass(1);
    CHECK(open({wrap, other}) == "cosign_not_registered");
    CHECK(as_text(phone.client.decrypt(share, as_bytes(pin), {wrap})[0].view()) == "one");
    // Registered for one key is not registered for another.
    const PhoneShare second = phone.make(Purpose::decrypt);
    CHECK(error_name_of([&] { phone.client.decrypt(second, as_bytes(pin), {wrap}); }) ==
          "cosign_not_registered");
    // After a renewal the old key still opens what was registered.
    service.cosign.retire(share.key);
    CHECK(open({wrap}) == "");
    service.cosign.close(share.key);
    CHECK(open({wrap}) == "cosign_state");
}

TEST_CASE("co-sign service: nobody moves an opening time") {
    Service service;
    Phone phone(service);
    const PhoneShare share = phone.make(Purpose::decrypt);
    const Timestamp later{service.clock.now().seconds + 3600};
    const Bytes wrap = encrypt(service, share, "one");
    const Bytes tender = tender_file("P1", later);
    const auto add = [&](ByteView file) {
        return error_name_of([&] { phone.client.register_wraps(share, file, {wrap}); });
    };
    // An earlier hour, which the platform did not sign.
    std::string changed(as_text(tender));
    const std::string hour = format_time(later), earlier = format_time({later.seconds - 1800});
    for (size_t at = changed.find(hour); at != std::string::npos; at = changed.find(hour))
        changed.replace(at, hour.size(), earlier);
    CHECK(add(as_bytes(changed)) == "tender_signature");
    CHECK(add(tender) == "");
    CHECK(add(tender) == "");
    CHECK(add(tender_file("P0", service.clock.now())) == "tender_mismatch");
    CHECK(error_name_of([&] { phone.client.decrypt(share, as_bytes(pin), {wrap}); }) ==
          "not_open_yet");
    // A signing key registers nothing.
    const PhoneShare signer = phone.make(Purpose::sign);
    CHECK(error_name_of([&] { phone.client.register_wraps(signer, tender, {wrap}); }) ==
          "cosign_state");
}

TEST_CASE("co-sign service: a supplier is no platform, though its CA is the same") {
    Service service;
    CosignService strict({service.records,
                          service.service_key,
                          service.enrol_key.public_key(),
                          platform().trust,
                          {},
                          service.clock,
                          service.random});
    Phone phone(service);
    const PhoneShare share = phone.make(Purpose::decrypt);
    CosignClient client(
        service.service_key.public_key(), phone.device,
        [&](const std::string& route, const AccountId& account, const Bytes& sealed) {
            return strict.handle(route, account, sealed);
        },
        service.random);
    const Bytes tender = tender_file("P1", service.clock.now());
    const Bytes wrap = encrypt(service, share, "one");
    CHECK(error_name_of([&] { client.register_wraps(share, tender, {wrap}); }) ==
          "certificate_untrusted");
    const PhoneShare signer = phone.make(Purpose::sign);
    const Granted granted(service);
    const auto session = client.open_session(signer, as_bytes(pin), granted.grant.serialize());
    CHECK(error_name_of([&] {
              client.sign(signer, session, granted.page, granted.request(service, 1, 1));
          }) == "certificate_untrusted");
}

TEST_CASE("co-sign service: a sealing session signs within its grant and ends with its share") {
    Service service;
    Phone phone(service);
    const PhoneShare share = phone.make(Purpose::sign);
    const Granted granted(service, 4);
    const auto session = phone.client.open_session(share, as_bytes(pin), granted.grant.serialize());
    const auto sign = [&](const session::SignedRequest& request) {
        return error_name_of([&] { phone.client.sign(share, session, granted.page, request); });
    };
    CHECK(sign(granted.request(service, 1, 2)) == "");
    CHECK(sign(granted.request(service, 1, 1)) == "session_request");  // an old sequence number
    SUBCASE("no more signatures than granted") {
        CHECK(sign(granted.request(service, 2, 3)) == "cosign_session_limit");
        CHECK(sign(granted.request(service, 3, 2)) == "");
        CHECK(sign(granted.request(service, 4, 1)) == "cosign_session_limit");
    }
    SUBCASE("another project") {
        session::Request request = platform().request(granted.grant.sid, granted.page, 2, 1);
        request.project = "P2026-002";
        CHECK(sign(platform().sign(request, service.random)) == "session_scope");
    }
    SUBCASE("another operation") {
        session::Request request = platform().request(granted.grant.sid, granted.page, 2, 1);
        request.operation = session::Operation::seal_documents;
        CHECK(sign(platform().sign(request, service.random)) == "session_scope");
    }
    SUBCASE("a request that the platform did not sign") {
        session::SignedRequest request = granted.request(service, 2, 1);
        request.signature = granted.request(service, 3, 1).signature;
        CHECK(sign(request) == "signature_invalid");
    }
    SUBCASE("idle for too long") {
        service.clock.pass(241);
        CHECK(sign(granted.request(service, 2, 1)) == "cosign_session_limit");
    }
    SUBCASE("ended by the phone") {
        phone.client.end_session(session.session());
        CHECK(sign(granted.request(service, 2, 1)) == "cosign_session_limit");
        CHECK(service.last_audit().find("session_ended") != std::string::npos);
    }
    SUBCASE("another account cannot end it") {
        Phone stranger(service);
        CHECK(error_name_of([&] { stranger.client.end_session(session.session()); }) ==
              "cosign_session_limit");
        CHECK(sign(granted.request(service, 2, 1)) == "");
    }
}

TEST_CASE("co-sign service: a session's limits are the grant's") {
    Service service;
    Phone phone(service);
    const PhoneShare share = phone.make(Purpose::sign);
    const Granted granted(service, 4);
    const Bytes grant = granted.grant.serialize();
    const auto open = [&](cosign::SessionLimits limits, std::string_view with_pin) {
        const auto id = fresh_id<cosign::SessionId>(service.random);
        cosign::PhoneGrant asked(share, id, limits, as_bytes(with_pin), service.random);
        const SecretBytes body = OpenSession{grant, asked.request().encode()}.encode();
        return error_name_of([&] { phone.client.call("sessions/open", body.view()); });
    };
    cosign::SessionLimits limits = session_limits(grant);
    CHECK(open(limits, pin) == "");
    CHECK(open(limits, wrong_pin) == "cosign_pin_wrong");
    limits.count = 200;
    CHECK(open(limits, pin) == "session_scope");
    limits = session_limits(grant);
    limits.operations = 3;
    CHECK(open(limits, pin) == "session_scope");
    limits = session_limits(grant);
    limits.grant.bytes[0] ^= 1;
    CHECK(open(limits, pin) == "session_scope");
    CHECK(phone.client.report(share.key).tries_left == 8);
}

TEST_CASE("co-sign service: calls that are none") {
    Service service;
    Phone phone(service);
    const AccountId& account = phone.device.ticket.account;
    for (const std::string& route : CosignService::routes()) {
        CAPTURE(route);
        CHECK(error_name_of([&] { service.cosign.handle(route, account, Bytes()); }) ==
              "decrypt_failed");
        CHECK(error_name_of([&] { service.cosign.handle(route, account, Bytes(5000, 0x42)); }) ==
              "decrypt_failed");
        // Sealed and signed as it should be, with a body that is none.
        for (const size_t size : {0, 1, 15, 40, 300}) {
            const std::string error = error_name_of([&] { phone.client.call(route, Bytes(size)); });
            CHECK(error == "cosign_message");
        }
    }
    CHECK(error_name_of([&] {
              phone.client.call("sign/begin", BeginSign{{}, {}, {}}.encode());
          }) == "cosign_message");
    // One id, two bodies.
    const CallId call = fresh_id<CallId>(service.random);
    phone.client.call("keys/create", CreateKey{call, Purpose::sign}.encode());
    CHECK(error_name_of([&] {
              phone.client.call("keys/create", CreateKey{call, Purpose::decrypt}.encode());
          }) == "cosign_operation");
    for (size_t i = 1; i < max_keys_of_account; i++)
        phone.client.call("keys/create",
                          CreateKey{fresh_id<CallId>(service.random), Purpose::sign}.encode());
    CHECK(error_name_of([&] {
              phone.client.call(
                  "keys/create",
                  CreateKey{fresh_id<CallId>(service.random), Purpose::sign}.encode());
          }) == "limit_exceeded");
}
