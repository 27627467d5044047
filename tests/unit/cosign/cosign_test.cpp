// What phone and service do together when both are honest.
#include <doctest/doctest.h>

#include "../support/error_of.h"
#include "cosign_test_support.h"

using namespace bidseal;
using namespace bidseal::cosign;
using namespace bidseal::test;

TEST_CASE("two parties sign as one SM2 key") {
    Pair pair(1);
    CHECK(pair.phone.public_key == pair.service.public_key());
    const crypto::Sm2PublicKey key = pair.phone.key_of_both();
    for (const size_t count : {1, 2, 3, 7, 64}) {
        CAPTURE(count);
        const std::vector<Bytes> items = documents(count);
        const std::vector<Bytes> signatures = pair.sign(items);
        REQUIRE(signatures.size() == count);
        for (size_t i = 0; i < count; i++) {
            CHECK(key.verify(items[i], signatures[i]));
            if (count > 1)
                CHECK_FALSE(key.verify(items[(i + 1) % count], signatures[i]));
        }
    }
    CHECK_FALSE(key.verify(documents(2)[1], pair.sign(documents(1))[0]));
}

TEST_CASE("a batch has 1 to 500 items") {
    Pair pair(2);
    CHECK(error_name_of([&] { pair.begin({}); }) == "usage");
    CHECK(error_name_of([&] { pair.begin(documents(501)); }) == "usage");
#ifndef BIDSEAL_SANITIZED
    const std::vector<Bytes> signatures = pair.sign(documents(500));
    CHECK(signatures.size() == 500);
    CHECK(pair.phone.key_of_both().verify(documents(500)[499], signatures[499]));
#endif
}

TEST_CASE("two parties decrypt as one SM2 key") {
    Pair pair(3, Purpose::decrypt);
    const crypto::Sm2PublicKey key = pair.phone.key_of_both();
    std::vector<Bytes> plain{Bytes(32, 0x11), Bytes(1, 0x22), Bytes(200, 0x33)}, ciphertexts;
    for (const Bytes& each : plain)
        ciphertexts.push_back(key.encrypt(each, pair.random));
    const std::vector<SecretBytes> opened = pair.decrypt(ciphertexts, pair.now, pair.pin);
    REQUIRE(opened.size() == 3);
    for (size_t i = 0; i < 3; i++)
        CHECK(equal(opened[i].view(), plain[i]));
}

TEST_CASE("a refresh keeps the key and changes both shares") {
    Pair pair(4);
    const Point key = pair.phone.public_key;
    const PhoneShare old = pair.phone.clone();
    pair.refresh("135790");
    CHECK(pair.phone.public_key == key);
    CHECK(pair.service.public_key() == key);
    CHECK(pair.phone.epoch == 1);
    CHECK(pair.service.status().epoch == 1);
    CHECK_FALSE(pair.phone.blind.equals(old.blind));
    CHECK(pair.phone.salt != old.salt);
    const std::vector<Bytes> signatures = pair.sign(documents(2));
    CHECK(pair.phone.key_of_both().verify(documents(2)[0], signatures[0]));

    pair.refresh("246802");
    CHECK(pair.try_sign(pair.phone, "135790") == "cosign_pin_wrong");
    CHECK(pair.try_sign(pair.phone, "246802") == "");
}

TEST_CASE("a refresh may stop at any step and be taken up again") {
    Pair pair(5);
    PhoneRefresh lost(pair.phone, pin_of(pair.pin), pin_of(pair.pin), pair.random);
    // The request arrived, its answer did not: the old share still signs.
    CHECK(pair.service.prepare_refresh(lost.request(), pair.now, pair.random).refresh_waits);
    CHECK(pair.try_sign(pair.phone, pair.pin) == "");

    // The phone starts over; the service takes the newer one. Then its process ends.
    PhoneRefresh refresh(pair.phone, pin_of(pair.pin), pin_of("222333"), pair.random);
    pair.service.prepare_refresh(refresh.request(), pair.now, pair.random);
    pair.service.prepare_refresh(refresh.request(), pair.now, pair.random);
    pair.service = ServiceKey::parse(pair.service.serialize().view());
    const PhoneShare stored = PhoneShare::parse(refresh.next().serialize().view());

    // The commit arrives twice, for its answer got lost.
    const RefreshCommit commit = PhoneRefresh::confirm(stored, pin_of("222333"), pair.random);
    CHECK(pair.service.commit_refresh(commit, pair.now, pair.random).epoch == 1);
    CHECK(pair.service.commit_refresh(commit, pair.now, pair.random).epoch == 1);
    CHECK(pair.service.prepare_refresh(refresh.request(), pair.now, pair.random).epoch == 1);
    CHECK(pair.try_sign(stored, "222333") == "");
    CHECK(pair.try_sign(pair.phone, pair.pin) == "cosign_pin_wrong");
}

TEST_CASE("every request may be repeated") {
    Pair pair(6);
    const std::vector<Bytes> items = documents(3);
    SignOperation operation = pair.begin(items);
    PhoneSigning signing(pair.phone, operation.commit(), items);
    const SignRequest request = signing.prove(pair.phone, pin_of(pair.pin), pair.random);
    const Bytes first = pair.service.answer(operation, request, pair.now, pair.random).encode();
    // The process ends in between, and time passes.
    operation = SignOperation::parse(operation.serialize().view());
    const Timestamp later{pair.now.seconds + 100'000};
    const Bytes second = pair.service.answer(operation, request, later, pair.random).encode();
    CHECK(first == second);
    CHECK(signing.finish(SignAnswer::decode(second), pair.random).size() == 3);

    Pair sealer(7, Purpose::decrypt);
    const Bytes ciphertext = sealer.phone.key_of_both().encrypt(Bytes(32, 1), sealer.random);
    const Point c1 = c1_of(ciphertext);
    DecryptOperation opening =
        sealer.service.begin_decrypt(fresh_id<OperationId>(sealer.random), {c1}, {{c1, sealer.now}},
                                     sealer.now, Timestamp{sealer.now.seconds + 60});
    PhoneDecryption decryption(sealer.phone, opening.id(), {ciphertext});
    const DecryptRequest ask = decryption.prove(sealer.phone, pin_of(sealer.pin), sealer.random);
    const Bytes one = sealer.service.answer(opening, ask, sealer.now, sealer.random).encode();
    opening = DecryptOperation::parse(opening.serialize());
    CHECK(sealer.service.answer(opening, ask, later, sealer.random).encode() == one);
}

TEST_CASE("a wrong PIN can be put right within the same operation") {
    Pair pair(8);
    const std::vector<Bytes> items = documents(2);
    SignOperation operation = pair.begin(items);
    PhoneSigning signing(pair.phone, operation.commit(), items);
    const SignRequest wrong = signing.prove(pair.phone, pin_of("000000"), pair.random);
    const auto refused =
        error_of([&] { pair.service.answer(operation, wrong, pair.now, pair.random); });
    REQUIRE(refused.has_value());
    CHECK(refused->code() == ErrorCode::cosign_pin_wrong);
    CHECK(refused->retries_left() == 8);
    const SignRequest right = signing.prove(pair.phone, pin_of(pair.pin), pair.random);
    const SignAnswer answer = pair.service.answer(operation, right, pair.now, pair.random);
    CHECK(signing.finish(answer, pair.random).size() == 2);
    CHECK(pair.service.pin().failures() == 0);
}

TEST_CASE("after a renewal the old decryption key opens what it was used for, and signs nothing") {
    Pair pair(9, Purpose::decrypt);
    const Bytes ciphertext = pair.phone.key_of_both().encrypt(Bytes(16, 9), pair.random);
    pair.service.retire();
    pair.refresh("135790");
    CHECK(pair.decrypt({ciphertext}, pair.now, pair.pin)[0].equals(
        SecretBytes::copy_of(Bytes(16, 9))));

    Pair signer(10);
    signer.service.retire();
    CHECK(error_name_of([&] { signer.begin(documents(1)); }) == "cosign_state");
    Pair closed(11);
    closed.service.close();
    CHECK(error_name_of([&] { closed.begin(documents(1)); }) == "cosign_state");
    const ServiceKey again = ServiceKey::parse(closed.service.serialize().view());
    CHECK(again.state() == KeyState::closed);
}

TEST_CASE("a sealing session signs without a PIN, within its limits") {
    Pair pair(12);
    SessionLimits limits;
    limits.count = 5;
    limits.expires = pair.now.seconds + 1000;
    limits.idle = 100;
    limits.operations = static_cast<uint8_t>(SessionOperation::seal);
    pair.random.fill(limits.grant.bytes);
    PhoneGrant grant(pair.phone, fresh_id<SessionId>(pair.random), limits, pin_of(pair.pin),
                     pair.random);
    SessionShare service = pair.service.grant(GrantRequest::decode(grant.request().encode().view()),
                                              pair.now, pair.random);
    const PhoneSessionShare phone = grant.take();
    CHECK(error_name_of([&] { grant.take(); }) == "usage");

    const auto begin = [&](size_t count, SessionOperation kind, const GrantDigest& by) {
        return pair.service.begin_sign(service, fresh_id<OperationId>(pair.random), kind, by,
                                       documents(count), pair.now, pair.random);
    };
    const auto sign = [&](size_t count) {
        SignOperation operation = begin(count, SessionOperation::seal, limits.grant);
        PhoneSigning signing(pair.phone, operation.commit(), documents(count));
        const SignRequest request = signing.prove(phone, pair.random);
        const SignAnswer answer =
            pair.service.answer(service, operation, request, pair.now, pair.random);
        CHECK(pair.service.answer(service, operation, request, pair.now, pair.random).encode() ==
              answer.encode());
        return signing.finish(answer, pair.random);
    };
    const auto refused = [&](size_t count, SessionOperation kind, const GrantDigest& by) {
        return error_name_of([&] { begin(count, kind, by); });
    };

    const std::vector<Bytes> signatures = sign(2);
    CHECK(pair.phone.key_of_both().verify(documents(2)[1], signatures[1]));
    CHECK(service.left() == 3);
    service = SessionShare::parse(service.serialize().view());
    CHECK(refused(4, SessionOperation::seal, limits.grant) == "cosign_session_limit");
    CHECK(refused(1, SessionOperation::sign_document, limits.grant) == "cosign_session_limit");
    CHECK(refused(1, SessionOperation::seal, GrantDigest()) == "cosign_session_limit");

    // Two operations that were both begun while enough was left.
    SignOperation one = begin(2, SessionOperation::seal, limits.grant);
    SignOperation two = begin(2, SessionOperation::seal, limits.grant);
    PhoneSigning first(pair.phone, one.commit(), documents(2));
    PhoneSigning second(pair.phone, two.commit(), documents(2));
    const SignRequest first_request = first.prove(phone, pair.random);
    const SignRequest second_request = second.prove(phone, pair.random);
    pair.service.answer(service, one, first_request, pair.now, pair.random);
    CHECK(error_name_of([&] {
              pair.service.answer(service, two, second_request, pair.now, pair.random);
          }) == "cosign_session_limit");
    CHECK(service.left() == 1);

    pair.now.seconds += 101;
    CHECK(refused(1, SessionOperation::seal, limits.grant) == "cosign_session_limit");
    pair.now.seconds -= 101;
    SignOperation last = begin(1, SessionOperation::seal, limits.grant);
    PhoneSigning late(pair.phone, last.commit(), documents(1));
    const SignRequest late_request = late.prove(phone, pair.random);
    service.end();
    service = SessionShare::parse(service.serialize().view());
    CHECK(error_name_of([&] {
              pair.service.answer(service, last, late_request, pair.now, pair.random);
          }) == "cosign_session_limit");
    CHECK(refused(1, SessionOperation::seal, limits.grant) == "cosign_session_limit");
    CHECK(pair.service.pin().failures() == 0);
}

TEST_CASE("a session keeps to the limits of the design") {
    Pair pair(13);
    const auto outcome = [&](auto change, bool at_service) {
        SessionLimits limits;
        limits.count = 200;
        limits.expires = pair.now.seconds + 1800;
        limits.idle = 300;
        limits.operations = 3;
        SessionLimits asked = limits;
        change(asked);
        const SessionId id = fresh_id<SessionId>(pair.random);
        return error_name_of([&] {
            PhoneGrant grant(pair.phone, id, at_service ? limits : asked, pin_of(pair.pin),
                             pair.random);
            GrantRequest request = GrantRequest::decode(grant.request().encode().view());
            request.limits = asked;
            pair.service.grant(request, pair.now, pair.random);
        });
    };
    CHECK(outcome([](SessionLimits&) {}, false) == "");
    const std::string limit = "cosign_session_limit";
    CHECK(outcome([](SessionLimits& l) { l.count = 201; }, true) == limit);
    CHECK(outcome([](SessionLimits& l) { l.count = 0; }, true) == limit);
    CHECK(outcome([](SessionLimits& l) { l.expires += 1; }, true) == limit);
    CHECK(outcome([](SessionLimits& l) { l.expires -= 1800; }, true) == limit);
    CHECK(outcome([](SessionLimits& l) { l.idle = 301; }, true) == limit);
    CHECK(outcome([](SessionLimits& l) { l.operations = 4; }, true) == limit);
    CHECK(outcome([](SessionLimits& l) { l.operations = 0; }, true) == limit);
    CHECK(outcome([](SessionLimits& l) { l.count = 201; }, false) == "usage");
    // Limits that somebody widened on the way do not fit the proof.
    CHECK(outcome([](SessionLimits& l) { l.expires -= 1; }, true) == "cosign_pin_wrong");
}
