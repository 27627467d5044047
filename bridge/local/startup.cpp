#include "bridge/local/startup.h"

#include <unistd.h>

#include "bidseal/base/error.h"

#include "bridge/local/base/private_files.h"
#include "bridge/local/policy/signed_policy.h"
#include "bridge/local/tokens/library_list.h"

namespace bidseal::bridge {

namespace {

constexpr size_t max_user_policy_bytes = 256 * 1024;
constexpr size_t max_certificate_bytes = 1u << 20;
constexpr size_t max_signed_policy_bytes = 1u << 20;

bool is_there(const std::string& path) {
    return ::access(path.c_str(), F_OK) == 0;
}

/// The named file, or the usual one when it is there; empty without.
std::string named_or_usual(const std::string& named, const char* usual) {
    return !named.empty() ? named : is_there(usual) ? usual : "";
}

void add_signed_policy(OriginPolicy& origins, const Options& options, const std::string& state,
                       Timestamp now, Log& log) {
    const std::string file = named_or_usual(options.signed_policy, usual_signed_policy);
    if (file.empty())
        return;
    try {
        const std::string root = named_or_usual(options.policy_root, usual_policy_root);
        require(!root.empty(), ErrorCode::policy_refused, "no root for signed policies");
        crypto::TrustStore trust;
        trust.roots = crypto::Certificate::parse_file(
            read_file(root, max_certificate_bytes, FileOwner::user_or_admin));
        const SignedPolicy policy = open_signed_policy(
            read_file(file, max_signed_policy_bytes, FileOwner::user_or_admin), trust, now);
        refuse_older_policy(state, policy.number);
        for (const std::string& origin : policy.pages.origins)
            origins.allow(origin);
        for (const std::string& origin : policy.pages.preloaded_origins)
            origins.preload(origin);
        for (const std::string& origin : policy.pages.digest_origins)
            origins.permit(Feature::digests, origin);
        for (const std::string& origin : policy.pages.decrypt_origins)
            origins.permit(Feature::decrypt, origin);
        log.write(LogLevel::info, "policy", {{"number", std::to_string(policy.number)}});
    } catch (const Error& error) {
        log.write(LogLevel::error, "policy", {{"error", error_name(error.code())}});
    }
}

}  // namespace

Options read_options(const std::vector<std::string>& arguments) {
    Options options = parse_options(arguments);
    if (options.help || options.version)
        return options;
    std::string path = options.policy_file;
    if (path.empty()) {
        path = default_policy_file();
        if (path.empty() || !is_there(path))
            return options;
    }
    apply_policy(options, read_file(path, max_user_policy_bytes, FileOwner::user_or_admin));
    return options;
}

std::vector<std::unique_ptr<ukey::TokenDriver>> load_drivers(const Options& options, Log& log) {
    std::vector<LibraryEntry> libraries;
    // For development the named libraries are all.
    const std::string list = options.token_libraries.empty()
                                 ? named_or_usual(options.token_manifest, usual_token_manifest)
                                 : options.token_manifest;
    if (!list.empty())
        libraries = load_library_list(list);
    for (const std::string& path : options.token_libraries) {
        log.write(LogLevel::warning, "unlisted_library");
        libraries.push_back(unlisted_library(path));
    }
    std::vector<std::unique_ptr<ukey::TokenDriver>> drivers;
    for (const LibraryEntry& library : libraries) {
        try {
            drivers.push_back(start_driver(library, log));
        } catch (const Error& error) {
            log.write(LogLevel::error, "driver",
                      {{"library", library.path}, {"error", error_name(error.code())}});
        }
    }
    return drivers;
}

std::vector<crypto::Certificate> load_certificates(const std::vector<std::string>& files) {
    std::vector<crypto::Certificate> certificates;
    for (const std::string& file : files) {
        const Bytes content = read_file(file, max_certificate_bytes, FileOwner::user_or_admin);
        for (crypto::Certificate& certificate : crypto::Certificate::parse_file(content))
            certificates.push_back(std::move(certificate));
    }
    return certificates;
}

std::optional<crypto::TrustStore> load_trust(const std::vector<std::string>& files) {
    if (files.empty())
        return std::nullopt;
    crypto::TrustStore trust;
    trust.roots = load_certificates(files);
    return trust;
}

std::string open_state_dir(const Options& options) {
    std::string folder = options.state_dir.empty() ? default_state_dir() : options.state_dir;
    require(!folder.empty(), ErrorCode::io_write, "no home folder: --state-dir is needed");
    make_private_folder(folder);
    return folder;
}

std::unique_ptr<Clock> make_clock(const Options& options, Log& log) {
    if (!options.test_clock)
        return std::make_unique<SystemClock>();
    log.write(LogLevel::warning, "test_clock", {{"time", format_time(*options.test_clock)}});
    return std::make_unique<FixedClock>(*options.test_clock);
}

OriginPolicy origin_policy(const Options& options, const std::string& state, Timestamp now,
                           Log& log) {
    OriginPolicy origins(options.development);
    for (const std::string& origin : options.origins)
        origins.allow(origin);
    for (const std::string& origin : options.preloaded_origins)
        origins.preload(origin);
    for (const std::string& origin : options.digest_origins)
        origins.permit(Feature::digests, origin);
    for (const std::string& origin : options.decrypt_origins)
        origins.permit(Feature::decrypt, origin);
    add_signed_policy(origins, options, state, now, log);
    return origins;
}

}  // namespace bidseal::bridge
