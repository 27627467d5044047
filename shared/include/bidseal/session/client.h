// What page and phone do alike: keep a channel going over a hub that loses, repeats and reorders.
#pragma once

#include <deque>
#include <optional>

#include "bidseal/session/channel.h"
#include "bidseal/session/messages.h"

namespace bidseal::session {

inline constexpr Millis resend_millis = 1'000;      ///< an unanswered message goes out again
inline constexpr Millis poll_millis = 2'000;        ///< and the hub is asked for news
inline constexpr Millis peer_gone_millis = 20'000;  ///< then the other side counts as gone

/// Whether the hub says that the session has ended.
bool says_ended(const HubMessage& message);

/// Sends frames one after the other, each until it is acknowledged; takes events in their order.
class HubLink {
public:
    HubLink(const Sid& sid, Side side) : m_sid(sid), m_side(side) {}

    void set_token(const Token& token) { m_token = token; }
    bool connected() const { return m_token.has_value(); }
    void queue(std::vector<Bytes> frames);
    /// Sends nothing more: the session is over, and the hub's events will say so.
    void drop_outbox() { m_outbox.clear(); }
    /// Whether everything that was queued has arrived at the hub.
    bool idle() const { return m_outbox.empty(); }

    /// Events that are next in order; whatever is older is dropped. Messages of other sessions
    /// and types are ignored.
    std::vector<Event> take(const HubMessage& message, Millis now);
    /// What is to be sent now: a frame (again), a poll.
    std::vector<HubMessage> due(Millis now);
    std::optional<Millis> next_due() const;
    /// Whether the hub has said that the other side is silent for too long.
    bool peer_gone() const { return m_peer_age >= peer_gone_millis && m_peer_age != never; }
    /// The connection is new: send everything at once.
    void reconnect();

private:
    static constexpr uint32_t never = 0xffffffff;
    Sid m_sid;
    Side m_side;
    std::optional<Token> m_token;
    std::deque<Bytes> m_outbox;
    uint64_t m_number = 1;  // of the frame at the front of the outbox
    uint64_t m_seen = 0;    // newest event that was taken
    Millis m_next_send = 0, m_next_poll = 0;
    uint32_t m_peer_age = never;
};

}  // namespace bidseal::session
