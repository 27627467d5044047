#include "records.h"

#include "bidseal/base/text.h"

namespace bidseal::zip {
namespace {

template <class Integer>
void put(Bytes& to, Integer value) {
    for (size_t i = 0; i < sizeof(Integer); ++i) {
        to.push_back(static_cast<uint8_t>(value >> (8 * i)));
    }
}

void put_u16(Bytes& to, uint64_t value) {
    put(to, static_cast<uint16_t>(value));
}
void put_u32(Bytes& to, uint64_t value) {
    put(to, static_cast<uint32_t>(value));
}
void put_u64(Bytes& to, uint64_t value) {
    put(to, value);
}

constexpr uint16_t zip64_extra_id = 0x0001;

/// What local and central header share: version, flags, method, time and date.
void put_common(Bytes& to, const Entry& entry) {
    put_u16(to, entry.is_zip64() ? version_zip64 : version_plain);
    put_u16(to, entry_flags);
    put_u16(to, static_cast<uint16_t>(entry.method));
    put_u16(to, fixed_time);
    put_u16(to, fixed_date);
}

}  // namespace

uint64_t Entry::length() const {
    const uint64_t extra_and_descriptor = is_zip64() ? 20 + 24 : 16;
    return local_header_bytes + name.size() + compressed_size + extra_and_descriptor;
}

Bytes local_header(const Entry& entry) {
    const bool zip64 = entry.is_zip64();
    Bytes bytes;
    put_u32(bytes, local_signature);
    put_common(bytes, entry);
    put_u32(bytes, 0);  // CRC and sizes stand in the descriptor
    put_u32(bytes, zip64 ? all_ones_32 : 0);
    put_u32(bytes, zip64 ? all_ones_32 : 0);
    put_u16(bytes, entry.name.size());
    put_u16(bytes, zip64 ? 20 : 0);
    append(bytes, as_bytes(entry.name));
    if (zip64) {
        put_u16(bytes, zip64_extra_id);
        put_u16(bytes, 16);
        put_u64(bytes, 0);
        put_u64(bytes, 0);
    }
    return bytes;
}

Bytes data_descriptor(const Entry& entry) {
    Bytes bytes;
    put_u32(bytes, descriptor_signature);
    put_u32(bytes, entry.crc);
    if (entry.is_zip64()) {
        put_u64(bytes, entry.compressed_size);
        put_u64(bytes, entry.size);
    } else {
        put_u32(bytes, entry.compressed_size);
        put_u32(bytes, entry.size);
    }
    return bytes;
}

void append_central_header(Bytes& to, const Entry& entry) {
    const bool far = entry.offset >= all_ones_32;
    Bytes extra;
    if (entry.is_zip64()) {
        put_u64(extra, entry.size);
        put_u64(extra, entry.compressed_size);
    }
    if (far) {
        put_u64(extra, entry.offset);
    }
    put_u32(to, central_signature);
    put_u16(to, version_made_by);
    put_common(to, entry);
    put_u32(to, entry.crc);
    put_u32(to, entry.is_zip64() ? all_ones_32 : entry.compressed_size);
    put_u32(to, entry.is_zip64() ? all_ones_32 : entry.size);
    put_u16(to, entry.name.size());
    put_u16(to, extra.empty() ? 0 : 4 + extra.size());
    put_u16(to, 0);  // comment
    put_u16(to, 0);  // disk
    put_u16(to, 0);  // internal attributes
    put_u32(to, fixed_attributes);
    put_u32(to, far ? all_ones_32 : entry.offset);
    append(to, as_bytes(entry.name));
    if (!extra.empty()) {
        put_u16(to, zip64_extra_id);
        put_u16(to, extra.size());
        append(to, extra);
    }
}

Bytes end_records(const Directory& directory) {
    const bool zip64 = directory.entry_count >= all_ones_16 || directory.length >= all_ones_32 ||
                       directory.offset >= all_ones_32;
    Bytes bytes;
    if (zip64) {
        put_u32(bytes, zip64_end_signature);
        put_u64(bytes, zip64_end_bytes - 12);  // of this record after this field
        put_u16(bytes, version_made_by);
        put_u16(bytes, version_zip64);
        put_u32(bytes, 0);  // this disk, and the directory's
        put_u32(bytes, 0);
        put_u64(bytes, directory.entry_count);
        put_u64(bytes, directory.entry_count);
        put_u64(bytes, directory.length);
        put_u64(bytes, directory.offset);
        put_u32(bytes, zip64_locator_signature);
        put_u32(bytes, 0);  // disk of the record above
        put_u64(bytes, directory.offset + directory.length);
        put_u32(bytes, 1);  // disks
    }
    put_u32(bytes, end_signature);
    put_u16(bytes, 0);  // this disk, and the directory's
    put_u16(bytes, 0);
    put_u16(bytes, zip64 ? all_ones_16 : directory.entry_count);
    put_u16(bytes, zip64 ? all_ones_16 : directory.entry_count);
    put_u32(bytes, zip64 ? all_ones_32 : directory.length);
    put_u32(bytes, zip64 ? all_ones_32 : directory.offset);
    put_u16(bytes, 0);  // comment
    return bytes;
}

bool is_valid_name(std::string_view name) {
    return !name.empty() && name.size() <= max_name_bytes && name.back() != '/' &&
           name.find('\0') == std::string_view::npos && is_valid_utf8(name);
}

}  // namespace bidseal::zip
