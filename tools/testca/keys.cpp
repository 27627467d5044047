#include "keys.h"

#include <botan/data_src.h>
#include <botan/ec_group.h>
#include <botan/ecdsa.h>
#include <botan/pem.h>
#include <botan/pkcs8.h>
#include <botan/pubkey.h>
#include <botan/rsa.h>
#include <botan/system_rng.h>

#include "bidseal/base/error.h"
#include "bidseal/crypto/sm2.h"

namespace bidseal::testca {
namespace {

using crypto::KeyKind;

class Sm2KeyPair : public KeyPair {
public:
    explicit Sm2KeyPair(crypto::Sm2PrivateKey key) : m_key(std::move(key)) {}
    KeyKind kind() const override { return KeyKind::sm2; }
    Bytes spki() const override { return m_key.public_key().spki(); }
    Bytes sign(ByteView message) const override {
        SystemRandom random;
        return m_key.sign(message, random);
    }
    Bytes pkcs8() const override { return to_bytes(m_key.pkcs8().view()); }

private:
    crypto::Sm2PrivateKey m_key;
};

class BotanKeyPair : public KeyPair {
public:
    BotanKeyPair(KeyKind kind, std::unique_ptr<Botan::Private_Key> key)
        : m_kind(kind), m_key(std::move(key)) {}
    KeyKind kind() const override { return m_kind; }
    Bytes spki() const override { return m_key->subject_public_key(); }
    Bytes sign(ByteView message) const override {
        const bool rsa = m_kind == KeyKind::rsa;
        Botan::PK_Signer signer(
            *m_key, Botan::system_rng(), rsa ? "PKCS1v15(SHA-256)" : "SHA-256",
            rsa ? Botan::Signature_Format::Standard : Botan::Signature_Format::DerSequence);
        return signer.sign_message(message, Botan::system_rng());
    }
    Bytes pkcs8() const override {
        const auto info = m_key->private_key_info();
        return Bytes(info.begin(), info.end());
    }

private:
    KeyKind m_kind;
    std::unique_ptr<Botan::Private_Key> m_key;
};

Bytes without_pem(ByteView file) {
    if (!file.empty() && file[0] == 0x30)
        return to_bytes(file);
    try {
        std::string label;
        const auto der = Botan::PEM_Code::decode(std::string(as_text(file)), label);
        return Bytes(der.begin(), der.end());
    } catch (const Botan::Exception&) {
        throw Error(ErrorCode::key_invalid, "neither DER nor PEM");
    }
}

}  // namespace

void SystemRandom::fill(std::span<uint8_t> out) {
    Botan::system_rng().randomize(out);
}

Bytes random_bytes(size_t count) {
    Bytes out(count);
    Botan::system_rng().randomize(out);
    return out;
}

std::unique_ptr<KeyPair> generate_key(KeyKind kind) {
    auto& rng = Botan::system_rng();
    switch (kind) {
        case KeyKind::sm2: {
            SystemRandom random;
            return std::make_unique<Sm2KeyPair>(crypto::Sm2PrivateKey::generate(random));
        }
        case KeyKind::p256: {
            const auto group = Botan::EC_Group::from_name("secp256r1");
            return std::make_unique<BotanKeyPair>(
                kind, std::make_unique<Botan::ECDSA_PrivateKey>(rng, group));
        }
        case KeyKind::rsa:
            return std::make_unique<BotanKeyPair>(
                kind, std::make_unique<Botan::RSA_PrivateKey>(rng, 2048));
    }
    throw Error(ErrorCode::internal);
}

std::unique_ptr<KeyPair> load_key(ByteView file) {
    const Bytes der = without_pem(file);
    try {
        return std::make_unique<Sm2KeyPair>(crypto::Sm2PrivateKey::from_pkcs8(der));
    } catch (const Error&) {
        // not an SM2 key
    }
    try {
        Botan::DataSource_Memory source(der.data(), der.size());
        auto key = Botan::PKCS8::load_key(source);
        const std::string name = key->algo_name();
        require(name == "RSA" || name == "ECDSA", ErrorCode::key_invalid, "unknown kind of key");
        return std::make_unique<BotanKeyPair>(name == "RSA" ? KeyKind::rsa : KeyKind::p256,
                                              std::move(key));
    } catch (const Botan::Exception&) {
        throw Error(ErrorCode::key_invalid, "no private key in PKCS #8");
    }
}

KeyKind parse_kind(const std::string& name) {
    if (name == "sm2")
        return KeyKind::sm2;
    if (name == "p256")
        return KeyKind::p256;
    require(name == "rsa", ErrorCode::usage, "--alg is sm2, p256 or rsa");
    return KeyKind::rsa;
}

}  // namespace bidseal::testca
