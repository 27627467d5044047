// ECDSA and RSA are written out here over Botan's numbers: a signature is compared whole, never
// parsed, and the page's module does without Botan's generic public-key classes.
#include "public_key.h"

#include <algorithm>
#include <array>

#include <botan/ec_group.h>
#include <botan/ec_scalar.h>
#include <botan/hash.h>
#include <botan/numthry.h>

#include "bidseal/crypto/der_reader.h"
#include "bidseal/crypto/oids.h"

namespace bidseal::crypto {
namespace {

constexpr size_t min_rsa_bits = 2048, max_rsa_bits = 8192;

/// DigestInfo without the digest (RFC 8017 section 9.2, note 1).
constexpr std::array<uint8_t, 19> sha256_info{0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60,
                                              0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02,
                                              0x01, 0x05, 0x00, 0x04, 0x20};
constexpr std::array<uint8_t, 19> sha384_info{0x30, 0x41, 0x30, 0x0d, 0x06, 0x09, 0x60,
                                              0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02,
                                              0x02, 0x05, 0x00, 0x04, 0x30};
constexpr std::array<uint8_t, 19> sha512_info{0x30, 0x51, 0x30, 0x0d, 0x06, 0x09, 0x60,
                                              0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02,
                                              0x03, 0x05, 0x00, 0x04, 0x40};

ByteView digest_info(std::string_view hash) {
    if (hash == "SHA-384")
        return sha384_info;
    if (hash == "SHA-512")
        return sha512_info;
    return sha256_info;
}

/// MGF1 (RFC 8017 appendix B.2.1), combined into `target`.
void apply_mgf1(std::string_view hash, ByteView seed, std::span<uint8_t> target) {
    uint32_t counter = 0;
    for (size_t done = 0; done < target.size(); counter++) {
        Bytes input = to_bytes(seed);
        append_u32(input, counter);
        Bytes mask = digest_with(hash, input);
        for (size_t i = 0; i < mask.size() && done < target.size(); i++)
            target[done++] ^= mask[i];
        wipe(input.data(), input.size());
        wipe(mask.data(), mask.size());
    }
}

}  // namespace

const Botan::EC_Group& p256_group() {
    static const Botan::EC_Group group = Botan::EC_Group::from_name("secp256r1");
    return group;
}

SignatureKind signature_kind_of(KeyKind kind) {
    switch (kind) {
        case KeyKind::sm2:
            return SignatureKind::sm2_sm3;
        case KeyKind::p256:
            return SignatureKind::ecdsa_sha256;
        case KeyKind::rsa:
            return SignatureKind::rsa_pkcs1_sha256;
    }
    throw Error(ErrorCode::internal, "unknown key kind");
}

std::string_view algorithm_of(SignatureKind kind) {
    switch (kind) {
        case SignatureKind::sm2_sm3:
            return oid::sm2_with_sm3;
        case SignatureKind::ecdsa_sha256:
            return oid::ecdsa_sha256;
        case SignatureKind::rsa_pkcs1_sha256:
            return oid::rsa_sha256;
    }
    throw Error(ErrorCode::internal, "unknown signature kind");
}

Bytes digest_with(std::string_view hash, ByteView data) {
    const auto function = Botan::HashFunction::create_or_throw(hash);
    function->update(data.data(), data.size());
    return function->final<Bytes>();
}

PublicKey PublicKey::from_spki(ByteView spki, ErrorCode code) {
    der::Reader outer(spki, code);
    der::Reader info = outer.enter(der::sequence);
    outer.finish();
    der::Reader algorithm = info.enter(der::sequence);
    const std::string name = algorithm.oid();
    PublicKey key;
    if (name == oid::rsa) {
        key.m_kind = KeyKind::rsa;
        algorithm.null_value();
        algorithm.finish();
        der::Reader content(info.bits(), code);
        der::Reader numbers = content.enter(der::sequence);
        content.finish();
        const ByteView n = numbers.unsigned_octets(max_rsa_bits / 8);
        const ByteView e = numbers.unsigned_octets(8);
        numbers.finish();
        key.m_n = Botan::BigInt(n.data(), n.size());
        key.m_e = Botan::BigInt(e.data(), e.size());
        info.check(key.m_n.bits() >= min_rsa_bits && key.m_n.is_odd());
        info.check(key.m_e >= 3 && key.m_e.is_odd());
    } else if (name == oid::ec_public_key && algorithm.rest().size() > 0 &&
               der::Reader(algorithm.rest(), code).oid() == oid::curve_p256) {
        key.m_kind = KeyKind::p256;
        algorithm.any();
        algorithm.finish();
        const ByteView point = info.bits();
        info.check(point.size() == 65 && point[0] == 0x04);
        key.m_p256 = Botan::EC_AffinePoint::deserialize(p256_group(), point);
        info.check(key.m_p256.has_value() && !key.m_p256->is_identity());
    } else {
        key.m_kind = KeyKind::sm2;
        try {
            key.m_sm2 = Sm2PublicKey::from_spki(spki);
        } catch (const Error&) {
            throw Error(code, "neither an SM2, a P-256 nor an RSA key");
        }
        return key;
    }
    info.finish();
    return key;
}

Bytes PublicKey::public_octets() const {
    switch (m_kind) {
        case KeyKind::sm2:
            return m_sm2->point();
        case KeyKind::p256:
            return m_p256->serialize_uncompressed();
        case KeyKind::rsa:
            return m_n.serialize<Bytes>();
    }
    throw Error(ErrorCode::internal, "unknown key kind");
}

bool PublicKey::verify(ByteView message, ByteView signature, std::string_view algorithm) const {
    switch (m_kind) {
        case KeyKind::sm2:
            return algorithm == oid::sm2_with_sm3 && m_sm2->verify(message, signature);
        case KeyKind::p256:
            if (algorithm == oid::ecdsa_sha256)
                return verify_ecdsa(message, signature, "SHA-256");
            if (algorithm == oid::ecdsa_sha384)
                return verify_ecdsa(message, signature, "SHA-384");
            if (algorithm == oid::ecdsa_sha512)
                return verify_ecdsa(message, signature, "SHA-512");
            return false;
        case KeyKind::rsa:
            if (algorithm == oid::rsa_sha256)
                return verify_rsa(message, signature, "SHA-256");
            if (algorithm == oid::rsa_sha384)
                return verify_rsa(message, signature, "SHA-384");
            if (algorithm == oid::rsa_sha512)
                return verify_rsa(message, signature, "SHA-512");
            return false;
    }
    return false;
}

bool PublicKey::verify_ecdsa(ByteView message, ByteView signature, std::string_view hash) const {
    std::array<uint8_t, 32> r_octets, s_octets;
    try {
        sm2_signature_from_der(signature, r_octets, s_octets);  // the same SEQUENCE{r, s}
    } catch (const Error&) {
        return false;
    }
    const auto r = Botan::EC_Scalar::deserialize(p256_group(), r_octets);
    const auto s = Botan::EC_Scalar::deserialize(p256_group(), s_octets);
    if (!r || !s || r->is_zero() || s->is_zero())
        return false;
    const auto e =
        Botan::EC_Scalar::from_bytes_with_trunc(p256_group(), digest_with(hash, message));
    const Botan::EC_Scalar w = s->invert_vartime();
    const Botan::EC_Group::Mul2Table multiply(*m_p256);
    return multiply.mul2_vartime_x_mod_order_eq(*r, e * w, *r * w);
}

bool PublicKey::verify_rsa(ByteView message, ByteView signature, std::string_view hash) const {
    const size_t size = modulus_size();
    if (signature.size() != size)
        return false;
    const Botan::BigInt s(signature.data(), signature.size());
    if (s >= m_n)
        return false;

    Bytes expected(size, 0xff);  // EMSA-PKCS1-v1_5: 00 01 FF.. 00 DigestInfo
    const Bytes digest = digest_with(hash, message);
    const ByteView info = digest_info(hash);
    expected[0] = 0x00;
    expected[1] = 0x01;
    auto at = expected.end() - static_cast<ptrdiff_t>(info.size() + digest.size());
    *(at - 1) = 0x00;
    at = std::copy(info.begin(), info.end(), at);
    std::copy(digest.begin(), digest.end(), at);
    return Botan::power_mod(s, m_e, m_n).serialize<Bytes>(size) == expected;
}

Bytes PublicKey::encrypt_oaep(ByteView plain, std::string_view hash, Random& random) const {
    require(m_kind == KeyKind::rsa, ErrorCode::key_invalid, "OAEP needs an RSA key");
    const Bytes label = digest_with(hash, {});
    const size_t size = modulus_size(), digest_size = label.size();
    require(plain.size() + 2 * digest_size + 2 <= size, ErrorCode::usage,
            "too long for the RSA key");
    SecretBytes block(size);  // 00 | seed | lHash 00.. 01 plain
    const std::span<uint8_t> seed = block.span().subspan(1, digest_size);
    const std::span<uint8_t> data = block.span().subspan(1 + digest_size);
    random.fill(seed);
    std::copy(label.begin(), label.end(), data.begin());
    data[data.size() - plain.size() - 1] = 0x01;
    std::copy(plain.begin(), plain.end(), data.end() - static_cast<ptrdiff_t>(plain.size()));
    apply_mgf1(hash, seed, data);
    apply_mgf1(hash, data, seed);
    const Botan::BigInt m(block.view().data(), block.size());
    return Botan::power_mod(m, m_e, m_n).serialize<Bytes>(size);
}

}  // namespace bidseal::crypto
