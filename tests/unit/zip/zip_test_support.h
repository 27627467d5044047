// Helpers of the ZIP tests: whole archives in memory, and archives put together by hand.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "bidseal/zip/reader.h"
#include "bidseal/zip/writer.h"

namespace bidseal::test {

struct File {
    std::string name;
    Bytes content;
    zip::Method method = zip::Method::stored;
};

/// Bytes that deflate cannot shrink, the same for the same seed.
Bytes noise(size_t length, uint32_t seed = 1);
/// Bytes that deflate shrinks well.
Bytes prose(size_t length);

/// The ZIP of these files, each written in pieces of `step` bytes.
Bytes make_zip(const std::vector<File>& files, size_t step = 1 << 20, int level = 6);

/// Reads a whole ZIP as a bid's reader does, each entry fed in pieces of `step` bytes.
std::vector<File> read_zip(ByteView bytes, size_t step = 1 << 20, const zip::Limits& limits = {});

/// The message of the Error(zip_invalid) that reading gives, without its "ZIP: "; "" when it reads;
/// the error's name when it is another error.
std::string zip_refusal(ByteView bytes, size_t step = 1 << 20);

/// One file of an archive put together by hand, every field open to a lie.
struct RawFile {
    std::string name = "a.txt";
    Bytes data;  // as it stands in the archive
    uint16_t method = 0;
    uint32_t crc = 0;
    uint32_t size = 0;
    uint16_t version = 20;
    uint16_t flags = 0x0808;
    uint16_t time = 0;
    uint16_t date = 0x0021;
    uint32_t local_crc = 0;
    uint32_t local_compressed_size = 0;
    uint32_t local_size = 0;
    Bytes local_extra;
    uint32_t descriptor_signature = 0x08074b50;
    bool has_descriptor_signature = true;
    bool has_descriptor = true;

    uint16_t made_by = 0x032D;
    uint16_t disk = 0;
    uint16_t internal_attributes = 0;
    uint32_t external_attributes = 0x81A40000;
    Bytes central_extra;
    std::string comment;
    /// Where the central header departs from the local one, by field name: "name", "method" …
    std::map<std::string, uint64_t> central;
    std::string central_name;  // when not empty
};

struct RawZip {
    std::vector<RawFile> files;
    Bytes before;            // prepended, with offsets that count it
    Bytes between;           // between the entries and the central directory
    Bytes before_end;        // between the central directory and the end record
    Bytes after;             // appended
    std::string comment;     // of the archive
    int64_t count_lie = 0;   // added to the number of entries
    int64_t length_lie = 0;  // added to the length of the directory
    int64_t offset_lie = 0;  // added to the offset of the directory
    uint16_t disk = 0;
};

/// A stored file as the profile asks.
RawFile stored_file(const std::string& name, const std::string& content);
/// A deflated file as the profile asks.
RawFile deflated_file(const std::string& name, ByteView content);
/// The archive's bytes.
Bytes build(const RawZip& zip);

}  // namespace bidseal::test
