#include "bidseal/crypto/p256.h"

#include <algorithm>

#include <botan/ec_group.h>
#include <botan/ec_scalar.h>
#include <botan/hash.h>

#include "botan_random.h"
#include "public_key.h"

namespace bidseal::crypto {
namespace {

constexpr size_t scalar_size = 32;

Botan::EC_AffinePoint parse_p256_point(ByteView octets) {
    require(octets.size() == P256Point::size() && octets[0] == 0x04, ErrorCode::key_invalid,
            "not an uncompressed P-256 point");
    auto point = Botan::EC_AffinePoint::deserialize(p256_group(), octets);
    require(point.has_value() && !point->is_identity(), ErrorCode::key_invalid,
            "the point is not on P-256");
    return std::move(*point);
}

/// One ECDSA signature with the blinded, constant-time scalars of the certificate keys.
Bytes sign_fixed(const Botan::EC_Scalar& d, ByteView message, Random& random) {
    const Sha256Digest digest = sha256({message});
    const auto e = Botan::EC_Scalar::from_bytes_with_trunc(p256_group(), digest.view());
    std::vector<Botan::BigInt> workspace;
    for (int attempt = 0; attempt < 8; attempt++) {
        SecretBytes nonce(48);
        random.fill(nonce.span());
        const auto k = Botan::EC_Scalar::from_bytes_mod_order(p256_group(), nonce.view());
        if (k.is_zero())
            continue;
        Blinding blinding(nonce.view(), as_bytes("ECDSA"));
        const auto r = Botan::EC_Scalar::gk_x_mod_order(k, blinding.random(), workspace);
        const auto s = k.invert() * (e + r * d);
        if (r.is_zero() || s.is_zero())
            continue;
        Bytes signature = r.serialize();
        append(signature, s.serialize());
        return signature;
    }
    throw Error(ErrorCode::random_unavailable, "the random source repeats unusable values");
}

}  // namespace

Sha256Digest sha256(std::initializer_list<ByteView> parts) {
    const auto function = Botan::HashFunction::create_or_throw("SHA-256");
    for (const ByteView part : parts)
        function->update(part.data(), part.size());
    Sha256Digest digest;
    function->final(digest.bytes);
    return digest;
}

P256Point p256_point(ByteView octets) {
    parse_p256_point(octets);
    P256Point point;
    std::copy(octets.begin(), octets.end(), point.bytes.begin());
    return point;
}

bool p256_verify(const P256Point& key, ByteView message, ByteView signature) {
    const Botan::EC_AffinePoint point = parse_p256_point(key.view());
    if (signature.size() != 2 * scalar_size)
        return false;
    const auto r = Botan::EC_Scalar::deserialize(p256_group(), signature.first(scalar_size));
    const auto s = Botan::EC_Scalar::deserialize(p256_group(), signature.last(scalar_size));
    if (!r || !s || r->is_zero() || s->is_zero())
        return false;
    const Sha256Digest digest = sha256({message});
    const auto e = Botan::EC_Scalar::from_bytes_with_trunc(p256_group(), digest.view());
    const Botan::EC_Scalar w = s->invert_vartime();
    const Botan::EC_Group::Mul2Table multiply(point);
    return multiply.mul2_vartime_x_mod_order_eq(*r, e * w, *r * w);
}

P256PrivateKey P256PrivateKey::generate(Random& random) {
    // 48 bytes modulo n: the bias is below 2^-128.
    SecretBytes wide(48);
    random.fill(wide.span());
    SecretBytes d(scalar_size);
    Botan::EC_Scalar::from_bytes_mod_order(p256_group(), wide.view()).serialize_to(d.span());
    return from_scalar(d);
}

P256PrivateKey P256PrivateKey::from_scalar(const SecretBytes& d) {
    require(d.size() == scalar_size, ErrorCode::key_invalid, "a P-256 key has 32 bytes");
    const auto scalar = Botan::EC_Scalar::deserialize(p256_group(), d.view());
    require(scalar.has_value() && scalar->is_nonzero(), ErrorCode::key_invalid,
            "the P-256 key is out of range");
    Blinding blinding(d.view(), as_bytes("public key"));
    std::vector<Botan::BigInt> workspace;
    const Bytes octets = Botan::EC_AffinePoint::g_mul(*scalar, blinding.random(), workspace)
                             .serialize_uncompressed();
    return P256PrivateKey(d.clone(), p256_point(octets));
}

Bytes P256PrivateKey::sign(ByteView message, Random& random) const {
    const auto d = Botan::EC_Scalar::deserialize(p256_group(), m_d.view());
    require(d.has_value(), ErrorCode::internal);
    return sign_fixed(*d, message, random);
}

}  // namespace bidseal::crypto
