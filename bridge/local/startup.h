// From options to the parts of a daemon; the command line uses the same.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "bidseal/crypto/certificate.h"

#include "bridge/local/base/log.h"
#include "bridge/local/base/system.h"
#include "bridge/local/options.h"
#include "bridge/local/policy/origin.h"
#include "bridge/ukey/token.h"

namespace bidseal::bridge {

/// The options with what the user's policy file adds. Throws what parse_options(), read_file() and
/// apply_policy() throw.
Options read_options(const std::vector<std::string>& arguments);

/// Where administrators list the libraries of UKeys.
inline constexpr const char* usual_token_manifest = "/etc/bidseal/libraries.json";

/// The drivers of all libraries that may be loaded; what cannot be loaded is logged and left out.
std::vector<std::unique_ptr<ukey::TokenDriver>> load_drivers(const Options& options, Log& log);

/// Certificates of files, PEM or DER. Throws what read_file() and Certificate::parse_file() throw.
std::vector<crypto::Certificate> load_certificates(const std::vector<std::string>& files);

/// Roots of platforms; nothing when none are configured.
std::optional<crypto::TrustStore> load_trust(const std::vector<std::string>& files);

/// The folder of the daemon's own files; it is there afterwards. Throws Error(io_write).
std::string open_state_dir(const Options& options);

/// The clock, or the one that stands still for tests.
std::unique_ptr<Clock> make_clock(const Options& options, Log& log);

/// Where administrators put the organisation's signed policy and the root that signs it.
inline constexpr const char* usual_signed_policy = "/etc/bidseal/policy.p7s";
inline constexpr const char* usual_policy_root = "/etc/bidseal/policy-root.pem";

/// Which pages may connect: the options', and those of the organisation's signed policy. A policy
/// that cannot be accepted is logged and adds nothing: the options' pages still work. Throws
/// Error(usage) for an origin of the options that may not be listed.
OriginPolicy origin_policy(const Options& options, const std::string& state, Timestamp now,
                           Log& log);

}  // namespace bidseal::bridge
