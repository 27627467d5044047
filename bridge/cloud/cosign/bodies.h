// Bodies of the calls to the co-sign service, beside the messages of cosign/messages.h, from both
// sides. docs/spec/cloud-service.md section 5. decode() throws Error(cosign_message).
#pragma once

#include "bidseal/bid/tender_file.h"
#include "bidseal/cosign/messages.h"
#include "bidseal/cosign/service.h"
#include "bidseal/session/request.h"

#include "bridge/cloud/device/ticket.h"

namespace bidseal::cloud {

/// Drawn by the phone: the same call under the same id is the same call, however often it comes.
using CallId = FixedBytes<16, struct CallIdTag>;

/// keys/create → KeyGenCommit
struct CreateKey {
    CallId call;
    cosign::Purpose purpose = cosign::Purpose::sign;
    Bytes encode() const;
    static CreateKey decode(ByteView bytes);
};

/// keys/complete: KeyGenShare → this
struct CompletedKey {
    cosign::KeyGenOpen open;
    Bytes statement;  ///< the service's signature over key_statement()
    Bytes encode() const;
    static CompletedKey decode(ByteView bytes);
};
/// The service's word that a key is split between it and this account's phone:
/// "SBID1 split key" | account | key | u8 purpose | P.
Bytes key_statement(const AccountId& account, const cosign::KeyId& key, cosign::Purpose purpose,
                    const cosign::Point& both);

/// keys/status: key id → this
struct KeyReport {
    cosign::KeyStatus status;
    cosign::KeyState state = cosign::KeyState::pending;
    uint8_t tries_left = 0;          ///< before the lock
    uint8_t tries_before_pause = 0;  ///< before the next pause
    Timestamp paused_until;          ///< 0: never paused
    Bytes encode() const;
    static KeyReport decode(ByteView bytes);
};

/// sign/begin → SignCommit
struct BeginSign {
    CallId call;
    cosign::KeyId key;
    std::vector<Bytes> items;
    Bytes encode() const;
    static BeginSign decode(ByteView bytes);
};

/// decrypt/register → nothing: the wraps of a bid with the signed tender file that says when they
/// may be opened.
struct RegisterWraps {
    cosign::KeyId key;
    Bytes tender_file;
    std::vector<cosign::Point> c1;
    Bytes encode() const;
    static RegisterWraps decode(ByteView bytes);
};

/// decrypt/begin → DecryptBegun
struct BeginDecrypt {
    CallId call;
    cosign::KeyId key;
    std::vector<cosign::Point> c1;
    Bytes encode() const;
    static BeginDecrypt decode(ByteView bytes);
};
struct DecryptBegun {
    cosign::OperationId operation;
    Timestamp expires;
    Bytes encode() const;
    static DecryptBegun decode(ByteView bytes);
};

/// What a session share under this grant (JSON) may do: exactly what the grant says. Throws what
/// Grant::parse() throws.
cosign::SessionLimits session_limits(ByteView grant);

/// sessions/open → nothing
struct OpenSession {
    Bytes grant;          ///< JSON
    SecretBytes request;  ///< GrantRequest
    SecretBytes encode() const;
    static OpenSession decode(ByteView bytes);
};

/// sessions/sign → SignCommit: what the platform asks for within a session.
struct SessionSign {
    CallId call;
    cosign::SessionId session;
    session::OneTimeKey page;
    session::SignedRequest request;
    Bytes encode() const;
    static SessionSign decode(ByteView bytes);
};

}  // namespace bidseal::cloud
