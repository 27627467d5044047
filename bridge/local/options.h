// Command line and policy file of bidseal-bridge.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "bidseal/base/bytes.h"
#include "bidseal/base/time.h"

#include "bridge/local/dialogs/texts.h"
#include "bridge/local/policy/origin.h"

namespace bidseal::bridge {

struct Options {
    bool help = false, version = false;
    bool development = false;  ///< http origins of this machine may be allowed
    std::vector<uint16_t> ports;
    std::vector<std::string> origins;
    std::vector<std::string> preloaded_origins;  ///< paired without a window
    std::vector<std::string> digest_origins;     ///< may have digests signed
    std::vector<std::string> decrypt_origins;    ///< may have envelopes opened
    std::vector<std::string> issuer_files;       ///< certificates of CAs, for the chains
    std::string state_dir;                       ///< the daemon's own files
    std::string signed_policy, policy_root;      ///< the organisation's policy, and who signs it
    std::string policy_file;                     ///< given by name: must be there
    std::string pinentry;
    std::string token_manifest;
    std::vector<std::string> token_libraries;  ///< --token-library: without digest, for development
    std::vector<std::string> trust_files;      ///< roots of platforms, PEM or DER
    std::optional<Timestamp> test_clock;
    std::optional<Language> language;
    std::chrono::seconds dialog_timeout{120};
    size_t windows_per_minute = 20;
    uint32_t requests_per_second = 100;
    unsigned message_seconds = 10;
};

/// Throws Error(usage) with the offending option as subject.
Options parse_options(const std::vector<std::string>& arguments);

/// $XDG_CONFIG_HOME/bidseal/bridge.json, or ~/.config/bidseal/bridge.json; empty without a home.
std::string default_policy_file();

/// $XDG_STATE_HOME/bidseal/bridge, or ~/.local/state/bidseal/bridge; empty without a home.
std::string default_state_dir();

/// Adds what the policy file says: `{"origins":[…],"development":bool,"pinentry":"/…",
/// "trust":["/…"]}`, all members optional. What the command line says stays.
/// Throws Error: json_invalid.
void apply_policy(Options& options, ByteView json);

/// The text of --help.
const char* usage_text();

}  // namespace bidseal::bridge
