// SM2 (GB/T 32918): signatures and encryption over sm2p256v1, in the DER forms of GB/T 35276.
#pragma once

#include <memory>
#include <string_view>

#include "bidseal/base/bytes.h"
#include "bidseal/base/host.h"
#include "bidseal/base/secret.h"
#include "bidseal/crypto/sm3.h"

namespace bidseal::crypto {

/// The identity that everyone uses where no other is agreed (GM/T 0009 section 10).
inline constexpr std::string_view sm2_default_id = "1234567812345678";

class Sm2PublicKey {
public:
    /// From 04||x||y (65 bytes) or x||y (64). Throws Error(key_invalid) off the curve or at
    /// infinity.
    static Sm2PublicKey from_point(ByteView point);
    /// From the compressed form, 02 or 03 and x (33 bytes). Throws Error(key_invalid).
    static Sm2PublicKey from_compressed(ByteView point33);
    /// From SubjectPublicKeyInfo {id-ecPublicKey | SM2, sm2p256v1}. Throws Error(key_invalid).
    static Sm2PublicKey from_spki(ByteView der);
    ~Sm2PublicKey();
    Sm2PublicKey(const Sm2PublicKey&);
    Sm2PublicKey(Sm2PublicKey&&) noexcept;
    Sm2PublicKey& operator=(Sm2PublicKey);

    /// 04||x||y.
    Bytes point() const;
    /// 02 or 03 and x.
    Bytes compressed() const;
    /// SubjectPublicKeyInfo with id-ecPublicKey, as CAs write it.
    Bytes spki() const;

    /// Z = SM3(ENTL || ID || a || b || G || P), GB/T 32918.2 section 5.5.
    Sm3Digest z(std::string_view id = sm2_default_id) const;
    /// e = SM3(Z || message): what a token signs.
    Sm3Digest message_digest(ByteView message, std::string_view id = sm2_default_id) const;
    /// Whether `der` (SEQUENCE{r, s}) signs the message / the digest e. Never throws on bad
    /// signatures.
    bool verify(ByteView message, ByteView der, std::string_view id = sm2_default_id) const;
    bool verify_digest(const Sm3Digest& e, ByteView der) const;

    /// SM2Cipher DER (x, y, C3, C2) of 1 to 4096 bytes: draws the 48 bytes of encrypt_with_nonce(),
    /// and again when they do not serve.
    Bytes encrypt(ByteView plain, Random& random) const;
    /// The same with k = nonce48 mod n (nonce48 big-endian), so that a holder of the nonce can
    /// recompute it. Throws Error(internal) when k or the KDF stream is zero: for 16 bytes and more
    /// that does not happen.
    Bytes encrypt_with_nonce(ByteView plain, const SecretBytes& nonce48) const;

    struct Impl;
    const Impl& impl() const { return *m_impl; }

private:
    explicit Sm2PublicKey(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> m_impl;
};

class Sm2PrivateKey {
public:
    static Sm2PrivateKey generate(Random& random);
    /// From the 32-byte big-endian scalar, 1 <= d <= n-2. Throws Error(key_invalid).
    static Sm2PrivateKey from_scalar(const SecretBytes& d);
    /// From PKCS #8 as OpenSSL and Botan write it, unencrypted.
    static Sm2PrivateKey from_pkcs8(ByteView der);
    ~Sm2PrivateKey();
    Sm2PrivateKey(Sm2PrivateKey&&) noexcept;
    Sm2PrivateKey& operator=(Sm2PrivateKey&&) noexcept;

    SecretBytes scalar() const;
    SecretBytes pkcs8() const;
    Sm2PublicKey public_key() const;
    /// DER SEQUENCE{r, s}. Draws 48 bytes: k = these, big-endian, mod n.
    Bytes sign(ByteView message, Random& random, std::string_view id = sm2_default_id) const;
    Bytes sign_digest(const Sm3Digest& e, Random& random) const;
    /// Opens an SM2Cipher DER. Throws Error(decrypt_failed), the same for every cause.
    SecretBytes decrypt(ByteView der) const;
    /// x of the point that both ends of a key exchange share, [d]P: 32 bytes, to be put through a
    /// key derivation at once.
    SecretBytes shared_x(const Sm2PublicKey& other) const;

private:
    struct Impl;
    explicit Sm2PrivateKey(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> m_impl;
};

/// Forms of signatures and ciphertexts between DER and the fixed fields of tokens (GM/T 0016
/// blobs). Integers are minimal DER, so each has one spelling. Throw Error(encoding_invalid).
Bytes sm2_signature_to_der(ByteView r32, ByteView s32);
void sm2_signature_from_der(ByteView der, std::span<uint8_t> r32, std::span<uint8_t> s32);
struct Sm2CipherFields {
    std::array<uint8_t, 32> x, y, hash;
    Bytes cipher;
};
Bytes sm2_cipher_to_der(const Sm2CipherFields& fields);
Sm2CipherFields sm2_cipher_from_der(ByteView der);

}  // namespace bidseal::crypto
