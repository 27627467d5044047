// What stands behind the SM2 key classes: Botan's constant-time scalars and points.
#pragma once

#include <optional>

#include <botan/ec_apoint.h>
#include <botan/ec_group.h>
#include <botan/ec_scalar.h>

#include "bidseal/crypto/sm2.h"

namespace bidseal::crypto {

/// The curve sm2p256v1 (GB/T 32918.5).
const Botan::EC_Group& sm2_group();

struct Sm2PublicKey::Impl {
    Botan::EC_AffinePoint point;  // on the curve, not infinity
};

struct Sm2PrivateKey::Impl {
    Botan::EC_Scalar d;
    Botan::EC_Scalar inverse_of_one_plus_d;
    Botan::EC_AffinePoint point;
};

/// A point from 04||x||y, on the curve and not infinity; nothing otherwise.
std::optional<Botan::EC_AffinePoint> sm2_point(ByteView octets);

/// k for one signature or encryption: 48 bytes big-endian, reduced modulo n.
Botan::EC_Scalar sm2_nonce(ByteView nonce48);

/// What SM2 encryption adds to the plain text: KDF stream and check value of one shared point
/// (GB/T 32918.4 section 6). `plain_in` is the plain text, or the cipher text when decrypting.
struct Sm2SharedPoint {
    SecretBytes xy;  // x2 || y2

    explicit Sm2SharedPoint(const Botan::EC_AffinePoint& point);
    /// KDF(x2 || y2, length); nothing when it is all zero, which the standard refuses.
    std::optional<SecretBytes> stream(size_t length) const;
    /// SM3(x2 || plain || y2).
    Sm3Digest check_value(ByteView plain) const;
};

}  // namespace bidseal::crypto
