// A sealing session: what a phone confirms without asking, live and within limits.
#pragma once

#include <string>
#include <vector>

#include "bidseal/session/request.h"

namespace bidseal::session {

inline constexpr uint32_t max_grant_count = 200;
inline constexpr int64_t max_grant_seconds = 30 * 60;
inline constexpr uint32_t max_grant_idle = 5 * 60;

/// Signed with the phone's key (it is what open_session signs), and the service holds a share that
/// lives no longer than it.
struct Grant {
    Sid sid;
    PageDigest page;
    std::string platform, origin, project;
    std::vector<Operation> operations;  ///< seal_documents, sign_documents: nothing else
    uint32_t count = 0;                 ///< signatures
    Timestamp created, expires;
    uint32_t idle_seconds = 0;
    bool automatic = false;  ///< the phone confirms by itself while it is in the foreground

    /// Canonical JSON that begins with {"type":"SBID1-grant",. Throws Error(session_scope).
    Bytes serialize() const;
    /// Throws Error: session_scope, json_invalid, json_not_canonical.
    static Grant parse(ByteView json);
    crypto::Sm3Digest digest() const;
};

/// A grant in use: on the phone, and again on the service.
class GrantUse {
public:
    GrantUse(Grant grant, Timestamp now);
    const Grant& grant() const { return m_grant; }
    uint32_t left() const { return m_left; }
    bool ended() const { return m_ended; }
    /// Checks that the request (already checked as such) is covered: page, origin, platform,
    /// project, operation, count, times, items that are nothing but documents, and a sequence
    /// number that rises. Throws Error(session_scope).
    void check(const Request& request, Timestamp now) const;
    /// check(), then counts it.
    void use(const Request& request, Timestamp now);
    void stop() { m_ended = true; }

private:
    Grant m_grant;
    uint32_t m_left;
    uint32_t m_last_seq = 0;
    Timestamp m_last_use;
    bool m_ended = false;
};

}  // namespace bidseal::session
