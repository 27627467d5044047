// Driver for GM/T 0016 (SKF) libraries: the vendors' and the software UKey alike.
#pragma once

#include <memory>
#include <string>

#include "bridge/ukey/profile.h"
#include "bridge/ukey/raw.h"

namespace bidseal::skf {

/// Loads a library into this process: the worker's, or a tool's. Throws Error: token_driver when it
/// cannot be loaded or lacks a function that the bridge needs, token_unsupported for a profile that
/// cannot be called on this machine.
std::unique_ptr<ukey::RawDriver> load_raw(const std::string& path, const ukey::Profile& profile);

}  // namespace bidseal::skf
