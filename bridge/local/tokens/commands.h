// `bidseal-bridge token …` and `bidseal-bridge probe …`: managing a UKey and finding a library's
// profile, from a terminal. PINs are asked for in windows, as for pages.
#pragma once

#include <string>
#include <vector>

namespace bidseal::bridge {

/// The words after `token`. Returns the exit code; throws Error, usage for words that are wrong.
int run_token_command(const std::vector<std::string>& words);

/// The words after `probe`. Prints the profile to standard output and its steps to standard error.
int run_probe_command(const std::vector<std::string>& words);

const char* token_usage_text();

}  // namespace bidseal::bridge
