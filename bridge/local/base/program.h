// Other programs that a command runs: systemctl, certutil.
#pragma once

#include <string>
#include <vector>

namespace bidseal::bridge {

struct ProgramOutcome {
    int code = -1;       ///< as the shell has it: 128 + the signal when one ended it
    std::string output;  ///< both streams, at most 64 KiB
};

/// Runs a program to its end: nothing to read, no shell, nothing inherited but the environment.
/// `words` are its arguments without its name. Throws Error(internal) when it cannot be started.
ProgramOutcome run_program(const std::string& path, const std::vector<std::string>& words);

/// Starts a program in a session of its own, with its streams at /dev/null, and gives its process
/// id; it goes on after this one ends. Throws Error(internal) when it cannot be started.
long start_program(const std::string& path, const std::vector<std::string>& words);

}  // namespace bidseal::bridge
