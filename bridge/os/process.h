// What a process does to itself, and what it knows of itself.
#pragma once

#include <string>

namespace bidseal::os {

/// For a process that holds PINs and runs foreign code: no core dumps, no debugger of the same
/// user, no new privileges, a closed pipe is an error and not a signal.
void harden_worker();

/// Ends this process at once, without destructors or handlers at exit: foreign code may hang there.
[[noreturn]] void end_process(int code);

/// The folder of the running program, without a slash at its end; empty when it is not known.
std::string program_folder();

/// Whether the file is there and may be run by this user.
bool is_program(const std::string& path);

/// The value of an environment variable, or nothing.
std::string environment_value(const std::string& name);

}  // namespace bidseal::os
