// The page's side of a scan session: a pure machine. Events in, actions out.
#pragma once

#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "bidseal/base/host.h"
#include "bidseal/session/client.h"
#include "bidseal/session/request.h"

namespace bidseal::session {

/// What the page has to do.
struct SendToHub {
    Bytes message;
};
struct ShowCode {
    std::string text;       ///< the 104 characters of qr_content.h
    Millis expires_in = 0;  ///< until the session ends unclaimed
};
struct PhoneScanned {
    std::string code;  ///< two digits, to be shown when the phone asks for them
};
struct PhoneNamed {
    std::string name;  ///< for "scanned by …"
};
struct PhoneAnswered {
    SecretBytes response;  ///< of the newest request
};
struct SessionEnded {
    /// session_refused, session_expired, session_unknown, session_sequence …; nothing: as wanted.
    std::optional<ErrorCode> error;
};
/// The phone was not heard for a while (true), or is back (false).
struct PhoneSilent {
    bool silent = false;
};
using PageAction = std::variant<SendToHub, ShowCode, PhoneScanned, PhoneNamed, PhoneAnswered,
                                SessionEnded, PhoneSilent>;

class PageSession {
public:
    enum class State { drafted, attaching, waiting, scanned, ended };

    /// Draws E and k.
    explicit PageSession(Random& random);
    ~PageSession();
    PageSession(PageSession&&) noexcept;

    /// E, for the platform's draft.
    const OneTimeKey& key() const;
    State state() const;

    /// The platform's signed request is there: attaches to the hub. `material` is what the phone
    /// needs beside it. Throws Error(session_request) when it is not for this page or session.
    std::vector<PageAction> start(const Sid& sid, const SignedRequest& request, ByteView material,
                                  Millis now, Random& random);
    /// A further request of a sealing session.
    std::vector<PageAction> next(const SignedRequest& request, ByteView material, Millis now);
    /// A message from the hub. One that makes no sense here is ignored: the hub is not trusted.
    std::vector<PageAction> receive(ByteView message, Millis now);
    /// Call at next_tick() or later.
    std::vector<PageAction> tick(Millis now);
    std::optional<Millis> next_tick() const;
    /// A new connection to the hub.
    std::vector<PageAction> reconnect(Millis now);
    /// The person gives up, or everything that was wanted is here.
    std::vector<PageAction> close(Millis now);

private:
    struct Impl;
    std::unique_ptr<Impl> m_impl;
};

}  // namespace bidseal::session
