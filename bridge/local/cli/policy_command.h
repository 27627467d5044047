// bidseal-bridge policy: pairings, and the policy that an organisation signs.
#pragma once

#include <string>
#include <vector>

namespace bidseal::bridge {

/// `list`, `revoke NAME`, `check FILE`, `sign …`. The exit status. Throws Error(usage) and what
/// the parts throw.
int run_policy_command(const std::vector<std::string>& arguments);

}  // namespace bidseal::bridge
