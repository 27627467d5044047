// What the two parties of a split SM2 key talk about. docs/spec/mobile-ca.md section 2.
#pragma once

#include <vector>

#include "bidseal/base/bytes.h"

namespace bidseal::cosign {

/// Names of things that the service chose at random: a key, one signing or decryption, a session.
using KeyId = FixedBytes<16, struct KeyIdTag>;
using OperationId = FixedBytes<16, struct OperationIdTag>;
using SessionId = FixedBytes<16, struct CosignSessionIdTag>;

/// 04 || x || y. Whether it lies on the curve is checked where it is used.
using Point = FixedBytes<65, struct PointTag>;
/// A public number below n, big-endian; the range is checked where it is used.
using Scalar = FixedBytes<32, struct ScalarTag>;
using Commitment = FixedBytes<32, struct CommitmentTag>;
/// What a commitment is opened with.
using Salt = FixedBytes<32, struct CommitmentSaltTag>;
/// SM3 of the grant that a session share serves (session/grant.h).
using GrantDigest = FixedBytes<32, struct GrantDigestTag>;

/// A key signs or decrypts, never both: an answer for a signature could open a ciphertext.
enum class Purpose : uint8_t { sign = 1, decrypt = 2 };

/// Most documents of one batch, and most ciphertexts of one decryption.
inline constexpr size_t max_batch = 500;
inline constexpr size_t max_ciphertexts = 256;

/// Knowledge of the discrete logarithms of one or more points, in one proof.
struct Proof {
    Point t;
    Scalar z;
};

/// Equality of two discrete logarithms.
struct EqualityProof {
    Scalar c;
    Scalar z;
};

/// What a sealing session may sign without asking.
enum class SessionOperation : uint8_t { seal = 1, sign_document = 2 };

/// Limits of a session share: at most 200 signatures, 30 minutes, 5 minutes without use.
struct SessionLimits {
    uint16_t count = 0;
    int64_t expires = 0;     ///< seconds since 1970
    uint16_t idle = 0;       ///< seconds
    uint8_t operations = 0;  ///< sum of SessionOperation values
    GrantDigest grant;
};

inline constexpr uint16_t max_session_count = 200;
inline constexpr int64_t max_session_seconds = 30 * 60;
inline constexpr uint16_t max_session_idle = 5 * 60;

}  // namespace bidseal::cosign
