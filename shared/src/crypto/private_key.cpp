#include "bidseal/crypto/private_key.h"

#include <algorithm>
#include <optional>

#include <botan/pubkey.h>
#include <botan/rsa.h>

#include "bidseal/base/error.h"
#include "bidseal/crypto/der_reader.h"
#include "bidseal/crypto/der_writer.h"
#include "bidseal/crypto/oids.h"
#include "bidseal/crypto/p256.h"

#include "botan_random.h"
#include "certificate_impl.h"
#include "pbes2.h"
#include "pem.h"

namespace bidseal::crypto {

struct PrivateKey::Impl {
    KeyKind kind = KeyKind::sm2;
    std::optional<Sm2PrivateKey> sm2;
    std::optional<P256PrivateKey> p256;
    std::unique_ptr<Botan::RSA_PrivateKey> rsa;
    Bytes public_octets;  // EC point, or the modulus
};

namespace {

constexpr ErrorCode fault = ErrorCode::key_invalid;

/// ECPrivateKey (RFC 5915) on P-256.
P256PrivateKey read_p256(ByteView ec_private_key) {
    der::Reader outer(ec_private_key, fault);
    der::Reader key = outer.enter(der::sequence);
    outer.finish();
    key.check(key.small() == 1);
    return P256PrivateKey::from_scalar(SecretBytes::copy_of(key.octets()));
}

/// PKCS #8 around a SEC 1 key, whose own parameters name the curve.
SecretBytes pkcs8_of_sec1(ByteView ec_private_key) {
    der::Reader outer(ec_private_key, fault);
    der::Reader key = outer.enter(der::sequence);
    key.check(key.small() == 1);
    key.octets();
    const auto parameters = key.enter_if(der::context_constructed(0));
    key.check(parameters.has_value());
    Bytes wrapped = der::octets(ec_private_key);
    Bytes info = der::sequence_of(
        {der::small_integer(0), der::algorithm(oid::ec_public_key, parameters->rest()), wrapped});
    SecretBytes result = SecretBytes::copy_of(info);
    wipe(wrapped.data(), wrapped.size());
    wipe(info.data(), info.size());
    return result;
}

/// A block of a key file; its content is wiped when it goes.
struct SecretBlock {
    PemBlock block;
    ~SecretBlock() { wipe(block.content.data(), block.content.size()); }
};

SecretBlock read_key_block(ByteView file) {
    if (!looks_like_pem(file))
        return {{"PRIVATE KEY", to_bytes(file)}};
    for (PemBlock& block : read_pem(file, fault))
        if (block.label.find("PRIVATE KEY") != std::string::npos)
            return {std::move(block)};
    throw Error(fault, "no private key in the file");
}

}  // namespace

PrivateKey::PrivateKey(std::unique_ptr<Impl> impl) : m_impl(std::move(impl)) {}
PrivateKey::~PrivateKey() = default;
PrivateKey::PrivateKey(PrivateKey&&) noexcept = default;
PrivateKey& PrivateKey::operator=(PrivateKey&&) noexcept = default;

PrivateKey PrivateKey::from_pkcs8(ByteView der) {
    der::check(der, fault);
    der::Reader outer(der, fault);
    der::Reader info = outer.enter(der::sequence);
    info.check(info.small() <= 1);
    der::Reader algorithm = info.enter(der::sequence);
    const std::string name = algorithm.oid();
    const std::string curve = algorithm.next_is(der::object_id) ? algorithm.oid() : std::string();
    const ByteView wrapped = info.octets();

    auto impl = std::make_unique<Impl>();
    if (name == oid::rsa) {
        impl->kind = KeyKind::rsa;
        der::check(wrapped, fault);
        try {
            impl->rsa =
                std::make_unique<Botan::RSA_PrivateKey>(Botan::AlgorithmIdentifier(), wrapped);
        } catch (const std::exception&) {
            throw Error(fault, "not an RSA private key");
        }
        info.check(impl->rsa->get_n().bits() >= 2048 && impl->rsa->get_n().bits() <= 8192);
        impl->public_octets = impl->rsa->get_n().serialize<Bytes>();
    } else if (name == oid::ec_public_key && curve == oid::curve_p256) {
        impl->kind = KeyKind::p256;
        impl->p256 = read_p256(wrapped);
        impl->public_octets = to_bytes(impl->p256->point().view());
    } else {
        impl->sm2 = Sm2PrivateKey::from_pkcs8(der);
        impl->public_octets = impl->sm2->public_key().point();
    }
    return PrivateKey(std::move(impl));
}

bool PrivateKey::is_encrypted(ByteView der_or_pem) {
    return looks_like_pem(der_or_pem) &&
           read_key_block(der_or_pem).block.label == "ENCRYPTED PRIVATE KEY";
}

PrivateKey PrivateKey::from_file(ByteView der_or_pem, std::string_view passphrase) {
    const SecretBlock key = read_key_block(der_or_pem);
    // OpenSSL labels the same structure by its curve.
    if (key.block.label == "EC PRIVATE KEY" || key.block.label == "SM2 PRIVATE KEY")
        return from_pkcs8(pkcs8_of_sec1(key.block.content).view());
    if (key.block.label == "PRIVATE KEY")
        return from_pkcs8(key.block.content);
    require(key.block.label == "ENCRYPTED PRIVATE KEY", fault, "a form of key that is not read");
    const SecretBytes pkcs8 = open_pbes2(key.block.content, passphrase);
    try {
        return from_pkcs8(pkcs8.view());
    } catch (const Error&) {
        // One wrong passphrase in 256 leaves padding that looks right.
        throw Error(ErrorCode::decrypt_failed, "the passphrase does not open the key file");
    }
}

KeyKind PrivateKey::kind() const {
    return m_impl->kind;
}

SignatureKind PrivateKey::signature_kind() const {
    return signature_kind_of(m_impl->kind);
}

bool PrivateKey::fits(const Certificate& certificate) const {
    return certificate.key_kind() == m_impl->kind &&
           certificate.impl().key.public_octets() == m_impl->public_octets;
}

const Sm2PrivateKey& PrivateKey::sm2() const {
    require(m_impl->sm2.has_value(), ErrorCode::key_invalid, "not an SM2 key");
    return *m_impl->sm2;
}

namespace {

/// The SEQUENCE{r, s} of X.509 from r || s.
Bytes ecdsa_der(ByteView fixed) {
    return sm2_signature_to_der(fixed.first(32), fixed.last(32));
}

}  // namespace

Bytes PrivateKey::sign(ByteView message, Random& random) const {
    switch (m_impl->kind) {
        case KeyKind::sm2:
            return m_impl->sm2->sign(message, random);
        case KeyKind::p256:
            return ecdsa_der(m_impl->p256->sign(message, random));
        case KeyKind::rsa: {
            BotanRandom source(random);
            Botan::PK_Signer signer(*m_impl->rsa, source, "PKCS1v15(SHA-256)");
            return signer.sign_message(message.data(), message.size(), source);
        }
    }
    throw Error(ErrorCode::internal, "unknown key kind");
}

SecretBytes PrivateKey::decrypt(ByteView cipher, Random& random, bool oaep_sha1) const {
    if (m_impl->kind == KeyKind::sm2)
        return m_impl->sm2->decrypt(cipher);
    require(m_impl->kind == KeyKind::rsa, ErrorCode::key_invalid, "P-256 keys only sign");
    std::optional<SecretBytes> plain;
    try {
        BotanRandom source(random);
        const Botan::PK_Decryptor_EME decryptor(*m_impl->rsa, source,
                                                oaep_sha1 ? "OAEP(SHA-1)" : "OAEP(SHA-256)");
        plain = SecretBytes::copy_of(decryptor.decrypt(cipher.data(), cipher.size()));
    } catch (const std::exception&) {
    }
    if (!plain)
        throw Error(ErrorCode::decrypt_failed);
    return std::move(*plain);
}

}  // namespace bidseal::crypto
