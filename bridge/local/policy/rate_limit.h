// How often a page may make a window appear.
#pragma once

#include <chrono>
#include <deque>
#include <map>
#include <string>

#include "bridge/local/base/system.h"

namespace bidseal::bridge {

/// At most `count` in any `period`, for each origin. One thread at a time.
class RateLimit {
public:
    RateLimit(size_t count, std::chrono::seconds period, SteadyNow now)
        : m_count(count), m_period(period), m_now(std::move(now)) {}

    /// Counts one more. Throws Error(too_many_requests), which is not counted.
    void take(const std::string& origin);

private:
    size_t m_count;
    std::chrono::seconds m_period;
    SteadyNow m_now;
    std::map<std::string, std::deque<std::chrono::steady_clock::time_point>> m_taken;
};

}  // namespace bidseal::bridge
