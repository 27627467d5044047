// SM3 (GB/T 32905-2016), HMAC-SM3 and HKDF-SM3 (RFC 5869 with SM3).
#pragma once

#include <initializer_list>
#include <string_view>

#include "bidseal/base/bytes.h"
#include "bidseal/base/host.h"
#include "bidseal/base/secret.h"
#include "bidseal/crypto/kernels.h"

namespace bidseal::crypto {

using Sm3Digest = FixedBytes<32, struct Sm3DigestTag>;

/// Running SM3. After finish() the object is spent.
class Sm3 {
public:
    Sm3();
    void update(ByteView data);
    Sm3Digest finish();

private:
    kernels::Sm3State m_state;
};

/// SM3 of the parts, one after the other.
Sm3Digest sm3(std::initializer_list<ByteView> parts);
inline Sm3Digest sm3(ByteView data) {
    return sm3({data});
}

/// HMAC-SM3 (GB/T 15852.2), 32 bytes.
Bytes hmac_sm3(ByteView key, ByteView data);

/// HKDF with HMAC-SM3: extract with `salt`, expand with `info` to `length` bytes (at most 8160).
SecretBytes hkdf_sm3(const SecretBytes& ikm, ByteView salt, ByteView info, size_t length);

/// A deterministic Random: the stream HMAC-SM3(key, u64 counter), counter from 0. Only where the
/// format asks that everyone can recompute what was drawn.
class DerivedRandom : public Random {
public:
    explicit DerivedRandom(SecretBytes key32) : m_key(std::move(key32)) {}
    void fill(std::span<uint8_t> out) override;

private:
    SecretBytes m_key;
    uint64_t m_counter = 0;
    SecretBytes m_block;
    size_t m_used = 0;
};

}  // namespace bidseal::crypto
