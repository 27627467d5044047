// bidseal-bridge status|doctor|list|policy|logs: looking after the daemon from a terminal.
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
    std::string version;
    Timestamp started;
};
void write_run_file(const std::string& state, const RunningDaemon& daemon);
/// Nothing when no daemon holds the folder's lock.
std::optional<RunningDaemon> find_running(const std::string& state);

/// Runs a command when the first argument names one; gives its exit status. Nothing when it does
/// not: then the arguments are the daemon's. Throws Error: usage, and what the commands throw.
std::optional<int> run_command(const std::vector<std::string>& arguments);

}  // namespace bidseal::bridge
