// ZIP64: many entries, and four GiB without holding them.
#include <algorithm>
#include <string>

#include <doctest/doctest.h>

#include "support/error_of.h"
#include "zip_test_support.h"

using namespace bidseal;
using namespace bidseal::test;
using zip::Method;

namespace {

/// Keeps the first and the last bytes and counts the rest.
class EdgesSink : public Sink {
public:
    static constexpr size_t edge = 512;
    Bytes head;
    Bytes tail;
    uint64_t length = 0;

    void write(ByteView bytes) override {
        length += bytes.size();
        if (head.size() < edge) {
            append(head, bytes.first(std::min(bytes.size(), edge - head.size())));
        }
        append(tail, bytes.last(std::min(bytes.size(), edge)));
        if (tail.size() > edge) {
            tail.erase(tail.begin(), tail.end() - edge);
        }
    }
};

/// Counts, and checks that all bytes are zero.
class ZerosSink : public Sink {
public:
    uint64_t length = 0;
    bool all_zero = true;

    void write(ByteView bytes) override {
        length += bytes.size();
        all_zero = all_zero && bytes.front() == 0 && bytes.back() == 0;
    }
};

// Eight GiB of CRC take a minute with sanitizers; the plain and the wasm build run them.
#if defined(__SANITIZE_ADDRESS__)
constexpr bool sanitized = true;
#elif defined(__has_feature)
constexpr bool sanitized = __has_feature(address_sanitizer);
#else
constexpr bool sanitized = false;
#endif

const Bytes zeros(1 << 20);

/// Calls write(piece) until `length` zero bytes have gone.
template <class Call>
void write_zeros(uint64_t length, Call write) {
    while (length > 0) {
        const ByteView part =
            ByteView(zeros).first(static_cast<size_t>(std::min<uint64_t>(length, zeros.size())));
        write(part);
        length -= part.size();
    }
}

}  // namespace

TEST_CASE("more than 65,534 entries need the ZIP64 end record") {
    for (const uint64_t count : {uint64_t{65534}, uint64_t{65535}, uint64_t{65536}}) {
        MemorySink sink;
        zip::Writer writer(sink);
        for (uint64_t i = 0; i < count; ++i) {
            writer.begin_file(std::to_string(i), 0, Method::stored);
            writer.end_file();
        }
        writer.finish();
        const ByteView bytes = sink.bytes;
        const bool zip64 = to_hex(bytes.last(98).first(4)) == "504b0606";
        CHECK(zip64 == (count > 65534));

        zip::Limits limits;
        CHECK(error_name_of([&] { zip::parse_end(bytes.last(98), bytes.size(), limits); }) ==
              "limit_exceeded");
        limits.max_entries = count;
        const auto directory = zip::parse_end(bytes.last(98), bytes.size(), limits);
        CHECK(directory.entry_count == count);
        const auto entries =
            zip::parse_directory(bytes.subspan(directory.offset, directory.length), directory);
        REQUIRE(entries.size() == count);
        CHECK(entries.back().name == std::to_string(count - 1));
        limits.max_directory_bytes = directory.length - 1;
        CHECK(error_name_of([&] { zip::parse_end(bytes.last(98), bytes.size(), limits); }) ==
              "limit_exceeded");
    }
}

TEST_CASE("a file of four GiB and one behind it" * doctest::skip(sanitized)) {
    constexpr uint64_t large = uint64_t{1} << 32;
    EdgesSink out;
    zip::Writer writer(out);
    writer.begin_file("large", large, Method::stored);
    write_zeros(large, [&](ByteView part) { writer.write(part); });
    const zip::Entry entry = writer.end_file();
    writer.begin_file("small", 3, Method::stored);
    writer.write(as_bytes("abc"));
    writer.end_file();
    writer.finish();

    CHECK(entry.is_zip64());
    CHECK(entry.crc == 0xD202EF8D);  // of four GiB of zeros: `crc32` of other programs agrees
    const std::string local =
        "504b0304"
        "2d00"
        "0808"
        "0000"
        "0000"
        "2100"
        "00000000"
        "ffffffff"
        "ffffffff"
        "0500"
        "1400"
        "6c61726765"
        "0100"
        "1000"
        "0000000000000000"
        "0000000000000000";
    CHECK(to_hex(ByteView(out.head).first(local.size() / 2)) == local);
    CHECK(out.length == writer.length());

    const auto directory = zip::parse_end(ByteView(out.tail).last(98), out.length);
    CHECK(directory.offset > large);
    const size_t end_records_bytes = 98;
    const ByteView directory_bytes =
        ByteView(out.tail).last(directory.length + end_records_bytes).first(directory.length);
    const auto entries = zip::parse_directory(directory_bytes, directory);
    REQUIRE(entries.size() == 2);
    CHECK(entries[0].size == large);
    CHECK(entries[0].compressed_size == large);
    CHECK_FALSE(entries[1].is_zip64());
    CHECK(entries[1].offset == entries[0].length());
    CHECK(entries[0].length() == 30 + 5 + 20 + large + 24);

    ZerosSink plain;
    zip::EntryReader reader(entries[0], plain);
    reader.write(ByteView(out.head).first(local.size() / 2));
    write_zeros(large, [&](ByteView part) { reader.write(part); });
    // The descriptor stands before the second entry: 24 bytes.
    const size_t second = 30 + 5 + 3 + 16;
    const ByteView descriptor =
        ByteView(out.tail).last(24 + second + directory.length + end_records_bytes).first(24);
    CHECK(to_hex(descriptor) ==
          "504b07088def02d20000000001000000"
          "0000000001000000");
    reader.write(descriptor);
    reader.finish();
    CHECK(plain.length == large);
    CHECK(plain.all_zero);
}

TEST_CASE("a directory of large and far entries is read") {
    // Two entries by hand: eight GiB stored, and a small one behind them. Their data are not
    // needed.
    RawZip zip;
    zip.files = {stored_file("a", ""), stored_file("b", "xyz")};
    RawFile& large = zip.files[0];
    large.version = 45;
    large.central = {{"size", 0xFFFFFFFF}, {"compressed_size", 0xFFFFFFFF}};
    large.central_extra = from_hex(
        "01001000"
        "0000000002000000"
        "0000000002000000");
    zip.files[1].central["offset"] = 0xFFFFFFFF;
    const uint64_t large_length = 30 + 1 + 20 + (uint64_t{1} << 33) + 24;
    const auto read = [&](uint64_t far_offset) {
        Bytes extra = from_hex("01000800");
        for (int i = 0; i < 8; ++i) {
            extra.push_back(static_cast<uint8_t>(far_offset >> (8 * i)));
        }
        zip.files[1].central_extra = extra;
        const Bytes bytes = build(zip);
        const size_t length = 2 * 47 + 20 + 12;
        const ByteView directory = ByteView(bytes).last(length + 22).first(length);
        return zip::parse_directory(directory, {large_length + 30 + 1 + 3 + 16, length, 2});
    };
    const auto entries = read(large_length);
    REQUIRE(entries.size() == 2);
    CHECK(entries[0].size == uint64_t{1} << 33);
    CHECK(entries[0].length() == large_length);
    CHECK(entries[1].offset == large_length);
    CHECK(entries[1].size == 3);
    CHECK(error_name_of([&] { read(large_length + 1); }) == "zip_invalid");
    CHECK(error_name_of([&] { read(UINT64_MAX); }) == "zip_invalid");
    large.central_extra = from_hex(
        "01001000"
        "ffffffffffffffff"
        "ffffffffffffffff");
    CHECK(error_name_of([&] { read(large_length); }) == "zip_invalid");
}

TEST_CASE("the ZIP64 form is taken exactly where it belongs") {
    const auto form = [](uint64_t size) {
        EdgesSink out;
        zip::Writer writer(out);
        writer.begin_file("a", size, Method::stored);
        return to_hex(ByteView(out.head).subspan(4, 2)) + to_hex(ByteView(out.head).subspan(18, 8));
    };
    CHECK(form(0xEFFFFFFF) == "14000000000000000000");
    CHECK(form(0xF0000000) == "2d00ffffffffffffffff");
}
