// The end records and the central directory.
#include <algorithm>
#include <string>
#include <unordered_set>

#include "bidseal/base/error.h"

#include "records.h"

namespace bidseal::zip {
namespace {

[[noreturn]] void fail(const char* why) {
    throw Error(ErrorCode::zip_invalid, std::string("ZIP: ") + why);
}

void expect(bool condition, const char* why) {
    if (!condition) {
        fail(why);
    }
}

/// Takes little-endian integers off the front of a record.
class Cursor {
public:
    explicit Cursor(ByteView bytes) : m_bytes(bytes) {}

    size_t left() const { return m_bytes.size(); }
    ByteView take(size_t count) {
        expect(count <= m_bytes.size(), "a record ends too early");
        const ByteView taken = m_bytes.first(count);
        m_bytes = m_bytes.subspan(count);
        return taken;
    }
    uint16_t u16() { return static_cast<uint16_t>(number(2)); }
    uint32_t u32() { return static_cast<uint32_t>(number(4)); }
    uint64_t u64() { return number(8); }

private:
    uint64_t number(size_t size) {
        const ByteView bytes = take(size);
        uint64_t value = 0;
        for (size_t i = size; i-- > 0;) {
            value = value << 8 | bytes[i];
        }
        return value;
    }

    ByteView m_bytes;
};

/// What the ZIP64 record says; its other fields are compared afterwards.
Directory read_zip64_end(ByteView tail) {
    expect(tail.size() >= all_end_bytes, "the ZIP64 end record is missing");
    Cursor cursor(tail.last(all_end_bytes));
    expect(cursor.u32() == zip64_end_signature, "the ZIP64 end record is missing");
    cursor.take(28);  // up to the number of entries
    Directory directory;
    directory.entry_count = cursor.u64();
    directory.length = cursor.u64();
    directory.offset = cursor.u64();
    return directory;
}

Entry read_central_header(Cursor& cursor) {
    expect(cursor.u32() == central_signature, "the central directory holds something else");
    expect(cursor.u16() == version_made_by, "a central header names another system or version");
    const uint16_t version = cursor.u16();
    const uint16_t flags = cursor.u16();
    expect((flags & 0x2041) == 0, "an entry is encrypted");
    expect(flags == entry_flags, "an entry has other flags than data descriptor and UTF-8");
    const uint16_t method = cursor.u16();
    expect(method == static_cast<uint16_t>(Method::stored) ||
               method == static_cast<uint16_t>(Method::deflated),
           "an entry is neither stored nor deflated");
    const uint16_t time = cursor.u16();
    expect(time == fixed_time && cursor.u16() == fixed_date, "an entry has a time of its own");

    Entry entry;
    entry.method = static_cast<Method>(method);
    entry.crc = cursor.u32();
    const uint32_t compressed_size = cursor.u32();
    const uint32_t size = cursor.u32();
    const uint16_t name_bytes = cursor.u16();
    const uint16_t extra_bytes = cursor.u16();
    expect(cursor.u16() == 0, "an entry has a comment");
    expect(cursor.u16() == 0, "an entry is on another disk");
    expect(cursor.u16() == 0, "an entry has internal attributes");
    expect(cursor.u32() == fixed_attributes, "an entry has other attributes than a plain file");
    const uint32_t offset = cursor.u32();
    entry.name = std::string(as_text(cursor.take(name_bytes)));
    Cursor extra(cursor.take(extra_bytes));

    const bool zip64 = size == all_ones_32;
    const bool far = offset == all_ones_32;
    expect(zip64 == (compressed_size == all_ones_32), "an entry is in ZIP64 form by halves");
    const size_t extra_content_bytes = (zip64 ? size_t{16} : 0) + (far ? 8 : 0);
    expect(extra_bytes == (extra_content_bytes == 0 ? 0 : extra_content_bytes + 4),
           "an entry has an extra field that is not allowed");
    if (extra_content_bytes != 0) {
        expect(extra.u16() == 0x0001 && extra.u16() == extra_content_bytes,
               "an entry has an extra field that is not allowed");
    }
    entry.size = zip64 ? extra.u64() : size;
    entry.compressed_size = zip64 ? extra.u64() : compressed_size;
    entry.offset = far ? extra.u64() : offset;
    expect(zip64 == entry.is_zip64() && far == (entry.offset >= all_ones_32),
           "an entry is in ZIP64 form without need, or the reverse");
    expect(version == (zip64 ? version_zip64 : version_plain),
           "an entry needs another version than its form");
    return entry;
}

void check_sizes(const Entry& entry) {
    if (entry.method == Method::stored) {
        expect(entry.size == entry.compressed_size, "a stored entry has two sizes");
        return;
    }
    // Deflate turns one byte into 1,032 at most; more is a lie about the size.
    constexpr uint64_t max_ratio = 1032;
    expect(entry.compressed_size > 0 && entry.size / max_ratio <= entry.compressed_size,
           "an entry claims a size that deflate cannot reach");
}

}  // namespace

NeedBytes end_range(uint64_t zip_length) {
    const uint64_t length = std::min<uint64_t>(zip_length, all_end_bytes);
    return {zip_length - length, length};
}

Directory parse_end(ByteView tail, uint64_t zip_length, const Limits& limits) {
    require(tail.size() == end_range(zip_length).length, ErrorCode::usage,
            "the end of a ZIP is given in another length than asked for");
    expect(tail.size() >= end_bytes, "it is shorter than an end record");
    Cursor cursor(tail.last(end_bytes));
    expect(cursor.u32() == end_signature, "it does not end with its end record");
    expect(cursor.u32() == 0, "it is spread over disks");
    cursor.u16();
    Directory directory;
    directory.entry_count = cursor.u16();
    directory.length = cursor.u32();
    directory.offset = cursor.u32();
    expect(cursor.u16() == 0, "it has a comment");
    if (directory.entry_count == all_ones_16 || directory.length == all_ones_32 ||
        directory.offset == all_ones_32) {
        directory = read_zip64_end(tail);
    }
    // One directory has one spelling of its end.
    const Bytes expected = end_records(directory);
    expect(tail.size() >= expected.size() && equal(tail.last(expected.size()), expected),
           "its end records contradict each other");
    const uint64_t before_end = zip_length - expected.size();
    expect(directory.length <= before_end && directory.offset == before_end - directory.length,
           "there are bytes before its beginning, or around its central directory");
    if (directory.entry_count > limits.max_entries ||
        directory.length > limits.max_directory_bytes) {
        throw Error(ErrorCode::limit_exceeded, "ZIP with too many entries");
    }
    return directory;
}

std::vector<Entry> parse_directory(ByteView bytes, const Directory& directory) {
    require(bytes.size() == directory.length, ErrorCode::usage,
            "the central directory is given in another length than asked for");
    std::vector<Entry> entries;
    std::unordered_set<std::string> names;
    Cursor cursor(bytes);
    uint64_t next_offset = 0;
    try {
        while (cursor.left() > 0) {
            Entry entry = read_central_header(cursor);
            check_sizes(entry);
            expect(is_valid_name(entry.name), "an entry's name is not allowed");
            expect(names.insert(entry.name).second, "a name stands twice");
            expect(entry.offset == next_offset, "entries overlap, leave a gap or change places");
            expect(entry.compressed_size <= directory.offset &&
                       entry.length() <= directory.offset - next_offset,
                   "an entry reaches into the central directory");
            next_offset += entry.length();
            entries.push_back(std::move(entry));
        }
        expect(next_offset == directory.offset, "there are bytes between entries and directory");
        expect(entries.size() == directory.entry_count, "the number of entries is another");
    } catch (Error& error) {
        error.at(entries.size());
        throw;
    }
    return entries;
}

}  // namespace bidseal::zip
