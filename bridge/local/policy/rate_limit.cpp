#include "bridge/local/policy/rate_limit.h"

#include <algorithm>

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

void PaceLimit::take(const std::string& origin) {
    constexpr double seconds_at_once = 5;
    const double most = m_per_second * seconds_at_once;
    const auto now = m_now();
    auto [place, fresh] = m_accounts.try_emplace(origin, Account{most, now});
    Account& account = place->second;
    const std::chrono::duration<double> passed = now - account.counted;
    account.left = std::min(most, account.left + passed.count() * m_per_second);
    account.counted = now;
    if (account.left < 1)
        throw Error(ErrorCode::too_many_requests);
    account.left -= 1;
}

}  // namespace bidseal::bridge
