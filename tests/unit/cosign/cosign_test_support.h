// Both parties of a split key in one process.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "bidseal/cosign/phone.h"
#include "bidseal/cosign/service.h"
#include "bidseal/crypto/sm3.h"

namespace bidseal::test {

/// A reproducible stream.
class SeededRandom : public Random {
public:
    explicit SeededRandom(uint64_t seed);
    void fill(std::span<uint8_t> out) override { m_stream.fill(out); }

private:
    crypto::DerivedRandom m_stream;
};

inline ByteView pin_of(std::string_view pin) {
    return as_bytes(pin);
}

/// An id that nothing else has.
template <class Id>
Id fresh_id(Random& random) {
    Id id;
    random.fill(id.bytes);
    return id;
}

/// A phone and a service with one key, at a time that tests may move.
struct Pair {
    explicit Pair(uint64_t seed, cosign::Purpose purpose = cosign::Purpose::sign);

    SeededRandom random;
    Timestamp now{1'790'000'000};
    std::string pin = "135790";
    cosign::ServiceKey service;
    cosign::PhoneShare phone;

    /// Few rounds, so that tests spend their time elsewhere.
    static constexpr cosign::PinHardness quick{4};

    cosign::SignOperation begin(const std::vector<Bytes>& items);
    /// The whole signing with this PIN; the operation is new.
    std::vector<Bytes> sign(const std::vector<Bytes>& items, std::string_view with_pin);
    std::vector<Bytes> sign(const std::vector<Bytes>& items) { return sign(items, pin); }
    /// Whether a signing with this share and PIN works; the error's name otherwise.
    std::string try_sign(const cosign::PhoneShare& share, std::string_view with_pin);

    /// Opens ciphertexts that were registered for `opens`.
    std::vector<SecretBytes> decrypt(const std::vector<Bytes>& ciphertexts, Timestamp opens,
                                     std::string_view with_pin);
    /// The whole refresh; the phone keeps the new share.
    void refresh(std::string_view new_pin);
};

std::vector<Bytes> documents(size_t count);
cosign::Point c1_of(const Bytes& ciphertext);

}  // namespace bidseal::test
