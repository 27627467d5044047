#include "bridge/local/policy/rate_limit.h"

#include "bidseal/base/error.h"

namespace bidseal::bridge {

void RateLimit::take(const std::string& origin) {
    std::deque<std::chrono::steady_clock::time_point>& times = m_taken[origin];
    std::chrono::steady_clock::time_point now = m_now();
    while (!times.empty() && now - times.front() >= m_period)
        times.pop_front();
    if (times.size() >= m_count)
        throw Error(ErrorCode::too_many_requests);
    times.push_back(now);
}

}  // namespace bidseal::bridge
