// bidseal-bridge trust: the second way in, for browsers that refuse plain connections.
#pragma once

#include <string>
#include <vector>

namespace bidseal::bridge {

/// install, remove, status. Throws Error(usage), and what files throw.
int run_trust_command(const std::vector<std::string>& words);

}  // namespace bidseal::bridge
