// What writer and reader of the inner ZIP share. The profile is normative:
// docs/spec/zip-profile.md.
#pragma once

#include <cstdint>
#include <string>

#include "bidseal/base/bytes.h"

namespace bidseal::zip {

enum class Method : uint16_t { stored = 0, deflated = 8 };

/// From this plain size on an entry is written in ZIP64 form, and below it never. The distance to
/// 2^32 leaves room for what deflate adds to data that cannot be compressed.
inline constexpr uint64_t zip64_from_size = 0xF0000000;

/// One file of a ZIP.
struct Entry {
    std::string
        name;  // UTF-8, '/' between folders; whether it is a safe path is the caller's check
    Method method = Method::stored;
    uint32_t crc = 0;   // CRC-32 of the plain bytes
    uint64_t size = 0;  // of the plain bytes
    uint64_t compressed_size = 0;
    uint64_t offset = 0;  // of the local header, from the beginning of the ZIP

    bool is_zip64() const { return size >= zip64_from_size; }
    /// Bytes from the local header through the data descriptor.
    uint64_t length() const;
};

}  // namespace bidseal::zip
