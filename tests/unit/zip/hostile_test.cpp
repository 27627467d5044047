// Archives that break the profile in one way each. Two readers could see two contents in most of
// them; the comment beside a case names the trick.
#include <functional>

#include <doctest/doctest.h>

#include "support/error_of.h"
#include "zip_test_support.h"

using namespace bidseal;
using namespace bidseal::test;

namespace {

/// Two good files, changed by the case.
std::string refusal_of(const std::function<void(RawZip&)>& change) {
    RawZip zip;
    zip.files = {stored_file("a.txt", "hello"), deflated_file("b.txt", prose(3000))};
    REQUIRE(zip_refusal(build(zip)) == "");
    change(zip);
    const Bytes bytes = build(zip);
    // The pieces in which an entry comes make no difference to the verdict.
    const std::string refusal = zip_refusal(bytes);
    CHECK(zip_refusal(bytes, 1) == refusal);
    return refusal;
}

Bytes text(const char* content) {
    return to_bytes(as_bytes(content));
}

/// An extra field as the Info-ZIP tools write it for file times.
const Bytes time_extra = {0x55, 0x54, 0x05, 0x00, 0x01, 0, 0, 0, 0};

}  // namespace

TEST_CASE("bytes that belong to no entry") {
    // A reader that searches for the end record backwards skips or shows them; others do not.
    CHECK(refusal_of([](RawZip& z) { z.comment = "hidden"; }) ==
          "it does not end with its end record");
    CHECK(refusal_of([](RawZip& z) { z.after = text("x"); }) ==
          "it does not end with its end record");
    // The comment holds another end record: the archive has two ends.
    CHECK(refusal_of([](RawZip& z) {
              const Bytes empty = make_zip({});
              z.comment = std::string(as_text(empty));
          }) == "there are bytes before its beginning, or around its central directory");
    CHECK(refusal_of([](RawZip& z) { z.before = text("#!/bin/sh\n"); }) ==
          "entries overlap, leave a gap or change places");
    // Prepended without counting: tools such as Info-ZIP correct the offsets by themselves.
    CHECK(refusal_of([](RawZip& z) {
              z.before = text("MZ");
              z.offset_lie = -2;
          }) == "there are bytes before its beginning, or around its central directory");
    CHECK(refusal_of([](RawZip& z) { z.between = text("x"); }) ==
          "there are bytes between entries and directory");
    CHECK(refusal_of([](RawZip& z) { z.before_end = text("x"); }) ==
          "there are bytes before its beginning, or around its central directory");
    // A gap after the first file, large enough for a hidden one.
    CHECK(refusal_of([](RawZip& z) {
              append(z.files[0].data, as_bytes("gap"));
              z.files[0].central["compressed_size"] = z.files[0].size;
          }) == "entries overlap, leave a gap or change places");
    CHECK(refusal_of([](RawZip& z) { z.files[0].comment = "c"; }) == "an entry has a comment");
}

TEST_CASE("end records that lie") {
    CHECK(refusal_of([](RawZip& z) { z.count_lie = -1; }) == "the number of entries is another");
    CHECK(refusal_of([](RawZip& z) { z.count_lie = 1; }) == "the number of entries is another");
    CHECK(refusal_of([](RawZip& z) { z.length_lie = -1; }) ==
          "there are bytes before its beginning, or around its central directory");
    CHECK(refusal_of([](RawZip& z) { z.offset_lie = 1; }) ==
          "there are bytes before its beginning, or around its central directory");
    CHECK(refusal_of([](RawZip& z) { z.disk = 1; }) == "it is spread over disks");
    // All ones announce ZIP64 records that are not there.
    CHECK(refusal_of([](RawZip& z) { z.count_lie = 0xFFFF - 2; }) ==
          "the ZIP64 end record is missing");
    // The directory's end and begin moved together: the last header is cut off.
    CHECK(refusal_of([](RawZip& z) {
              z.length_lie = -51;
              z.offset_lie = 51;
          }) == "entries overlap, leave a gap or change places");
}

TEST_CASE("every other number of entries on the two counters is refused") {
    Bytes bytes = make_zip({{"a", {}, zip::Method::stored}});
    bytes[bytes.size() - 14] = 2;  // entries on this disk
    CHECK(zip_refusal(bytes) == "its end records contradict each other");
}

TEST_CASE("a needless ZIP64 end record is refused") {
    // Built by hand: the classic record says FFFF, the ZIP64 record one entry.
    const Bytes good = make_zip({{"a", {}, zip::Method::stored}});
    const Bytes body(good.begin(), good.end() - 22);
    const Bytes zip64 = from_hex(
        "504b06062c000000000000002d032d000000000000000000"
        "01000000000000000100000000000000"
        "2f000000000000002f00000000000000"
        "504b0607000000005e0000000000000001000000"
        "504b050600000000ffffffffffffffffffffffff0000");
    Bytes bytes = body;
    append(bytes, zip64);
    CHECK(zip_refusal(bytes) == "its end records contradict each other");
}

TEST_CASE("local and central headers that differ") {
    const std::string differs = "a local header is unlike the directory";
    // A streaming reader shows the local name, others the central one.
    CHECK(refusal_of([](RawZip& z) { z.files[0].central_name = "c.txt"; }) == differs);
    CHECK(refusal_of([](RawZip& z) { z.files[0].central["method"] = 8; }) == differs);
    CHECK(refusal_of([](RawZip& z) { z.files[0].local_size = 5; }) == differs);
    CHECK(refusal_of([](RawZip& z) { z.files[0].local_compressed_size = 5; }) == differs);
    CHECK(refusal_of([](RawZip& z) { z.files[0].local_crc = z.files[0].crc; }) == differs);
    CHECK(refusal_of([](RawZip& z) {
              z.files[0].flags = 0x0008;
              z.files[0].central["flags"] = 0x0808;
          }) == differs);
    CHECK(refusal_of([](RawZip& z) {
              z.files[0].time = 1;
              z.files[0].central["time"] = 0;
          }) == differs);
    CHECK(refusal_of([](RawZip& z) {
              z.files[0].version = 45;
              z.files[0].central["version"] = 20;
          }) == differs);
    // An extra field in the local header alone moves the data that streaming readers see.
    CHECK(refusal_of([](RawZip& z) { z.files[1].local_extra = time_extra; }) ==
          "there are bytes between entries and directory");
}

TEST_CASE("fields that the profile fixes") {
    CHECK(refusal_of([](RawZip& z) { z.files[0].flags |= 1; }) == "an entry is encrypted");
    CHECK(refusal_of([](RawZip& z) { z.files[0].flags |= 0x40; }) == "an entry is encrypted");
    CHECK(refusal_of([](RawZip& z) { z.files[0].flags |= 0x2000; }) == "an entry is encrypted");
    const std::string flags = "an entry has other flags than data descriptor and UTF-8";
    CHECK(refusal_of([](RawZip& z) { z.files[0].flags = 0x0008; }) == flags);
    CHECK(refusal_of([](RawZip& z) { z.files[0].flags = 0x0800; }) == flags);
    CHECK(refusal_of([](RawZip& z) { z.files[0].flags |= 2; }) == flags);
    CHECK(refusal_of([](RawZip& z) { z.files[0].method = 12; }) ==
          "an entry is neither stored nor deflated");
    CHECK(refusal_of([](RawZip& z) { z.files[0].time = 1; }) == "an entry has a time of its own");
    CHECK(refusal_of([](RawZip& z) { z.files[0].date = 0x5A76; }) ==
          "an entry has a time of its own");
    CHECK(refusal_of([](RawZip& z) { z.files[0].version = 10; }) ==
          "an entry needs another version than its form");
    const std::string system = "a central header names another system or version";
    CHECK(refusal_of([](RawZip& z) { z.files[0].made_by = 0x002D; }) == system);
    CHECK(refusal_of([](RawZip& z) { z.files[0].made_by = 0x0314; }) == system);
    // A symbolic link: Unix mode 0120777 in the upper half of the attributes.
    CHECK(refusal_of([](RawZip& z) { z.files[0].external_attributes = 0xA1FF0000; }) ==
          "an entry has other attributes than a plain file");
    CHECK(refusal_of([](RawZip& z) { z.files[0].external_attributes = 0x10; }) ==
          "an entry has other attributes than a plain file");
    CHECK(refusal_of([](RawZip& z) { z.files[0].internal_attributes = 1; }) ==
          "an entry has internal attributes");
    CHECK(refusal_of([](RawZip& z) { z.files[0].disk = 1; }) == "an entry is on another disk");
}

TEST_CASE("extra fields") {
    const std::string extra = "an entry has an extra field that is not allowed";
    CHECK(refusal_of([](RawZip& z) { z.files[0].central_extra = time_extra; }) == extra);
    // A Unicode path extra field would give the entry a second name.
    CHECK(refusal_of([](RawZip& z) {
              z.files[0].central_extra = {0x75, 0x70, 6, 0, 1, 0, 0, 0, 0, 'x'};
          }) == extra);
    CHECK(refusal_of([](RawZip& z) { z.files[0].central_extra = {1, 0, 0, 0}; }) == extra);
    // ZIP64 where nothing needs it: readers that ignore the field see other sizes.
    CHECK(refusal_of([](RawZip& z) {
              z.files[0].central_extra = {1, 0, 16, 0, 5, 0, 0, 0, 0, 0,
                                          0, 0, 5,  0, 0, 0, 0, 0, 0, 0};
              z.files[0].central["size"] = 0xFFFFFFFF;
              z.files[0].central["compressed_size"] = 0xFFFFFFFF;
          }) == "an entry is in ZIP64 form without need, or the reverse");
    CHECK(refusal_of([](RawZip& z) {
              z.files[0].central_extra = {1, 0, 8, 0, 5, 0, 0, 0, 0, 0, 0, 0};
              z.files[0].central["size"] = 0xFFFFFFFF;
          }) == "an entry is in ZIP64 form by halves");
    CHECK(refusal_of([](RawZip& z) {
              z.files[0].central_extra = {1, 0, 8, 0, 0, 0, 0, 0, 0, 0, 0, 0};
              z.files[0].central["offset"] = 0xFFFFFFFF;
          }) == "an entry is in ZIP64 form without need, or the reverse");
    CHECK(refusal_of([](RawZip& z) {
              z.files[0].central_extra = {2, 0, 8, 0, 0, 0, 0, 0, 1, 0, 0, 0};
              z.files[0].central["offset"] = 0xFFFFFFFF;
          }) == extra);
}

TEST_CASE("names") {
    const std::string name = "an entry's name is not allowed";
    CHECK(refusal_of([](RawZip& z) { z.files[1].name = "a.txt"; }) == "a name stands twice");
    CHECK(refusal_of([](RawZip& z) { z.files[0].name = ""; }) == name);
    CHECK(refusal_of([](RawZip& z) { z.files[0].name = "folder/"; }) == name);
    CHECK(refusal_of([](RawZip& z) { z.files[0].name = "a\xFF"; }) == name);
    // Some readers cut a name at the zero byte.
    CHECK(refusal_of([](RawZip& z) { z.files[0].name = std::string("a.txt\0.exe", 10); }) == name);
}

TEST_CASE("places of entries") {
    const std::string places = "entries overlap, leave a gap or change places";
    // Both headers name the same data: the overlap of a quine or a bomb.
    CHECK(refusal_of([](RawZip& z) { z.files[1].central["offset"] = 0; }) == places);
    CHECK(refusal_of([](RawZip& z) { z.files[0].central["offset"] = 1; }) == places);
    CHECK(refusal_of([](RawZip& z) { z.files[0].central["offset"] = 0xFFFFFFFE; }) == places);
    CHECK(refusal_of([](RawZip& z) {
              z.files[1].central["compressed_size"] = z.files[1].data.size() + 1;
          }) == "an entry reaches into the central directory");
    CHECK(refusal_of([](RawZip& z) { z.files[1].central["compressed_size"] = 0xFFFFFFFE; }) ==
          "an entry reaches into the central directory");

    // The directory lists the files in another order than they stand.
    RawZip zip;
    zip.files = {stored_file("a", "xyz"), stored_file("b", "xyz")};
    const uint64_t length = 30 + 1 + 3 + 16;
    zip.files[0].central["offset"] = length;
    zip.files[1].central["offset"] = 0;
    CHECK(zip_refusal(build(zip)) == places);
}

TEST_CASE("data descriptors") {
    const std::string differs = "a data descriptor is unlike the directory";
    CHECK(refusal_of([](RawZip& z) { z.files[0].descriptor_signature = 0; }) == differs);
    CHECK(refusal_of([](RawZip& z) { z.files[1].has_descriptor_signature = false; }) ==
          "an entry reaches into the central directory");
    CHECK(refusal_of([](RawZip& z) { z.files[1].has_descriptor = false; }) ==
          "an entry reaches into the central directory");
    CHECK(refusal_of([](RawZip& z) {
              z.files[0].central["crc"] = z.files[0].crc;
              z.files[0].crc ^= 1;
          }) == differs);
}

TEST_CASE("contents unlike their headers") {
    CHECK(refusal_of([](RawZip& z) { z.files[0].crc ^= 0x100; }) ==
          "an entry's content has another CRC than the directory states");
    CHECK(refusal_of([](RawZip& z) { z.files[0].data[0] ^= 1; }) ==
          "an entry's content has another CRC than the directory states");
    CHECK(refusal_of([](RawZip& z) { z.files[0].size = 4; }) == "a stored entry has two sizes");
    CHECK(refusal_of([](RawZip& z) { z.files[1].size -= 1; }) ==
          "an entry's content is longer than the directory states");
    CHECK(refusal_of([](RawZip& z) { z.files[1].size += 1; }) ==
          "an entry's content is shorter than the directory states");
    CHECK(refusal_of([](RawZip& z) { z.files[1].size = 0; }) ==
          "an entry's content is longer than the directory states");
    // Bytes behind the end of the deflate stream are shown by nobody.
    CHECK(refusal_of([](RawZip& z) { append(z.files[1].data, as_bytes("hidden")); }) ==
          "bytes are hidden behind an entry's deflate data");
    CHECK(refusal_of([](RawZip& z) { z.files[1].data.pop_back(); }) ==
          "an entry's deflate data end too early");
    CHECK(refusal_of([](RawZip& z) {
              z.files[1].data = {0x07, 0x00};  // the reserved block type
              z.files[1].size = 10;
          }) == "an entry's deflate data are broken");
    CHECK(refusal_of([](RawZip& z) {
              z.files[1].data.clear();
              z.files[1].size = 0;
          }) == "an entry claims a size that deflate cannot reach");
}

TEST_CASE("a bomb gives no more than its size") {
    const Bytes content(20 << 20);
    RawZip zip;
    zip.files = {deflated_file("bomb", content)};
    CHECK(zip.files[0].data.size() < 25000);
    CHECK(zip_refusal(build(zip)) == "");

    zip.files[0].size = 1000;
    const Bytes bytes = build(zip);
    const auto directory = zip::parse_end(ByteView(bytes).last(98), bytes.size());
    const auto entries = zip::parse_directory(
        ByteView(bytes).subspan(directory.offset, directory.length), directory);
    MemorySink sink;
    zip::EntryReader reader(entries[0], sink);
    const auto error = error_of([&] { reader.write(ByteView(bytes).first(entries[0].length())); });
    REQUIRE(error);
    CHECK(error->code() == ErrorCode::zip_invalid);
    CHECK(sink.bytes.size() <= 1000);

    // A size beyond what deflate can reach is refused before anything is decoded.
    zip.files[0].size = 0xEFFFFFFF;
    CHECK(zip_refusal(build(zip)) == "an entry claims a size that deflate cannot reach");
}

TEST_CASE("a ZIP cut short anywhere is refused") {
    const Bytes bytes = make_zip(
        {{"a", text("hello"), zip::Method::stored}, {"b", prose(500), zip::Method::deflated}});
    for (size_t length = 0; length < bytes.size(); ++length) {
        CHECK(zip_refusal(ByteView(bytes).first(length)) != "");
        CHECK(zip_refusal(ByteView(bytes).last(length)) != "");
    }
}

TEST_CASE("no byte of a ZIP can be changed unseen") {
    const Bytes bytes = make_zip(
        {{"a", text("hello"), zip::Method::stored}, {"b", text("world"), zip::Method::stored}});
    for (size_t i = 0; i < bytes.size(); ++i) {
        for (int bit = 0; bit < 8; ++bit) {
            Bytes changed = bytes;
            changed[i] = static_cast<uint8_t>(changed[i] ^ (1 << bit));
            CAPTURE(i);
            CAPTURE(bit);
            CHECK(zip_refusal(changed) != "");
        }
    }
}

TEST_CASE("an error of the directory names the entry") {
    RawZip zip;
    zip.files = {stored_file("a", "x"), stored_file("b", "y"), stored_file("c", "z")};
    zip.files[2].external_attributes = 0;
    const Bytes bytes = build(zip);
    const auto error = error_of([&] { read_zip(bytes); });
    REQUIRE(error);
    CHECK(error->position() == 2);
}
