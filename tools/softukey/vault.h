// How secrets are kept: keys from PINs, and authenticated encryption under them.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "bidseal/base/bytes.h"
#include "bidseal/base/host.h"
#include "bidseal/base/secret.h"

#include "state.h"

namespace bidseal::softukey {

/// Randomness of the operating system, for the core's functions.
class SystemRandom : public Random {
public:
    void fill(std::span<uint8_t> out) override;
};

Bytes random_bytes(size_t count);

/// SM4-GCM under a 16-byte key: 12-byte random nonce, ciphertext, 16-byte tag. `context` says what
/// it is and where it belongs, so that a sealed value moved elsewhere does not open.
Bytes seal(const SecretBytes& key, ByteView plain, std::string_view context);

/// The opposite; nothing when key, context or bytes are not right.
std::optional<SecretBytes> unseal(const SecretBytes& key, ByteView sealed,
                                  std::string_view context);

/// Makes a PIN record: the master key wrapped under PBKDF2-HMAC-SM3(pin), all tries left.
Pin make_pin(std::string_view pin, const SecretBytes& master, uint32_t iterations, uint32_t tries,
             std::string_view context);

/// The master key, or nothing when the PIN is wrong. Does not count: the caller has, before.
std::optional<SecretBytes> open_pin(const Pin& record, std::string_view pin,
                                    std::string_view context);

}  // namespace bidseal::softukey
