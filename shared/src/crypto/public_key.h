// The public keys that certificates hold, and what they verify.
#pragma once

#include <optional>
#include <string_view>

#include <botan/bigint.h>
#include <botan/ec_apoint.h>

#include "bidseal/base/error.h"
#include "bidseal/crypto/certificate.h"

namespace bidseal::crypto {

class PublicKey {
public:
    /// From SubjectPublicKeyInfo: SM2, ECDSA P-256, or RSA of 2048 to 8192 bits with an odd
    /// exponent of at most 64 bits. Throws Error(code).
    static PublicKey from_spki(ByteView spki, ErrorCode code);

    KeyKind kind() const { return m_kind; }
    /// 04||x||y of a point, or the modulus.
    Bytes public_octets() const;
    /// Set for SM2 keys.
    const std::optional<Sm2PublicKey>& sm2() const { return m_sm2; }

    /// Whether the key made the signature with the algorithm of this object
    /// identifier: 1.2.156.10197.1.501, ecdsa-with-SHA256/384/512 or
    /// sha256/384/512WithRSAEncryption. Any other algorithm: false.
    bool verify(ByteView message, ByteView signature, std::string_view algorithm) const;

    /// RSAES-OAEP (RFC 8017 section 7.1) with an empty label and MGF1 of the same hash ("SHA-1" or
    /// "SHA-256"); draws the seed, one hash long. Throws Error(key_invalid) unless RSA,
    /// Error(usage) when the text does not fit.
    Bytes encrypt_oaep(ByteView plain, std::string_view hash, Random& random) const;

private:
    bool verify_ecdsa(ByteView message, ByteView signature, std::string_view hash) const;
    bool verify_rsa(ByteView message, ByteView signature, std::string_view hash) const;
    size_t modulus_size() const { return m_n.bytes(); }

    KeyKind m_kind = KeyKind::sm2;
    std::optional<Sm2PublicKey> m_sm2;
    std::optional<Botan::EC_AffinePoint> m_p256;
    Botan::BigInt m_n, m_e;
};

/// The curve P-256 (secp256r1).
const Botan::EC_Group& p256_group();

/// The object identifier of signatures of this kind.
std::string_view algorithm_of(SignatureKind kind);

/// The kind of signature that keys of this kind make.
SignatureKind signature_kind_of(KeyKind kind);

/// Digest of one of Botan's hashes ("SHA-1", "SHA-256", ...).
Bytes digest_with(std::string_view hash, ByteView data);

}  // namespace bidseal::crypto
