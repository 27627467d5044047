// Which driver libraries may be loaded: the administrator's list.
#pragma once

#include <string>
#include <vector>

#include "bidseal/base/bytes.h"

#include "bridge/ukey/skf/driver.h"

namespace bidseal::bridge {

struct LibraryEntry {
    std::string path;
    crypto::Sm3Digest sm3;  ///< of the file, as `openssl dgst -sm3` prints it
    skf::Profile profile;
};

/// Reads `{"libraries":[{"path":"/…","sm3":"hex","profile":{"name":…,"ulong_size":"4"|"8",
/// "packing":"packed"|"natural","call":"cdecl"|"stdcall"}}]}`. Throws Error: json_invalid.
std::vector<LibraryEntry> parse_library_list(ByteView json);

/// The same from a file that only root may have written, each library too; checks the digests.
/// Throws Error: io_read, json_invalid, token_driver (a library is not the listed one).
std::vector<LibraryEntry> load_library_list(const std::string& path);

}  // namespace bidseal::bridge
