// Messages, records and sealed calls: one spelling each, everything else refused.
#include <functional>

#include <doctest/doctest.h>

#include "bidseal/cosign/seal.h"

#include "../support/error_of.h"
#include "cosign_test_support.h"

using namespace bidseal;
using namespace bidseal::cosign;
using namespace bidseal::test;

namespace {

/// Cuts, grows and turns the head of a message; each must be refused with this code.
void check_strict(ByteView good, const std::string& code,
                  const std::function<Bytes(ByteView)>& read_and_write) {
    CHECK(read_and_write(good) == to_bytes(good));
    const auto refused = [&](const Bytes& bytes) {
        return error_name_of([&] { read_and_write(bytes); });
    };
    for (size_t size = 0; size < good.size(); size += size < 64 ? 1 : 17)
        CHECK(refused(to_bytes(good.first(size))) == code);
    Bytes longer = to_bytes(good);
    longer.push_back(0);
    CHECK(refused(longer) == code);
    for (size_t i = 0; i < (code == "cosign_record" ? 4 : 5); i++) {
        Bytes other = to_bytes(good);
        other[i] ^= 0x80;
        CHECK(refused(other) == code);
    }
}

template <class Message>
void check_message(const Message& message) {
    const auto bytes = message.encode();
    const ByteView view(bytes.data(), bytes.size());
    check_strict(view, "cosign_message", [](ByteView v) { return Message::decode(v).encode(); });
}

void check_secret_message(const SecretBytes& bytes,
                          const std::function<Bytes(ByteView)>& read_and_write) {
    check_strict(bytes.view(), "cosign_message", read_and_write);
}

}  // namespace

TEST_CASE("each message has one spelling") {
    SeededRandom random(51);
    ServiceKey key = ServiceKey::create(fresh_id<KeyId>(random), Purpose::sign, random);
    PhoneKeyGen generation(key.commit(), Purpose::sign, random);
    check_message(key.commit());
    check_message(generation.share());
    check_message(key.complete(generation.share(), random));
    check_message(key.status());

    Pair pair(52);
    const std::vector<Bytes> items = documents(2);
    SignOperation operation = pair.begin(items);
    PhoneSigning signing(pair.phone, operation.commit(), items);
    const SignRequest request = signing.prove(pair.phone, pin_of(pair.pin), pair.random);
    check_message(operation.commit());
    check_message(request);
    check_message(pair.service.answer(operation, request, pair.now, pair.random));
    PhoneRefresh refresh(pair.phone, pin_of(pair.pin), pin_of(pair.pin), pair.random);
    check_secret_message(refresh.request().encode(), [](ByteView v) {
        return to_bytes(RefreshRequest::decode(v).encode().view());
    });
    check_message(PhoneRefresh::confirm(refresh.next(), pin_of(pair.pin), pair.random));
    SessionLimits limits;
    limits.count = 1;
    limits.expires = 2'000'000'000;
    limits.idle = 1;
    limits.operations = 1;
    PhoneGrant grant(pair.phone, SessionId(), limits, pin_of(pair.pin), pair.random);
    check_secret_message(grant.request().encode(), [](ByteView v) {
        return to_bytes(GrantRequest::decode(v).encode().view());
    });

    Pair sealer(53, Purpose::decrypt);
    const Bytes ciphertext = sealer.phone.key_of_both().encrypt(Bytes(5, 1), sealer.random);
    const Point c1 = c1_of(ciphertext);
    DecryptOperation opening = sealer.service.begin_decrypt(
        OperationId(), {c1}, {{c1, sealer.now}}, sealer.now, Timestamp{sealer.now.seconds + 9});
    PhoneDecryption decryption(sealer.phone, OperationId(), {ciphertext});
    const DecryptRequest ask = decryption.prove(sealer.phone, pin_of(sealer.pin), sealer.random);
    check_message(ask);
    check_message(sealer.service.answer(opening, ask, sealer.now, sealer.random));

    const auto again_operation = [](ByteView v) {
        return to_bytes(SignOperation::parse(v).serialize().view());
    };
    check_strict(operation.serialize().view(), "cosign_record", again_operation);
    check_strict(pair.begin(items).serialize().view(), "cosign_record", again_operation);
    check_strict(opening.serialize(), "cosign_record",
                 [](ByteView v) { return DecryptOperation::parse(v).serialize(); });
    const auto again_key = [](ByteView v) {
        return to_bytes(ServiceKey::parse(v).serialize().view());
    };
    check_strict(key.serialize().view(), "cosign_record", again_key);
    check_strict(ServiceKey::create(KeyId(), Purpose::decrypt, random).serialize().view(),
                 "cosign_record", again_key);
    pair.service.prepare_refresh(refresh.request(), pair.now, pair.random);
    check_strict(pair.service.serialize().view(), "cosign_record", again_key);
    check_strict(pair.phone.serialize().view(), "cosign_record",
                 [](ByteView v) { return to_bytes(PhoneShare::parse(v).serialize().view()); });
    check_strict(pair.service.grant(grant.request(), Timestamp{1'999'999'999}, pair.random)
                     .serialize()
                     .view(),
                 "cosign_record",
                 [](ByteView v) { return to_bytes(SessionShare::parse(v).serialize().view()); });
}

TEST_CASE("a sealed call opens for its service, route and request only") {
    SeededRandom random(54);
    const crypto::Sm2PrivateKey service = crypto::Sm2PrivateKey::generate(random);
    const crypto::Sm2PrivateKey other = crypto::Sm2PrivateKey::generate(random);
    const Bytes request(300, 0x5a), answer(70, 0xa5);
    const SealedCall call(service.public_key(), request, "sign account-1", random);
    const OpenedCall opened(service, call.request(), "sign account-1");
    CHECK(equal(opened.request().view(), request));
    const Bytes sealed = opened.seal_answer(answer, random);
    const Bytes again = opened.seal_answer(answer, random);
    CHECK(sealed != again);
    CHECK(equal(call.open_answer(sealed).view(), answer));
    CHECK(equal(call.open_answer(again).view(), answer));

    const std::string failed = "decrypt_failed";
    CHECK(error_name_of([&] { OpenedCall(other, call.request(), "sign account-1"); }) == failed);
    CHECK(error_name_of([&] { OpenedCall(service, call.request(), "sign account-2"); }) == failed);
    for (size_t i = 0; i < call.request().size(); i += 7) {
        Bytes turned = call.request();
        turned[i] ^= 1;
        CHECK(error_name_of([&] { OpenedCall(service, turned, "sign account-1"); }) == failed);
    }
    const SealedCall second(service.public_key(), request, "sign account-1", random);
    CHECK(error_name_of([&] { second.open_answer(sealed); }) == failed);
    CHECK(error_name_of([&] { call.open_answer(Bytes(12)); }) == failed);
}
