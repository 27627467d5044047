// Randomness and time of the operating system, behind the core's interfaces: for all native
// programs.
#pragma once

#include "bidseal/base/host.h"

namespace bidseal::host {

/// The kernel's random source, getrandom(2).
class SystemRandom : public Random {
public:
    /// Throws Error(random_unavailable).
    void fill(std::span<uint8_t> out) override;
};

/// The system's clock.
class SystemClock : public Clock {
public:
    Timestamp now() const override;
};

/// A clock that stands still, where somebody says what time it is.
class FixedClock : public Clock {
public:
    explicit FixedClock(Timestamp at) : m_at(at) {}
    Timestamp now() const override { return m_at; }

private:
    Timestamp m_at;
};

}  // namespace bidseal::host
