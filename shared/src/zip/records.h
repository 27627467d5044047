// The records of docs/spec/zip-profile.md as bytes. An entry determines its records entirely: the
// writer writes them, and the reader compares what it finds with them.
#pragma once

#include "bidseal/zip/entry.h"
#include "bidseal/zip/reader.h"

namespace bidseal::zip {

inline constexpr uint32_t local_signature = 0x04034b50;
inline constexpr uint32_t descriptor_signature = 0x08074b50;
inline constexpr uint32_t central_signature = 0x02014b50;
inline constexpr uint32_t end_signature = 0x06054b50;
inline constexpr uint32_t zip64_end_signature = 0x06064b50;
inline constexpr uint32_t zip64_locator_signature = 0x07064b50;

inline constexpr uint16_t entry_flags = 0x0808;  // data descriptor (bit 3), UTF-8 (bit 11)
inline constexpr uint16_t version_plain = 20;
inline constexpr uint16_t version_zip64 = 45;
// System 3 (Unix): for system 0 Info-ZIP takes names for CP850, whatever the UTF-8 flag says. The
// attributes are those of an ordinary file, mode 0644; with 0 nobody could read what unzip makes.
inline constexpr uint16_t version_made_by = 0x0300 | 45;
inline constexpr uint32_t fixed_attributes = 0x81A40000;
inline constexpr uint16_t fixed_time = 0;
inline constexpr uint16_t fixed_date = 0x0021;  // 1980-01-01

inline constexpr uint16_t all_ones_16 = 0xFFFF;
inline constexpr uint32_t all_ones_32 = 0xFFFFFFFF;

inline constexpr size_t local_header_bytes = 30;    // without name and extra field
inline constexpr size_t central_header_bytes = 46;  // without name and extra field
inline constexpr size_t end_bytes = 22;
inline constexpr size_t zip64_locator_bytes = 20;
inline constexpr size_t zip64_end_bytes = 56;
inline constexpr size_t all_end_bytes = zip64_end_bytes + zip64_locator_bytes + end_bytes;

inline constexpr size_t max_name_bytes = 65535;

inline constexpr size_t zlib_buffer_bytes = 64 * 1024;
inline constexpr size_t zlib_piece_bytes = size_t{1} << 30;  // zlib counts in 32 bits

/// The local header with name and extra field.
Bytes local_header(const Entry& entry);
/// The data descriptor, 16 bytes, or 24 in ZIP64 form.
Bytes data_descriptor(const Entry& entry);
/// Appends the entry's header of the central directory.
void append_central_header(Bytes& to, const Entry& entry);
/// The end of central directory record, after its ZIP64 forms where the directory needs them.
Bytes end_records(const Directory& directory);

/// Whether a name may stand in the ZIP at all: UTF-8, 1 to 65,535 bytes, no zero byte, no folder.
bool is_valid_name(std::string_view name);

}  // namespace bidseal::zip
