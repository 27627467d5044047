// The system's randomness and time, and the files that a daemon reads when it starts.
#pragma once

#include <chrono>
#include <functional>
#include <string>

#include "bidseal/base/host.h"

namespace bidseal::bridge {

/// getrandom(2).
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

/// A clock that stands still: for tests of what depends on the opening time (--test-clock).
class FixedClock : public Clock {
public:
    explicit FixedClock(Timestamp time) : m_time(time) {}
    Timestamp now() const override { return m_time; }

private:
    Timestamp m_time;
};

/// Time that only runs forward, for measuring how long something took. Injected in tests.
using SteadyNow = std::function<std::chrono::steady_clock::time_point()>;

/// Who may have written a file that the daemon obeys.
enum class FileOwner {
    anyone,         ///< no check
    user_or_admin,  ///< this user or root, and nobody else may write it
    admin,          ///< root alone may write it
};

/// Reads a whole file. Throws Error: io_read (missing, or written by someone who may not),
/// limit_exceeded.
Bytes read_file(const std::string& path, size_t max_bytes, FileOwner owner = FileOwner::anyone);

}  // namespace bidseal::bridge
