// The phone's half of a split SM2 key: (1 + d)^-1 = d1·d2 and this is d1. docs/spec/mobile-ca.md.
//
// Between two uses a phone keeps PhoneShare and nothing else: no point P1 or P2, no proof, no
// transcript. Each of those would let a thief of its storage find the PIN without the service.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "bidseal/base/host.h"
#include "bidseal/base/secret.h"
#include "bidseal/cosign/messages.h"
#include "bidseal/crypto/sm2.h"

namespace bidseal::cosign {

/// How often PBKDF2-HMAC-SM3 turns a PIN over. Fewer rounds only in tests: it is no secret.
struct PinHardness {
    uint32_t rounds = 10'000;
};

/// Whether these are six ASCII digits.
bool is_pin(ByteView pin);

/// What the phone stores: x = d1 / h(PIN, salt). Every PIN gives a share that looks equally right;
/// only the service can tell, and it counts.
struct PhoneShare {
    KeyId key;
    Purpose purpose = Purpose::sign;
    uint32_t epoch = 0;
    PinHardness hardness;
    FixedBytes<16, struct PinSaltTag> salt;
    Point public_key;   ///< P, of both parties together
    SecretBytes blind;  ///< x, 32 bytes

    PhoneShare clone() const;
    /// P as a key that verifies or encrypts.
    crypto::Sm2PublicKey key_of_both() const;
    SecretBytes serialize() const;
    /// Throws Error(cosign_record).
    static PhoneShare parse(ByteView record);
};

/// The share of a sealing session: in memory only, worthless once the service drops its half.
class PhoneSessionShare {
public:
    ~PhoneSessionShare();
    PhoneSessionShare(PhoneSessionShare&&) noexcept;
    PhoneSessionShare& operator=(PhoneSessionShare&&) noexcept;
    const SessionId& session() const;
    const SessionLimits& limits() const;

private:
    friend class PhoneGrant;
    friend class PhoneSigning;
    struct Impl;
    explicit PhoneSessionShare(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> m_impl;
};

/// Makes a key together with the service. One object, one try.
class PhoneKeyGen {
public:
    /// Throws Error(usage) when the service offers a key for another purpose than asked.
    PhoneKeyGen(const KeyGenCommit& commit, Purpose purpose, Random& random);
    ~PhoneKeyGen();
    PhoneKeyGen(PhoneKeyGen&&) noexcept;
    PhoneKeyGen& operator=(PhoneKeyGen&&) noexcept;

    const KeyGenShare& share() const;
    /// Checks commitment, proof and key; the result is to be stored. Throws Error: cosign_message
    /// (another key's), cosign_commitment, cosign_proof, key_invalid, usage (not a PIN, called
    /// twice).
    PhoneShare finish(const KeyGenOpen& open, ByteView pin, Random& random,
                      PinHardness hardness = {});

private:
    struct Impl;
    std::unique_ptr<Impl> m_impl;
};

/// Signs a batch of 1 to max_batch items: all or none.
class PhoneSigning {
public:
    /// `items` are the bytes that are signed (not digests): the phone hashes them itself, with Z of
    /// its key and the default identity. Throws Error: usage, cosign_message (another count),
    /// cosign_epoch.
    PhoneSigning(const PhoneShare& share, const SignCommit& commit,
                 const std::vector<Bytes>& items);
    ~PhoneSigning();
    PhoneSigning(PhoneSigning&&) noexcept;
    PhoneSigning& operator=(PhoneSigning&&) noexcept;

    /// Draws fresh nonces and proves share and nonces. May be called again after a wrong PIN. Send
    /// the same bytes again when the answer got lost.
    SignRequest prove(const PhoneShare& share, ByteView pin, Random& random);
    /// The same for a session, without a PIN.
    SignRequest prove(const PhoneSessionShare& share, Random& random);
    /// The DER signatures in the order of the items. Every one is verified before any is given out;
    /// whatever is wrong ends the object. Throws Error: cosign_message, cosign_commitment (the
    /// service changed its nonces after it saw ours), cosign_partial.
    std::vector<Bytes> finish(const SignAnswer& answer, Random& random);

private:
    struct Impl;
    std::unique_ptr<Impl> m_impl;
};

/// Opens 1 to max_ciphertexts SM2 ciphertexts (SM2Cipher DER): all or none.
class PhoneDecryption {
public:
    /// Throws Error: usage (not a decryption key), decrypt_failed (a ciphertext that is none).
    PhoneDecryption(const PhoneShare& share, const OperationId& operation,
                    const std::vector<Bytes>& ciphertexts);
    ~PhoneDecryption();
    PhoneDecryption(PhoneDecryption&&) noexcept;
    PhoneDecryption& operator=(PhoneDecryption&&) noexcept;

    DecryptRequest prove(const PhoneShare& share, ByteView pin, Random& random);
    /// Throws Error: cosign_message, cosign_partial (the service's part is not of its share),
    /// decrypt_failed. Bid shares go through bid::Holder::accept() before they leave the phone.
    std::vector<SecretBytes> finish(const DecryptAnswer& answer, Random& random);

private:
    struct Impl;
    std::unique_ptr<Impl> m_impl;
};

/// New shares of the same key; a change of the PIN is always one. In this order: prepare(), send
/// the request; store next() beside the old share; confirm(), send it; drop the old share once the
/// service answers with the new epoch. After a crash the service's KeyStatus says which share holds
/// good, and confirm() can be made again from what was stored.
class PhoneRefresh {
public:
    /// `old_pin` and `new_pin` may be equal. Throws Error(usage).
    PhoneRefresh(const PhoneShare& share, ByteView old_pin, ByteView new_pin, Random& random);
    ~PhoneRefresh();
    PhoneRefresh(PhoneRefresh&&) noexcept;
    PhoneRefresh& operator=(PhoneRefresh&&) noexcept;

    const RefreshRequest& request() const;
    const PhoneShare& next() const;
    static RefreshCommit confirm(const PhoneShare& next, ByteView pin, Random& random);

private:
    struct Impl;
    std::unique_ptr<Impl> m_impl;
};

/// Opens a sealing session.
class PhoneGrant {
public:
    /// Throws Error: usage (beyond the limits, not a signing key).
    PhoneGrant(const PhoneShare& share, const SessionId& session, const SessionLimits& limits,
               ByteView pin, Random& random);
    ~PhoneGrant();
    PhoneGrant(PhoneGrant&&) noexcept;
    PhoneGrant& operator=(PhoneGrant&&) noexcept;

    const GrantRequest& request() const;
    /// The share, once the service has agreed. Throws Error(usage) when taken twice.
    PhoneSessionShare take();

private:
    struct Impl;
    std::unique_ptr<Impl> m_impl;
};

}  // namespace bidseal::cosign
