#include "events.h"

#include <chrono>

#include "answer.h"
#include "store.h"

namespace bidseal::softukey {
namespace {

// Looking every 50 ms costs little and finds every change that lasts as long as a plugging does.
constexpr std::chrono::milliseconds interval{50};

}  // namespace

Events& Events::instance() {
    static Events events;
    return events;
}

void Events::remember_present() {
    const std::lock_guard<std::mutex> lock(m_mutex);
    if (m_started)
        return;
    m_started = true;
    m_known = list_devices();
}

std::optional<Event> Events::look() {
    const std::set<std::string> present = list_devices();
    for (const std::string& name : m_known) {
        if (present.count(name) == 0)
            return Event{name, false};
    }
    for (const std::string& name : present) {
        if (m_known.count(name) == 0)
            return Event{name, true};
    }
    return std::nullopt;
}

void Events::wait(const std::function<bool(const Event&)>& take) {
    remember_present();
    std::unique_lock<std::mutex> lock(m_mutex);
    const uint64_t before = m_cancelled;
    for (;;) {
        demand(m_cancelled == before, SAR_NOT_EVENTERR);
        if (const auto event = look()) {
            if (!take(*event))
                return;
            if (event->plugged_in) {
                m_known.insert(event->device);
            } else {
                m_known.erase(event->device);
            }
            return;
        }
        m_wake.wait_for(lock, interval);
    }
}

void Events::cancel() {
    const std::lock_guard<std::mutex> lock(m_mutex);
    ++m_cancelled;
    m_wake.notify_all();
}

}  // namespace bidseal::softukey
