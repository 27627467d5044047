// `bidseal-bridge start`: what desktops and links of pages call.
#pragma once

#include <string>
#include <vector>

namespace bidseal::bridge {

/// Makes the bridge run, if it does not: as the user's systemd unit where there is one, else as a
/// process of its own. `words` are nothing, or the URL of the link that was followed. A page
/// chooses that URL, so only the few that mean "start" are taken; throws Error(usage) for every
/// other one. 0 when it runs afterwards.
int run_start(const std::vector<std::string>& words);

}  // namespace bidseal::bridge
