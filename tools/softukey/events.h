// Plugging in and pulling out: what appears in the folder, and what goes from it.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <set>
#include <string>

namespace bidseal::softukey {

struct Event {
    std::string device;
    bool plugged_in = false;
};

class Events {
public:
    static Events& instance();

    /// The devices present at the first look are the ones that no event is told about.
    void remember_present();

    /// Blocks until a device comes or goes and `take` accepts the event (returns true); one that is
    /// not accepted is told again by the next call. Throws Answer SAR_NOT_EVENTERR after cancel().
    void wait(const std::function<bool(const Event&)>& take);

    /// Ends the waits that are under way.
    void cancel();

private:
    std::optional<Event> look();

    std::mutex m_mutex;
    std::condition_variable m_wake;
    bool m_started = false;
    std::set<std::string> m_known;
    uint64_t m_cancelled = 0;
};

}  // namespace bidseal::softukey
