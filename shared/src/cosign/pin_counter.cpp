#include "bidseal/cosign/pin_counter.h"

#include <algorithm>

namespace bidseal::cosign {
namespace {

constexpr int64_t short_pause = 15 * 60;
constexpr int64_t long_pause = 24 * 60 * 60;

}  // namespace

std::optional<Timestamp> PinCounter::paused_until() const {
    if (m_paused_until == 0)
        return std::nullopt;
    return Timestamp{m_paused_until};
}

void PinCounter::require_open(Timestamp now) const {
    if (locked())
        throw Error(ErrorCode::cosign_pin_locked).retries(0);
    if (now.seconds < m_paused_until)
        throw Error(ErrorCode::cosign_pin_paused)
            .at(static_cast<uint64_t>(m_paused_until))
            .retries(tries_left());
}

void PinCounter::fail(Timestamp now, const AttemptDigest& attempt) {
    const bool repeated =
        std::find(m_attempts.begin(), m_attempts.end(), attempt) != m_attempts.end();
    if (!repeated) {
        m_attempts.push_back(attempt);
        m_failures++;
        if (m_failures == 3)
            m_paused_until = now.seconds + short_pause;
        if (m_failures == 6)
            m_paused_until = now.seconds + long_pause;
    }
    throw Error(locked() ? ErrorCode::cosign_pin_locked : ErrorCode::cosign_pin_wrong)
        .retries(tries_left());
}

void PinCounter::succeed() {
    *this = PinCounter();
}

void PinCounter::append_to(Bytes& record) const {
    append_u32(record, m_failures);
    append_u64(record, static_cast<uint64_t>(m_paused_until));
    for (const AttemptDigest& attempt : m_attempts)
        append(record, attempt.view());
}

PinCounter PinCounter::read_from(WireReader& record) {
    PinCounter counter;
    counter.m_failures = record.u32();
    const uint64_t until = record.u64();
    record.check(counter.m_failures <= lock_at && until <= INT64_MAX);
    counter.m_paused_until = static_cast<int64_t>(until);
    for (uint32_t i = 0; i < counter.m_failures; i++)
        counter.m_attempts.push_back(record.fixed<AttemptDigest>());
    return counter;
}

}  // namespace bidseal::cosign
