// Messages between clients (page, phone) and the hub. "BSH1", a type byte, fields; docs/spec/
// mobile-ca.md section 8. Every request may be sent again.
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "bidseal/base/error.h"
#include "bidseal/session/channel.h"
#include "bidseal/session/types.h"

namespace bidseal::session {

/// Page: I am the page of this session. Signed with E over attach_bytes().
struct Attach {
    Sid sid;
    OneTimeKey page;
    Bytes signature;
};
Bytes attach_bytes(const Sid& sid, const OneTimeKey& page);

/// Phone: I scanned this code. Signed by the enrolled device over claim_bytes(); the hub's program
/// checks that before the machine sees it.
struct Claim {
    Sid sid;
    uint32_t step = 0;
    Rotation rotation;
    OneTimeKey phone;
    DeviceId device;
    Bytes signature;
};
Bytes claim_bytes(const Claim& claim);

/// Either: a frame for the other side. `number` counts the side's frames from 1.
struct Post {
    Sid sid;
    Side side = Side::page;
    Token token;
    uint64_t number = 0;
    Bytes frame;
};

/// Either: what is there after event `after`? Also says that everything up to it was received, and
/// that this side is alive.
struct Poll {
    Sid sid;
    Side side = Side::page;
    Token token;
    uint64_t after = 0;
};

/// Either: this is over. The phone says how it went; the page gives up.
enum class Outcome : uint8_t { confirmed = 1, refused = 2, cancelled = 3, expired = 4 };
struct Finish {
    Sid sid;
    Side side = Side::page;
    Token token;
    Outcome outcome = Outcome::cancelled;
};

/// Hub to page: attached.
struct Attached {
    Sid sid;
    Token token;
    uint32_t age_millis = 0;
};
/// Hub to page: the code of this step. Comes by itself, about every 3 s, while nobody has claimed.
struct Rotated {
    Sid sid;
    uint32_t step = 0;
    Rotation rotation;
};
/// What the hub says of the page's network beside the phone's.
enum class NetworkHint : uint8_t { unknown = 0, same = 1, other = 2 };
/// Hub to phone: yours.
struct Claimed {
    Sid sid;
    Token token;
    RequestDigest request;
    crypto::CertificateDigest certificate;  ///< of the platform that signed the request
    Operation operation = Operation::login;
    Timestamp expires;
    std::string platform;
    Bytes attestation;  ///< a bridge's, or empty
    NetworkHint network = NetworkHint::unknown;
};
/// Hub: frame `number` is here (or was already).
struct Posted {
    Sid sid;
    uint64_t number = 0;
};
/// One thing that happened, in the order of its number.
struct Event {
    uint64_t number = 0;
    struct PhoneCame {
        OneTimeKey phone;
    };
    struct FrameCame {
        Bytes frame;
    };
    struct NextRequest {
        RequestDigest request;
        Operation operation = Operation::login;
        Timestamp expires;
    };
    struct Ended {
        Outcome outcome = Outcome::cancelled;
    };
    std::variant<PhoneCame, FrameCame, NextRequest, Ended> what;
};
/// Hub: some of what is there after `after`. `peer_age_millis` is how long ago the other side was
/// heard; 0xffffffff: never.
struct Events {
    Sid sid;
    uint64_t after = 0;
    uint32_t peer_age_millis = 0xffffffff;
    std::vector<Event> events;
};
/// Hub: no. `type` is that of the request which is refused.
struct Refusal {
    Sid sid;
    uint8_t type = 0;
    ErrorCode code = ErrorCode::session_unknown;
};

using HubMessage = std::variant<Attach, Claim, Post, Poll, Finish, Attached, Rotated, Claimed,
                                Posted, Events, Refusal>;

/// The type byte of a Post, which a Refusal names.
inline constexpr uint8_t post_type = 3;

Bytes encode(const HubMessage& message);
/// Throws Error(session_message) for anything that encode() would not write.
HubMessage decode_hub_message(ByteView bytes);

}  // namespace bidseal::session
