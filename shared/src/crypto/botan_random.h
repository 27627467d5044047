// Botan's view of randomness: the program's injected source, or a stream that blinds a computation.
#pragma once

#include <string>

#include <botan/rng.h>

#include "bidseal/base/host.h"
#include "bidseal/crypto/sm3.h"

namespace bidseal::crypto {

/// Hands Botan the injected Random, byte for byte and in order.
class BotanRandom final : public Botan::RandomNumberGenerator {
public:
    explicit BotanRandom(Random& random) : m_random(random) {}

    bool accepts_input() const override { return false; }
    std::string name() const override { return "injected"; }
    void clear() override {}
    bool is_seeded() const override { return true; }

protected:
    void fill_bytes_with_input(std::span<uint8_t> output, std::span<const uint8_t>) override {
        if (!output.empty())
            m_random.fill(output);
    }

private:
    Random& m_random;
};

/// A stream for blinding curve arithmetic, derived from the secret that is being protected and from
/// public bytes of the call. It never decides a result, only how it is computed. So signing and
/// encrypting draw a fixed number of bytes from the injected source, and decrypting none.
class Blinding {
public:
    Blinding(ByteView secret, ByteView context)
        : m_stream(
              hkdf_sm3(SecretBytes::copy_of(secret), context, as_bytes("bidseal blinding"), 32)),
          m_random(m_stream) {}
    Botan::RandomNumberGenerator& random() { return m_random; }

private:
    DerivedRandom m_stream;
    BotanRandom m_random;
};

}  // namespace bidseal::crypto
