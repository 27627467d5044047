// Private keys in files: SM2, ECDSA P-256 and RSA. For the command line, the test CA and tests;
// tokens keep theirs.
#pragma once

#include <memory>
#include <string_view>

#include "bidseal/crypto/certificate.h"

namespace bidseal::crypto {

class PrivateKey {
public:
    /// From PKCS #8 DER. Throws Error(key_invalid).
    static PrivateKey from_pkcs8(ByteView der);
    /// From a key file: PKCS #8 in DER or PEM, in PEM also encrypted with PBES2 (PBKDF2 with
    /// HMAC-SHA-1, -SHA-256, -SHA-512 or -SM3; AES-CBC or SM4-CBC), as `openssl pkcs8` and `openssl
    /// genpkey` write it, and SEC 1 EC keys. A wrong passphrase is Error(decrypt_failed), any other
    /// fault Error(key_invalid). The build for the page has no AES.
    static PrivateKey from_file(ByteView der_or_pem, std::string_view passphrase = {});
    /// Whether the file asks for a passphrase.
    static bool is_encrypted(ByteView der_or_pem);

    ~PrivateKey();
    PrivateKey(PrivateKey&&) noexcept;
    PrivateKey& operator=(PrivateKey&&) noexcept;

    KeyKind kind() const;
    SignatureKind signature_kind() const;
    /// Whether this is the key of the certificate.
    bool fits(const Certificate& certificate) const;
    /// The SM2 key. Throws Error(key_invalid) when kind() is another.
    const Sm2PrivateKey& sm2() const;

    /// Signature of signature_kind() over the message: DER r,s for SM2 and ECDSA, a block as long
    /// as the modulus for RSA.
    Bytes sign(ByteView message, Random& random) const;
    /// Opens SM2Cipher DER with an SM2 key, RSAES-OAEP (SHA-256, or SHA-1 when `oaep_sha1`) with an
    /// RSA key. Throws Error(decrypt_failed), the same for every cause; Error(key_invalid) for
    /// P-256.
    SecretBytes decrypt(ByteView cipher, Random& random, bool oaep_sha1 = false) const;

private:
    struct Impl;
    explicit PrivateKey(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> m_impl;
};

}  // namespace bidseal::crypto
