// Key pairs of the test CA and of those whose keys are files: SM2, ECDSA P-256, RSA.
#pragma once

#include <memory>
#include <string>

#include "bidseal/base/bytes.h"
#include "bidseal/base/host.h"
#include "bidseal/crypto/certificate.h"

namespace bidseal::testca {

/// Randomness of the operating system.
class SystemRandom : public Random {
public:
    void fill(std::span<uint8_t> out) override;
};

Bytes random_bytes(size_t count);

/// Makes signatures: a key file here, a UKey in provision.cpp.
class Signer {
public:
    virtual ~Signer() = default;
    virtual crypto::KeyKind kind() const = 0;
    /// SubjectPublicKeyInfo DER, SM2 keys as id-ecPublicKey.
    virtual Bytes spki() const = 0;
    /// Signature octets as a certificate's BIT STRING holds them.
    virtual Bytes sign(ByteView message) const = 0;
};

class KeyPair : public Signer {
public:
    /// PKCS #8 DER, unencrypted: these are test keys.
    virtual Bytes pkcs8() const = 0;
};

/// RSA keys have 2048 bits.
std::unique_ptr<KeyPair> generate_key(crypto::KeyKind kind);

/// From PEM or DER, PKCS #8. Throws Error(key_invalid).
std::unique_ptr<KeyPair> load_key(ByteView file);

/// "sm2", "p256", "rsa". Throws Error(usage).
crypto::KeyKind parse_kind(const std::string& name);

}  // namespace bidseal::testca
