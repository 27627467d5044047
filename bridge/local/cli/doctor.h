// bidseal-bridge doctor: what works on this computer, and what to do where it does not.
#pragma once

#include <string>
#include <vector>

namespace bidseal::bridge {

/// Prints a line for each check. 0 when nothing failed, 1 otherwise; warnings do not count.
int run_doctor(const std::vector<std::string>& options, bool json);

}  // namespace bidseal::bridge
