#include "bridge/local/tokens/library_list.h"

#include "bidseal/protocol/json.h"

#include "bridge/local/base/system.h"

namespace bidseal::bridge {

namespace {

constexpr size_t max_list_bytes = 256 * 1024;
constexpr size_t max_library_bytes = 256u << 20;
constexpr size_t max_libraries = 16;

skf::Profile read_profile(protocol::ObjectReader r) {
    skf::Profile profile;
    profile.name = r.clean_text("name", 64);
    profile.ulong_size = r.choice("ulong_size", {"4", "8"}) == 0 ? 4 : 8;
    profile.packing = r.choice("packing", {"packed", "natural"}) == 0
                          ? skf::Profile::Packing::packed
                          : skf::Profile::Packing::natural;
    profile.call = r.choice("call", {"cdecl", "stdcall"}) == 0
                       ? skf::Profile::CallConvention::cdecl_
                       : skf::Profile::CallConvention::stdcall_;
    r.finish();
    return profile;
}

LibraryEntry read_entry(protocol::ObjectReader& r) {
    LibraryEntry entry;
    entry.path = r.text("path", 4096);
    if (entry.path.empty() || entry.path[0] != '/')
        r.refuse("path", "not an absolute path");
    entry.sm3 = r.hex<crypto::Sm3Digest>("sm3");
    if (r.has("profile"))
        entry.profile = read_profile(r.object("profile"));
    return entry;
}

}  // namespace

std::vector<LibraryEntry> parse_library_list(ByteView json) {
    protocol::JsonLimits limits;
    limits.max_bytes = max_list_bytes;
    protocol::Json value = protocol::parse_json(json, limits);
    protocol::ObjectReader r(value, protocol::MemberOrder::any);
    std::vector<LibraryEntry> entries = r.objects("libraries", 0, max_libraries, read_entry);
    r.finish();
    return entries;
}

std::vector<LibraryEntry> load_library_list(const std::string& path) {
    std::vector<LibraryEntry> entries =
        parse_library_list(read_file(path, max_list_bytes, FileOwner::admin));
    for (const LibraryEntry& entry : entries) {
        Bytes library = read_file(entry.path, max_library_bytes, FileOwner::admin);
        require(crypto::sm3(library) == entry.sm3, ErrorCode::token_driver,
                "a listed library is not the one whose digest is listed");
    }
    return entries;
}

}  // namespace bidseal::bridge
