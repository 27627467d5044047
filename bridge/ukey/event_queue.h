// Devices that come and go, as a driver tells of them.
#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "bridge/ukey/raw.h"

namespace bidseal::ukey {

/// What was plugged in and out. Thread safe.
class EventQueue {
public:
    explicit EventQueue(const std::vector<std::string>& present)
        : m_known(present.begin(), present.end()) {}

    /// Takes in what is present now.
    void see(const std::vector<std::string>& present);
    /// Takes in one change that was told.
    void tell(const std::string& device, bool plugged_in);
    /// The next event, or nothing when the time is up or cancel() was called.
    std::optional<RawEvent> take(std::chrono::milliseconds timeout);
    void cancel();
    bool take_cancelled();

private:
    void note(const std::string& device, bool plugged_in);

    std::mutex m_mutex;
    std::condition_variable m_changed;
    std::set<std::string> m_known;
    std::deque<RawEvent> m_events;
    bool m_cancelled = false;
};

}  // namespace bidseal::ukey
