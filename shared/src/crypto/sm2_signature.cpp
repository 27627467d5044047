// SM2 signatures (GB/T 32918.2).
#include <array>

#include "bidseal/base/error.h"

#include "botan_random.h"
#include "sm2_keys.h"

namespace bidseal::crypto {
namespace {

/// a || b || Gx || Gy of sm2p256v1 (GB/T 32918.5 section 2).
const Bytes& curve_constants() {
    static const Bytes constants = [] {
        const Botan::EC_Group& group = sm2_group();
        Bytes all;
        for (const Botan::BigInt* n :
             {&group.get_a(), &group.get_b(), &group.get_g_x(), &group.get_g_y()}) {
            const auto octets = n->serialize<Bytes>(32);
            append(all, octets);
        }
        return all;
    }();
    return constants;
}

Botan::EC_Scalar digest_as_scalar(const Sm3Digest& e) {
    return Botan::EC_Scalar::from_bytes_mod_order(sm2_group(), e.view());
}

}  // namespace

Sm3Digest Sm2PublicKey::z(std::string_view id) const {
    require(id.size() < 8192, ErrorCode::usage, "an SM2 identity has less than 8192 bytes");
    Bytes length;
    append_u16(length, static_cast<uint16_t>(id.size() * 8));
    const Bytes own = point();
    return sm3({length, as_bytes(id), curve_constants(), ByteView(own).subspan(1)});
}

Sm3Digest Sm2PublicKey::message_digest(ByteView message, std::string_view id) const {
    const Sm3Digest prefix = z(id);
    return sm3({prefix.view(), message});
}

bool Sm2PublicKey::verify(ByteView message, ByteView der, std::string_view id) const {
    return verify_digest(message_digest(message, id), der);
}

bool Sm2PublicKey::verify_digest(const Sm3Digest& e, ByteView der) const {
    std::array<uint8_t, 32> r_octets, s_octets;
    try {
        sm2_signature_from_der(der, r_octets, s_octets);
    } catch (const Error&) {
        return false;
    }
    // deserialize() refuses what is not below n.
    const auto r = Botan::EC_Scalar::deserialize(sm2_group(), r_octets);
    const auto s = Botan::EC_Scalar::deserialize(sm2_group(), s_octets);
    if (!r || !s || r->is_zero() || s->is_zero())
        return false;
    const Botan::EC_Scalar t = *r + *s;
    if (t.is_zero())
        return false;
    const Botan::EC_Group::Mul2Table multiply(m_impl->point);
    return multiply.mul2_vartime_x_mod_order_eq(*r - digest_as_scalar(e), *s, t);
}

Bytes Sm2PrivateKey::sign(ByteView message, Random& random, std::string_view id) const {
    return sign_digest(public_key().message_digest(message, id), random);
}

Bytes Sm2PrivateKey::sign_digest(const Sm3Digest& e, Random& random) const {
    const Botan::EC_Scalar digest = digest_as_scalar(e);
    std::vector<Botan::BigInt> workspace;
    // A zero has probability 2^-256; a source that keeps giving one is broken.
    for (int attempt = 0; attempt < 8; attempt++) {
        SecretBytes nonce(48);
        random.fill(nonce.span());
        const Botan::EC_Scalar k = sm2_nonce(nonce.view());
        if (k.is_zero())
            continue;
        Blinding blinding(nonce.view(), e.view());
        const Botan::EC_Scalar r =
            Botan::EC_Scalar::gk_x_mod_order(k, blinding.random(), workspace) + digest;
        if (r.is_zero() || (r + k).is_zero())
            continue;
        const Botan::EC_Scalar s = (k - r * m_impl->d) * m_impl->inverse_of_one_plus_d;
        if (s.is_zero())
            continue;
        return sm2_signature_to_der(r.serialize(), s.serialize());
    }
    throw Error(ErrorCode::random_unavailable, "the random source repeats unusable values");
}

}  // namespace bidseal::crypto
