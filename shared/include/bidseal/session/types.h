// Names, numbers and limits of a scan session. docs/spec/mobile-ca.md sections 6 to 9.
#pragma once

#include "bidseal/base/bytes.h"
#include "bidseal/crypto/sm3.h"

namespace bidseal::session {

/// Names a session; random, drawn by the platform.
using Sid = FixedBytes<16, struct SidTag>;
/// A compressed SM2 point: the page's (E) or the phone's (F) one-time key.
using OneTimeKey = FixedBytes<33, struct OneTimeKeyTag>;
/// What H shows a client that it is the one which attached or claimed.
using Token = FixedBytes<16, struct TokenTag>;
/// Names an enrolled phone.
using DeviceId = FixedBytes<16, struct DeviceIdTag>;
/// The short-lived MAC in a code.
using Rotation = FixedBytes<8, struct RotationTag>;
/// h_op: SM3 of the request's bytes.
using RequestDigest = FixedBytes<32, struct RequestDigestTag>;
/// SM3 of the page's one-time key (33 bytes).
using PageDigest = FixedBytes<32, struct PageDigestTag>;

/// Milliseconds on the machine's own clock; only differences count.
using Millis = int64_t;

inline constexpr Millis step_millis = 3'000;      ///< a code changes every 3 s,
inline constexpr Millis code_age_millis = 9'000;  ///< is taken up to 9 s after it appeared,
inline constexpr Millis session_life_millis = 45 * 60'000;  ///< whatever happens
inline constexpr Millis code_life_millis = 120'000;  ///< and the session waits 120 s for a phone

enum class Side : uint8_t { page = 1, phone = 2 };
inline Side other_side(Side side) {
    return side == Side::page ? Side::phone : Side::page;
}

/// What a request asks for.
enum class Operation : uint8_t {
    login = 1,
    certificates = 2,  ///< brings signing and encryption certificate to the page
    sign_bid = 3,      ///< the index of a bid
    sign_openers = 4,  ///< a rewrap
    sign_documents = 5,
    seal_documents = 6,
    open_envelopes = 7,
    withdraw = 8,
    open_session = 9,  ///< a sealing session (grant.h)
};
const char* operation_name(Operation operation);

PageDigest page_digest(const OneTimeKey& key);

}  // namespace bidseal::session
