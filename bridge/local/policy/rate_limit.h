// How often a page may ask, and how often it may make a window appear.
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

/// So many a second for each origin, and after a pause as many at once as five seconds bring. One
/// thread at a time.
class PaceLimit {
public:
    PaceLimit(uint32_t per_second, SteadyNow now)
        : m_per_second(per_second), m_now(std::move(now)) {}

    /// Throws Error(too_many_requests).
    void take(const std::string& origin);

private:
    struct Account {
        double left = 0;
        std::chrono::steady_clock::time_point counted;
    };
    uint32_t m_per_second;
    SteadyNow m_now;
    std::map<std::string, Account> m_accounts;
};

}  // namespace bidseal::bridge
