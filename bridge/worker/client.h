// The bridge's side: a raw driver whose library runs in a worker process.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "bridge/ukey/profile.h"
#include "bridge/ukey/raw.h"

namespace bidseal::worker {

struct ClientOptions {
    std::string program;  ///< the worker's executable; see find_worker()
    std::string library;
    ukey::Profile profile;
    std::chrono::milliseconds load_time{5000};        ///< until the library is loaded
    std::chrono::milliseconds call_time{60000};       ///< for one call; tokens are slow
    std::chrono::milliseconds generate_time{180000};  ///< for making a key
    /// After so many ends of the process within this time it is not started again before some of
    /// them are older: calls fail at once with the error of the last end.
    size_t most_ends = 5;
    std::chrono::milliseconds ends_counted{30000};
    /// Called before each start of the process; what it throws is the call's error.
    std::function<void()> before_load;
    /// Told when the process ended by itself or was ended, with the error that its callers get.
    /// Called from any thread, and must not call the driver.
    std::function<void(ErrorCode)> on_end;
};

/// Starts the worker and has it load the library. Afterwards a process that crashes or hangs is
/// ended and started again at the next call. Throws Error: token_driver, token_driver_crashed,
/// token_driver_stuck, token_unsupported.
std::unique_ptr<ukey::RawDriver> start_client(const ClientOptions& options);

/// The worker for an architecture: beside this program, or where packages install it. Empty when
/// there is none.
std::string find_worker(ukey::Architecture architecture);

}  // namespace bidseal::worker
