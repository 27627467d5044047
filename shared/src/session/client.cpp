#include "bidseal/session/client.h"

#include <algorithm>

namespace bidseal::session {

bool says_ended(const HubMessage& message) {
    const auto* events = std::get_if<Events>(&message);
    return events != nullptr &&
           std::any_of(events->events.begin(), events->events.end(), [](const Event& event) {
               return std::holds_alternative<Event::Ended>(event.what);
           });
}

void HubLink::queue(std::vector<Bytes> frames) {
    if (m_outbox.empty())
        m_next_send = 0;
    for (Bytes& frame : frames)
        m_outbox.push_back(std::move(frame));
}

std::vector<Event> HubLink::take(const HubMessage& message, Millis now) {
    if (const auto* posted = std::get_if<Posted>(&message)) {
        if (posted->sid == m_sid && posted->number == m_number && !m_outbox.empty()) {
            m_outbox.pop_front();
            m_number++;
            m_next_send = 0;
        }
        return {};
    }
    const auto* events = std::get_if<Events>(&message);
    if (events == nullptr || events->sid != m_sid)
        return {};
    std::vector<Event> fresh;
    m_peer_age = events->peer_age_millis;
    for (const Event& event : events->events) {
        // What comes too early is not kept: the next poll brings it again, in order.
        if (event.number == m_seen + 1) {
            m_seen++;
            fresh.push_back(event);
        }
    }
    // There may be more, and what was taken should be acknowledged soon.
    if (!fresh.empty())
        m_next_poll = std::min(m_next_poll, now + resend_millis / 4);
    return fresh;
}

std::vector<HubMessage> HubLink::due(Millis now) {
    std::vector<HubMessage> messages;
    if (!m_token)
        return messages;
    if (!m_outbox.empty() && m_next_send <= now) {
        messages.push_back(Post{m_sid, m_side, *m_token, m_number, m_outbox.front()});
        m_next_send = now + resend_millis;
    }
    if (m_next_poll <= now) {
        messages.push_back(Poll{m_sid, m_side, *m_token, m_seen});
        m_next_poll = now + poll_millis;
    }
    return messages;
}

std::optional<Millis> HubLink::next_due() const {
    if (!m_token)
        return std::nullopt;
    return m_outbox.empty() ? m_next_poll : std::min(m_next_poll, m_next_send);
}

void HubLink::reconnect() {
    m_next_send = 0;
    m_next_poll = 0;
}

}  // namespace bidseal::session
