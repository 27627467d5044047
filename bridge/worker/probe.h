// Finds out how a library was built: by a known-answer test on a container that is thrown away.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "bidseal/base/secret.h"

#include "bridge/ukey/profile.h"

namespace bidseal::worker {

struct ProbeRequest {
    std::string library;
    std::string name = "probed";           ///< for the profile
    std::string device;                    ///< which token, when several are there; else empty
    std::vector<std::string> environment;  ///< as in a profile
    std::string program;                   ///< the worker; empty: the installed one
    /// Asked for once, when a token was found: the user PIN.
    std::function<SecretBytes(const std::string& label)> pin;
    /// Told of each step, in English.
    std::function<void(const std::string&)> tell;
};

/// Tries profiles, each in a process of its own, on the container "BIDSEAL-PROBE", which is deleted
/// at the end. Throws Error: token_driver (no library of a kind that is known), token_absent,
/// token_unsupported (the token makes no keys, or nothing opens a wrap), and what the PIN costs.
ukey::Profile probe(const ProbeRequest& request);

}  // namespace bidseal::worker
