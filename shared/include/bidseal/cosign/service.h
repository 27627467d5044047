// The service's half of a split SM2 key: (1 + d)^-1 = d1·d2 and this is d2. docs/spec/mobile-ca.md.
//
// These are values, not a store. For each call the caller locks and loads the records, makes the
// call, and writes the records back before it sends the answer: ALSO WHEN THE CALL THROWS, for a
// wrong PIN has been counted then.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "bidseal/base/host.h"
#include "bidseal/base/secret.h"
#include "bidseal/cosign/messages.h"
#include "bidseal/cosign/pin_counter.h"
#include "bidseal/crypto/sm2.h"

namespace bidseal::cosign {

enum class KeyState : uint8_t {
    pending = 1,  ///< the phone has not shown its part
    active = 2,
    retired = 3,  ///< after a renewal: decrypts what was registered, signs nothing
    closed = 4,   ///< revoked; the share is erased
};

class ServiceKey;

/// One signing. Its nonces follow from a seed that is erased with the first answer; a repeated
/// request gets the same bytes, another one nothing.
class SignOperation {
public:
    const OperationId& id() const { return m_id; }
    const KeyId& key() const { return m_key; }
    const std::optional<SessionId>& session() const { return m_session; }
    size_t count() const { return m_digests.size(); }
    Timestamp expires() const { return m_expires; }
    /// Whether the answer was given, or can no longer be.
    bool spent() const { return m_seed.empty(); }
    SignCommit commit() const;

    SecretBytes serialize() const;
    /// Throws Error(cosign_record).
    static SignOperation parse(ByteView record);

private:
    friend class ServiceKey;
    friend struct SigningSteps;
    OperationId m_id;
    KeyId m_key;
    std::optional<SessionId> m_session;
    uint32_t m_epoch = 0;
    Timestamp m_expires;
    std::vector<Scalar> m_digests;  // e modulo n
    Commitment m_commitment;
    Salt m_salt;
    SecretBytes m_seed;                             // empty once it was used
    FixedBytes<32, struct NonceSetTag> m_answered;  // SM3 of the Q1 set that was answered
    Bytes m_answer;                                 // SignAnswer, or empty
};

/// One decryption: of ciphertexts that were registered, after their opening time.
class DecryptOperation {
public:
    const OperationId& id() const { return m_id; }
    const KeyId& key() const { return m_key; }
    Timestamp expires() const { return m_expires; }

    Bytes serialize() const;
    /// Throws Error(cosign_record).
    static DecryptOperation parse(ByteView record);

private:
    friend class ServiceKey;
    OperationId m_id;
    KeyId m_key;
    uint32_t m_epoch = 0;
    Timestamp m_expires;
    std::vector<Point> m_c1;
    AttemptDigest m_answered;
    Bytes m_answer;
};

/// A ciphertext that the phone registered when the bid was sealed. The caller took the time from
/// the signed tender file, not from the phone.
struct RegisteredCiphertext {
    Point c1;
    Timestamp opens;
};

/// The service's half of a sealing session.
class SessionShare {
public:
    const SessionId& id() const { return m_id; }
    const KeyId& key() const { return m_key; }
    const SessionLimits& limits() const { return m_limits; }
    uint16_t left() const { return m_left; }
    bool ended() const { return m_d2.empty(); }
    /// Ends the session for good: without this half the phone's is worthless.
    void end();

    SecretBytes serialize() const;
    /// Throws Error(cosign_record).
    static SessionShare parse(ByteView record);

private:
    friend class ServiceKey;
    SessionId m_id;
    KeyId m_key;
    uint32_t m_epoch = 0;
    SessionLimits m_limits;
    uint16_t m_left = 0;
    Timestamp m_last_use;
    Point m_p1;
    SecretBytes m_d2;
};

/// A key of one account.
class ServiceKey {
public:
    /// A new key that waits for the phone's part.
    static ServiceKey create(const KeyId& id, Purpose purpose, Random& random);
    ~ServiceKey();
    ServiceKey(ServiceKey&&) noexcept;
    ServiceKey& operator=(ServiceKey&&) noexcept;

    /// The record, to be sealed by the store's own key. parse() throws Error(cosign_record).
    SecretBytes serialize() const;
    static ServiceKey parse(ByteView record);

    const KeyId& id() const;
    Purpose purpose() const;
    KeyState state() const;
    KeyStatus status() const;
    const PinCounter& pin() const;
    /// P. Throws Error(cosign_state) while the key is pending.
    Point public_key() const;
    crypto::Sm2PublicKey key_of_both() const;

    /// Key generation. complete() answers the same share with the same bytes and no other one.
    /// Throws Error: cosign_state, cosign_proof, key_invalid.
    KeyGenCommit commit() const;
    KeyGenOpen complete(const KeyGenShare& share, Random& random);

    /// Opens a signing of 1 to max_batch items: the bytes to be signed, hashed here with Z of this
    /// key, never digests from elsewhere. `expires` is at most 30 minutes away. Throws Error:
    /// cosign_state, cosign_pin_paused, cosign_pin_locked, usage.
    SignOperation begin_sign(const OperationId& id, const std::vector<Bytes>& items, Timestamp now,
                             Timestamp expires, Random& random) const;
    /// Checks the one proof (a wrong PIN or share is counted) and answers. Throws Error:
    /// cosign_pin_wrong, cosign_pin_paused, cosign_pin_locked, cosign_message, cosign_operation
    /// (expired, spent, another key's), cosign_epoch, cosign_nonce_reuse.
    SignAnswer answer(SignOperation& operation, const SignRequest& request, Timestamp now,
                      Random& random);

    /// Opens a decryption. Every C1 must be registered and its opening time come. Throws Error:
    /// not_open_yet, cosign_not_registered and those of begin_sign().
    DecryptOperation begin_decrypt(const OperationId& id, const std::vector<Point>& c1,
                                   const std::vector<RegisteredCiphertext>& registered,
                                   Timestamp now, Timestamp expires) const;
    DecryptAnswer answer(DecryptOperation& operation, const DecryptRequest& request, Timestamp now,
                         Random& random);

    /// Refresh in two phases: the old share stays in force until the phone proves the new one. Both
    /// may be repeated. Throws Error: cosign_pin_*, cosign_epoch, cosign_proof, cosign_state.
    KeyStatus prepare_refresh(const RefreshRequest& request, Timestamp now, Random& random);
    KeyStatus commit_refresh(const RefreshCommit& request, Timestamp now, Random& random);

    /// Opens a sealing session. Throws Error: cosign_session_limit (limits beyond types.h),
    /// cosign_pin_*, cosign_proof, cosign_state.
    SessionShare grant(const GrantRequest& request, Timestamp now, Random& random);
    /// begin_sign() within a session. `grant` is SM3 of the grant that the caller judged the
    /// request by. Throws Error: cosign_session_limit (over, expired, idle, another kind of
    /// operation, another grant).
    SignOperation begin_sign(const SessionShare& session, const OperationId& id,
                             SessionOperation kind, const GrantDigest& grant,
                             const std::vector<Bytes>& items, Timestamp now, Random& random) const;
    /// Counts the signatures. A wrong proof ends the session: nobody mistypes a session share.
    SignAnswer answer(SessionShare& session, SignOperation& operation, const SignRequest& request,
                      Timestamp now, Random& random);

    /// After a renewal; after a revocation (erases the share); after an identity check.
    void retire();
    void close();
    void unlock();

    struct Impl;

private:
    explicit ServiceKey(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> m_impl;
};

}  // namespace bidseal::cosign
