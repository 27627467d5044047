// What the daemon has of the system: randomness, time, and the files that it reads when it starts.
#pragma once

#include <chrono>
#include <functional>
#include <string>

#include "bidseal/base/bytes.h"

#include "bridge/host/system.h"

namespace bidseal::bridge {

using host::FixedClock;
using host::SystemClock;
using host::SystemRandom;

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
