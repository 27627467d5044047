// A token driver over a library in a worker process.
#pragma once

#include <memory>
#include <string>

#include "bridge/ukey/profile.h"
#include "bridge/ukey/token.h"
#include "bridge/worker/client.h"

namespace bidseal::worker {

/// With the worker of the profile's architecture that is installed, unless `options` names one.
/// Throws Error: token_driver (also when there is no such worker) and as start_client() does.
std::unique_ptr<ukey::TokenDriver> start_driver(ClientOptions options);

/// The same for a library that the person at the keyboard chose.
std::unique_ptr<ukey::TokenDriver> start_driver(const std::string& library,
                                                const ukey::Profile& profile);

}  // namespace bidseal::worker
