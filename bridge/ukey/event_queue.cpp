#include "bridge/ukey/event_queue.h"

#include <utility>

namespace bidseal::ukey {

void EventQueue::see(const std::vector<std::string>& present) {
    const std::set<std::string> now(present.begin(), present.end());
    const std::lock_guard<std::mutex> lock(m_mutex);
    const std::set<std::string> before = m_known;
    for (const std::string& name : before) {
        if (now.count(name) == 0)
            note(name, false);
    }
    for (const std::string& name : now)
        note(name, true);
}

void EventQueue::tell(const std::string& device, bool plugged_in) {
    const std::lock_guard<std::mutex> lock(m_mutex);
    note(device, plugged_in);
}

std::optional<RawEvent> EventQueue::take(std::chrono::milliseconds timeout) {
    std::unique_lock<std::mutex> lock(m_mutex);
    m_changed.wait_for(lock, timeout, [&] { return !m_events.empty() || m_cancelled; });
    if (m_events.empty())
        return std::nullopt;
    RawEvent event = std::move(m_events.front());
    m_events.pop_front();
    return event;
}

void EventQueue::cancel() {
    const std::lock_guard<std::mutex> lock(m_mutex);
    m_cancelled = true;
    m_changed.notify_all();
}

bool EventQueue::take_cancelled() {
    const std::lock_guard<std::mutex> lock(m_mutex);
    return std::exchange(m_cancelled, false);
}

void EventQueue::note(const std::string& device, bool plugged_in) {
    const bool news = plugged_in ? m_known.insert(device).second : m_known.erase(device) != 0;
    if (!news)
        return;
    m_events.push_back({plugged_in, device});
    m_changed.notify_all();
}

}  // namespace bidseal::ukey
