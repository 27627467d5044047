// The hub's view of one session: a relay that knows when and how much, never what.
#pragma once

#include <deque>
#include <optional>
#include <string>

#include "bidseal/base/host.h"
#include "bidseal/base/secret.h"
#include "bidseal/session/messages.h"

namespace bidseal::session {

/// What the platform says when it opens a session, over its own authenticated connection.
struct Draft {
    Sid sid;
    PageDigest page;  ///< SM3(E)
    RequestDigest request;
    crypto::CertificateDigest certificate;  ///< the platform's, that signed the request
    Operation operation = Operation::login;
    std::string platform;
    Timestamp expires;  ///< of the request
    SecretBytes k_sid;  ///< 32 bytes
};

/// What a call leads to, beside its reply: a message for whoever is connected as that side.
struct Push {
    Side to = Side::page;
    HubMessage message;
};
struct HubResult {
    std::optional<HubMessage> reply;
    std::vector<Push> pushes;
};

/// A value, not a store: load it with its version, call, store it if the version is still the same
/// (compare and set), and only then send reply and pushes. All calls may be repeated.
class HubSession {
public:
    enum class State : uint8_t { drafted = 1, attached = 2, claimed = 3, ended = 4 };
    static constexpr size_t max_waiting_frames = 64;

    /// `now` is on the clock that all later calls use.
    HubSession(Draft draft, Millis now);
    /// The same draft again: nothing; another one under this sid: Error(session_conflict).
    void repeat(const Draft& draft) const;
    /// A further request of a sealing session. Throws Error(session_unknown) when it is over.
    HubResult next_request(const RequestDigest& request, Operation operation, Timestamp expires);

    /// Answers a client's message: Attach, Claim, Post, Poll or Finish. The caller has checked a
    /// claim's device signature. What is wrong becomes a Refusal in the reply. `attestation` and
    /// `network` go into the answer to a claim.
    HubResult handle(const HubMessage& message, Millis now, Random& random,
                     NetworkHint network = NetworkHint::unknown);
    /// A bridge's word about the page's origin, to be passed on to the phone.
    void set_attestation(Bytes attestation) { m_attestation = std::move(attestation); }
    /// Rotations that are due, and the end of a session that waited too long. Call it at
    /// next_tick().
    HubResult tick(Millis now);
    std::optional<Millis> next_tick() const;

    State state() const { return m_state; }
    const Sid& sid() const { return m_draft.sid; }
    std::optional<Outcome> outcome() const { return m_outcome; }

    /// The record; its times are relative to `now`, so that another machine can take it up.
    SecretBytes serialize(Millis now) const;
    /// Throws Error(session_message).
    static HubSession parse(ByteView record, Millis now);

private:
    struct Mailbox {
        Token token;
        uint64_t posted = 0;       // frames that this side has posted
        uint64_t last_event = 0;   // number of the newest event for this side
        std::deque<Event> events;  // not yet acknowledged by this side
        std::optional<Millis> seen;
    };

    HubSession() = default;
    HubResult attach(const Attach& message, Millis now, Random& random);
    HubResult claim(const Claim& message, Millis now, Random& random, NetworkHint network);
    HubResult post(const Post& message, Millis now);
    HubResult poll(const Poll& message, Millis now);
    HubResult finish(const Finish& message, Millis now);
    void require_side(Side side, const Token& token) const;
    void add_event(Side to, decltype(Event::what) what, HubResult& result);
    void end(Outcome outcome, HubResult& result);
    HubMessage events_for(Side side, uint64_t after, Millis now) const;
    Rotated rotation(Millis now) const;
    Mailbox& box(Side side) { return side == Side::page ? m_page : m_phone; }
    const Mailbox& box(Side side) const { return side == Side::page ? m_page : m_phone; }

    Draft m_draft;
    State m_state = State::drafted;
    std::optional<Outcome> m_outcome;
    Millis m_created = 0;
    std::optional<OneTimeKey> m_page_key;
    std::optional<Claim> m_claim;
    NetworkHint m_network = NetworkHint::unknown;
    Bytes m_attestation;
    uint32_t m_rotated = 0;  // steps whose rotation was sent, plus one
    Mailbox m_page, m_phone;
};

}  // namespace bidseal::session
