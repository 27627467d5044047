// bidseal-bridge start|status|doctor|list|policy|logs: looking after the daemon from a terminal.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "bidseal/base/time.h"

namespace bidseal::bridge {

/// What a running daemon leaves for the command line: `run.json` in its state folder.
struct RunningDaemon {
    int64_t pid = 0;
    uint16_t port = 0;
    uint16_t secure_port = 0;  ///< with TLS; 0 where that is not installed
    std::string version;
    Timestamp started;
};
void write_run_file(const std::string& state, const RunningDaemon& daemon);
/// What the daemon that was started last in this folder wrote; it may have ended since.
std::optional<RunningDaemon> last_started(const std::string& state);
/// Nothing when no daemon holds the folder's lock.
std::optional<RunningDaemon> find_running(const std::string& state);

/// Runs a command when the first argument names one; gives its exit status. Nothing when it does
/// not: then the arguments are the daemon's. Throws Error: usage, and what the commands throw.
std::optional<int> run_command(const std::vector<std::string>& arguments);

}  // namespace bidseal::bridge
