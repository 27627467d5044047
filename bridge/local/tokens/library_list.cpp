#include "bridge/local/tokens/library_list.h"

#include <functional>

#include "bidseal/base/text.h"
#include "bidseal/protocol/json.h"

#include "bridge/local/base/system.h"
#include "bridge/os/files.h"
#include "bridge/os/process.h"
#include "bridge/ukey/profile_file.h"
#include "bridge/worker/start.h"

namespace bidseal::bridge {

namespace {

constexpr size_t max_list_bytes = 256 * 1024;
constexpr size_t max_profile_bytes = 64 * 1024;
constexpr size_t max_library_bytes = 256u << 20;
constexpr size_t max_libraries = 16;

using ReadFile = std::function<Bytes(const std::string& path)>;

std::string absolute_path(protocol::ObjectReader& r, const char* member) {
    std::string path = r.text(member, 4096);
    if (path.empty() || path[0] != '/')
        r.refuse(member, "not an absolute path");
    return path;
}

ukey::Profile profile_of(protocol::ObjectReader& r, const std::string& folder,
                         const ReadFile& read) {
    if (r.value("profile").is_object()) {
        protocol::ObjectReader inside(r.value("profile"), protocol::MemberOrder::any);
        ukey::Profile profile = ukey::read_profile(inside);
        inside.finish();
        return profile;
    }
    const std::string name = r.identifier("profile");
    return ukey::parse_profile(read(folder + "/" + name + ".json"));
}

LibraryEntry read_entry(protocol::ObjectReader& r, const std::string& folder,
                        const ReadFile& read) {
    LibraryEntry entry;
    entry.path = absolute_path(r, "path");
    entry.sha256 = r.hex<crypto::Sha256Digest>("sha256");
    if (r.has("profile"))
        entry.profile = profile_of(r, folder, read);
    if (r.has("architecture"))
        entry.profile.architecture = ukey::architecture_named(r.text("architecture", 16));
    if (r.has("charset"))
        entry.profile.charset = ukey::charset_named(r.text("charset", 16));
    return entry;
}

// Beside the program as packages install them.
std::string default_profiles() {
    return os::program_folder() + "/../share/bidseal/profiles";
}

}  // namespace

std::vector<LibraryEntry> parse_library_list(ByteView json, const ReadFile& read) {
    protocol::JsonLimits limits;
    limits.max_bytes = max_list_bytes;
    protocol::Json value = protocol::parse_json(json, limits);
    protocol::ObjectReader r(value, protocol::MemberOrder::any);
    const std::string folder =
        r.has("profiles") ? absolute_path(r, "profiles") : default_profiles();
    std::vector<LibraryEntry> entries =
        r.objects("libraries", 0, max_libraries,
                  [&](protocol::ObjectReader& one) { return read_entry(one, folder, read); });
    r.finish();
    return entries;
}

void check_library(const LibraryEntry& entry) {
    require(os::only_admin_writes(entry.path), ErrorCode::token_driver,
            "a listed library, or a folder above it, may be written by others");
    const Bytes library = read_file(entry.path, max_library_bytes, FileOwner::admin);
    require(crypto::sha256(library) == *entry.sha256, ErrorCode::token_driver,
            "a listed library is not the one whose digest is listed");
}

std::vector<LibraryEntry> load_library_list(const std::string& path) {
    const auto read_admins = [](const std::string& file, size_t max_bytes) {
        require(os::only_admin_writes(file), ErrorCode::io_read,
                "a file of the administrator, or a folder above it, may be written by others");
        return read_file(file, max_bytes, FileOwner::admin);
    };
    return parse_library_list(read_admins(path, max_list_bytes), [&](const std::string& profile) {
        return read_admins(profile, max_profile_bytes);
    });
}

LibraryEntry unlisted_library(const std::string& path) {
    LibraryEntry entry;
    entry.path = path;
    entry.profile = ukey::Profile::unlisted();
    return entry;
}

std::unique_ptr<ukey::TokenDriver> start_driver(const LibraryEntry& entry, Log& log) {
    worker::ClientOptions options;
    options.library = entry.path;
    options.profile = entry.profile;
    if (entry.sha256) {
        options.before_load = [entry] {
            check_library(entry);
        };
    }
    options.on_end = [&log, path = entry.path](ErrorCode why) {
        log.write(LogLevel::error, "worker_ended", {{"library", path}, {"error", error_name(why)}});
    };
    return worker::start_driver(std::move(options));
}

}  // namespace bidseal::bridge
