// Wrong PINs, counted where the phone cannot reach: on the service.
#pragma once

#include <optional>
#include <vector>

#include "bidseal/base/bytes.h"
#include "bidseal/base/time.h"
#include "bidseal/base/wire.h"

namespace bidseal::cosign {

/// SM3 of the request that carried a wrong PIN.
using AttemptDigest = FixedBytes<32, struct AttemptDigestTag>;

/// 3 wrong PINs: wait 15 minutes; 3 more: 24 hours; 9: locked until someone unlocks the key after
/// an identity check. A right PIN starts anew.
class PinCounter {
public:
    static constexpr uint32_t lock_at = 9;

    /// Throws Error: cosign_pin_locked; cosign_pin_paused with at() the second when it may be tried
    /// again and retries() left. So even the right PIN is not tried during a pause.
    void require_open(Timestamp now) const;
    /// Counts a wrong PIN, the same request once however often a network repeats it, and throws
    /// Error(cosign_pin_wrong) with the tries left before the lock, or cosign_pin_locked.
    [[noreturn]] void fail(Timestamp now, const AttemptDigest& attempt);
    void succeed();
    /// Takes the lock away; the caller has checked who asks.
    void unlock() { *this = PinCounter(); }

    bool locked() const { return m_failures >= lock_at; }
    uint32_t failures() const { return m_failures; }
    uint32_t tries_left() const { return locked() ? 0 : lock_at - m_failures; }
    /// Tries before the next pause or lock.
    uint32_t tries_before_pause() const { return locked() ? 0 : 3 - m_failures % 3; }
    std::optional<Timestamp> paused_until() const;

    void append_to(Bytes& record) const;
    static PinCounter read_from(WireReader& record);

private:
    uint32_t m_failures = 0;
    int64_t m_paused_until = 0;
    std::vector<AttemptDigest> m_attempts;  // those counted, so m_failures of them
};

}  // namespace bidseal::cosign
