// Which driver libraries may be loaded: the administrator's list.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "bidseal/base/bytes.h"
#include "bidseal/crypto/sha256.h"

#include "bridge/local/base/log.h"
#include "bridge/ukey/profile.h"
#include "bridge/ukey/token.h"

namespace bidseal::bridge {

struct LibraryEntry {
    std::string path;
    /// Of the file, as `sha256sum` prints it; nothing for a library that nobody listed.
    std::optional<crypto::Sha256Digest> sha256;
    ukey::Profile profile;
};

/// Reads `{"profiles":"/folder","libraries":[{"path":"/…","sha256":"hex","profile":…,
/// "architecture":"x86_64"|"i386","charset":"utf-8"|"gbk"}]}`; see docs/guide/ukey-profiles.md. A
/// profile is the name of a file in the folder of profiles or an object; `read` gives a profile
/// file's content. Architecture and character set, where given, count more than the profile's.
/// Throws Error: json_invalid, and what `read` throws.
std::vector<LibraryEntry> parse_library_list(
    ByteView json, const std::function<Bytes(const std::string& path)>& read);

/// The same from a file that only root may have written, the profiles and the folders above them
/// too. Throws Error: io_read, json_invalid.
std::vector<LibraryEntry> load_library_list(const std::string& path);

/// Checks that only the administrator may write a listed library and the folders above it, and that
/// it is the listed one. Done before each load. Throws Error: token_driver, io_read.
void check_library(const LibraryEntry& entry);

/// A library that nobody listed, for development; see ukey::Profile::unlisted().
LibraryEntry unlisted_library(const std::string& path);

/// The driver in a worker process of its own. Ends and restarts of the process are logged. Throws
/// Error: token_driver (also when there is no worker for the architecture), token_driver_crashed,
/// token_driver_stuck, token_unsupported.
std::unique_ptr<ukey::TokenDriver> start_driver(const LibraryEntry& entry, Log& log);

}  // namespace bidseal::bridge
