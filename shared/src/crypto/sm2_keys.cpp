// SM2 keys and their encodings.
#include "sm2_keys.h"

#include <algorithm>

#include "bidseal/base/error.h"
#include "bidseal/crypto/der_reader.h"
#include "bidseal/crypto/der_writer.h"
#include "bidseal/crypto/oids.h"

#include "botan_random.h"

namespace bidseal::crypto {

const Botan::EC_Group& sm2_group() {
    static const Botan::EC_Group group = Botan::EC_Group::from_name("sm2p256v1");
    return group;
}

std::optional<Botan::EC_AffinePoint> sm2_point(ByteView octets) {
    if (octets.size() != 65 || octets[0] != 0x04)
        return std::nullopt;
    auto point = Botan::EC_AffinePoint::deserialize(sm2_group(), octets);
    if (!point || point->is_identity())
        return std::nullopt;
    return point;
}

Botan::EC_Scalar sm2_nonce(ByteView nonce48) {
    require(nonce48.size() == 48, ErrorCode::internal, "an SM2 nonce has 48 bytes");
    return Botan::EC_Scalar::from_bytes_mod_order(sm2_group(), nonce48);
}

Sm2PublicKey::Sm2PublicKey(std::unique_ptr<Impl> impl) : m_impl(std::move(impl)) {}
Sm2PublicKey::~Sm2PublicKey() = default;
Sm2PublicKey::Sm2PublicKey(const Sm2PublicKey& other)
    : m_impl(std::make_unique<Impl>(*other.m_impl)) {}
Sm2PublicKey::Sm2PublicKey(Sm2PublicKey&&) noexcept = default;
Sm2PublicKey& Sm2PublicKey::operator=(Sm2PublicKey other) {
    m_impl.swap(other.m_impl);
    return *this;
}

Sm2PublicKey Sm2PublicKey::from_point(ByteView octets) {
    Bytes full;
    if (octets.size() == 64)
        full.push_back(0x04);
    append(full, octets);
    auto point = sm2_point(full);
    require(point.has_value(), ErrorCode::key_invalid, "not a point of the SM2 curve");
    return Sm2PublicKey(std::make_unique<Impl>(Impl{std::move(*point)}));
}

Sm2PublicKey Sm2PublicKey::from_compressed(ByteView octets) {
    require(octets.size() == 33, ErrorCode::key_invalid, "a compressed point has 33 bytes");
    auto point = Botan::EC_AffinePoint::deserialize(sm2_group(), octets);
    require(point.has_value() && !point->is_identity(), ErrorCode::key_invalid,
            "not a point of the SM2 curve");
    return Sm2PublicKey(std::make_unique<Impl>(Impl{std::move(*point)}));
}

namespace {

/// AlgorithmIdentifier{id-ecPublicKey or one of SM2's own, sm2p256v1}.
void read_sm2_algorithm(der::Reader& at) {
    der::Reader algorithm = at.enter(der::sequence);
    const std::string name = algorithm.oid();
    algorithm.check(name == oid::ec_public_key || name == oid::sm2 || name == oid::sm2_sign ||
                    name == oid::sm2_encrypt);
    algorithm.check(algorithm.oid() == oid::sm2);
    algorithm.finish();
}

Bytes sm2_algorithm() {
    return der::algorithm(oid::ec_public_key, der::oid(oid::sm2));
}

}  // namespace

Sm2PublicKey Sm2PublicKey::from_spki(ByteView der) {
    der::Reader outer(der, ErrorCode::key_invalid);
    der::Reader spki = outer.enter(der::sequence);
    outer.finish();
    read_sm2_algorithm(spki);
    const ByteView point = spki.bits();
    spki.finish();
    spki.check(point.size() == 65);
    return from_point(point);
}

Bytes Sm2PublicKey::point() const {
    return m_impl->point.serialize_uncompressed();
}

Bytes Sm2PublicKey::compressed() const {
    return m_impl->point.serialize_compressed();
}

Bytes Sm2PublicKey::spki() const {
    return der::sequence_of({sm2_algorithm(), der::bits(point())});
}

Sm2PrivateKey::Sm2PrivateKey(std::unique_ptr<Impl> impl) : m_impl(std::move(impl)) {}
Sm2PrivateKey::~Sm2PrivateKey() = default;
Sm2PrivateKey::Sm2PrivateKey(Sm2PrivateKey&&) noexcept = default;
Sm2PrivateKey& Sm2PrivateKey::operator=(Sm2PrivateKey&&) noexcept = default;

Sm2PrivateKey Sm2PrivateKey::generate(Random& random) {
    // 48 bytes modulo n: the bias is below 2^-128. Zero and n-1 do not happen by chance.
    SecretBytes wide(48);
    random.fill(wide.span());
    SecretBytes d(32);
    sm2_nonce(wide.view()).serialize_to(d.span());
    return from_scalar(d);
}

Sm2PrivateKey Sm2PrivateKey::from_scalar(const SecretBytes& d) {
    require(d.size() == 32, ErrorCode::key_invalid, "an SM2 private key has 32 bytes");
    auto scalar = Botan::EC_Scalar::deserialize(sm2_group(), d.view());
    require(scalar.has_value() && scalar->is_nonzero(), ErrorCode::key_invalid,
            "the SM2 private key is out of range");
    const Botan::EC_Scalar one_plus_d = *scalar + Botan::EC_Scalar::one(sm2_group());
    require(one_plus_d.is_nonzero(), ErrorCode::key_invalid, "the SM2 private key is out of range");
    Blinding blinding(d.view(), as_bytes("public key"));
    std::vector<Botan::BigInt> workspace;
    auto point = Botan::EC_AffinePoint::g_mul(*scalar, blinding.random(), workspace);
    return Sm2PrivateKey(
        std::make_unique<Impl>(Impl{std::move(*scalar), one_plus_d.invert(), std::move(point)}));
}

Sm2PrivateKey Sm2PrivateKey::from_pkcs8(ByteView der) {
    der::Reader outer(der, ErrorCode::key_invalid);
    der::Reader info = outer.enter(der::sequence);
    outer.finish();
    info.check(info.small() <= 1);
    read_sm2_algorithm(info);
    der::Reader wrapped(info.octets(), ErrorCode::key_invalid);
    // What may follow are attributes and, in version 1, the public key once more (RFC 5958).
    while (!info.done())
        info.any();

    der::Reader key = wrapped.enter(der::sequence);  // ECPrivateKey, RFC 5915
    wrapped.finish();
    key.check(key.small() == 1);
    const ByteView octets = key.octets();
    key.check(!octets.empty() && octets.size() <= 32);
    SecretBytes d(32);
    std::copy(octets.begin(), octets.end(), d.span().end() - static_cast<ptrdiff_t>(octets.size()));
    if (auto parameters = key.enter_if(der::context_constructed(0)))
        parameters->check(parameters->oid() == oid::sm2);
    Sm2PrivateKey result = from_scalar(d);
    if (auto point = key.enter_if(der::context_constructed(1)))
        point->check(equal(point->bits(), result.public_key().point()));
    key.finish();
    return result;
}

SecretBytes Sm2PrivateKey::scalar() const {
    SecretBytes d(32);
    m_impl->d.serialize_to(d.span());
    return d;
}

SecretBytes Sm2PrivateKey::pkcs8() const {
    const SecretBytes d = scalar();
    const Bytes point = der::value(der::context_constructed(1), der::bits(public_key().point()));
    Bytes secret = der::octets(d.view());
    Bytes key = der::sequence_of({der::small_integer(1), secret, point});
    Bytes wrapped = der::octets(key);
    Bytes info = der::sequence_of({der::small_integer(0), sm2_algorithm(), wrapped});
    SecretBytes result = SecretBytes::copy_of(info);
    for (Bytes* copy : {&secret, &key, &wrapped, &info})
        wipe(copy->data(), copy->size());
    return result;
}

SecretBytes Sm2PrivateKey::shared_x(const Sm2PublicKey& other) const {
    Blinding blinding(scalar().view(), other.point());
    std::vector<Botan::BigInt> workspace;
    const auto x = other.impl().point.mul_x_only(m_impl->d, blinding.random(), workspace);
    return SecretBytes::copy_of(x);
}

Sm2PublicKey Sm2PrivateKey::public_key() const {
    return Sm2PublicKey::from_point(m_impl->point.serialize_uncompressed());
}

}  // namespace bidseal::crypto
