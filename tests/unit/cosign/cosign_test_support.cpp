#include "cosign_test_support.h"

#include <algorithm>

#include "../support/error_of.h"

namespace bidseal::test {

using namespace cosign;

namespace {

SecretBytes seed_key(uint64_t seed) {
    Bytes bytes = to_bytes(as_bytes("bidseal test stream"));
    append_u64(bytes, seed);
    return SecretBytes::copy_of(crypto::sm3(bytes).view());
}

}  // namespace

SeededRandom::SeededRandom(uint64_t seed) : m_stream(seed_key(seed)) {}

Pair::Pair(uint64_t seed, Purpose purpose)
    : random(seed), service(ServiceKey::create(fresh_id<KeyId>(random), purpose, random)) {
    PhoneKeyGen generation(service.commit(), purpose, random);
    const KeyGenOpen open = service.complete(generation.share(), random);
    phone = generation.finish(open, pin_of(pin), random, quick);
}

SignOperation Pair::begin(const std::vector<Bytes>& items) {
    return service.begin_sign(fresh_id<OperationId>(random), items, now,
                              Timestamp{now.seconds + 600}, random);
}

std::vector<Bytes> Pair::sign(const std::vector<Bytes>& items, std::string_view with_pin) {
    SignOperation operation = begin(items);
    PhoneSigning signing(phone, operation.commit(), items);
    const SignRequest request = signing.prove(phone, pin_of(with_pin), random);
    return signing.finish(service.answer(operation, request, now, random), random);
}

std::string Pair::try_sign(const PhoneShare& share, std::string_view with_pin) {
    const std::vector<Bytes> items = documents(1);
    return error_name_of([&] {
        SignOperation operation = begin(items);
        SignCommit commit = operation.commit();
        commit.epoch = share.epoch;  // what an old copy of the phone would believe
        PhoneSigning signing(share, commit, items);
        const SignRequest request = signing.prove(share, pin_of(with_pin), random);
        signing.finish(service.answer(operation, request, now, random), random);
    });
}

std::vector<SecretBytes> Pair::decrypt(const std::vector<Bytes>& ciphertexts, Timestamp opens,
                                       std::string_view with_pin) {
    std::vector<Point> c1;
    std::vector<RegisteredCiphertext> registered;
    for (const Bytes& ciphertext : ciphertexts) {
        c1.push_back(c1_of(ciphertext));
        registered.push_back({c1.back(), opens});
    }
    DecryptOperation operation = service.begin_decrypt(
        fresh_id<OperationId>(random), c1, registered, now, Timestamp{now.seconds + 600});
    PhoneDecryption decryption(phone, operation.id(), ciphertexts);
    const DecryptRequest request = decryption.prove(phone, pin_of(with_pin), random);
    return decryption.finish(service.answer(operation, request, now, random), random);
}

void Pair::refresh(std::string_view new_pin) {
    PhoneRefresh refresh(phone, pin_of(pin), pin_of(new_pin), random);
    service.prepare_refresh(refresh.request(), now, random);
    const RefreshCommit commit = PhoneRefresh::confirm(refresh.next(), pin_of(new_pin), random);
    service.commit_refresh(commit, now, random);
    phone = refresh.next().clone();
    pin = std::string(new_pin);
}

std::vector<Bytes> documents(size_t count) {
    std::vector<Bytes> items;
    for (size_t i = 0; i < count; i++)
        items.push_back(to_bytes(as_bytes("document " + std::to_string(i))));
    return items;
}

Point c1_of(const Bytes& ciphertext) {
    const crypto::Sm2CipherFields fields = crypto::sm2_cipher_from_der(ciphertext);
    Point c1;
    c1.bytes[0] = 0x04;
    std::copy(fields.x.begin(), fields.x.end(), c1.bytes.begin() + 1);
    std::copy(fields.y.begin(), fields.y.end(), c1.bytes.begin() + 33);
    return c1;
}

}  // namespace bidseal::test
