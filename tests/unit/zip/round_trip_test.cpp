#include <doctest/doctest.h>

#include "support/error_of.h"
#include "zip_test_support.h"

using namespace bidseal;
using namespace bidseal::test;
using zip::Method;

namespace {

constexpr size_t piece = 64 * 1024;  // the buffer of writer and reader

}  // namespace

TEST_CASE("files come back as they went in, whatever the pieces") {
    const size_t lengths[] = {0, 1, piece - 1, piece, piece + 1, 2 * piece + 17};
    for (const size_t length : lengths) {
        for (const bool compressible : {false, true}) {
            for (const Method method : {Method::stored, Method::deflated}) {
                const Bytes content = compressible ? prose(length) : noise(length);
                const std::vector<File> files = {{"a", content, method},
                                                 {"报价/b.xlsx", prose(100), Method::deflated}};
                const Bytes whole = make_zip(files);
                for (const size_t step : {size_t{1}, size_t{7}, piece - 1, piece, piece + 1}) {
                    CAPTURE(length);
                    CAPTURE(step);
                    // One content has one ZIP: the pieces leave no trace in it.
                    REQUIRE(make_zip(files, step) == whole);
                    const std::vector<File> read = read_zip(whole, step);
                    REQUIRE(read.size() == 2);
                    REQUIRE(read[0].name == "a");
                    REQUIRE(read[0].method == method);
                    REQUIRE(read[0].content == content);
                    REQUIRE(read[1].name == "报价/b.xlsx");
                    REQUIRE(read[1].content == files[1].content);
                }
            }
        }
    }
}

TEST_CASE("levels change the size, not the content") {
    const std::vector<File> files = {{"a", prose(300000), Method::deflated}};
    const Bytes fast = make_zip(files, 4096, 1);
    const Bytes small = make_zip(files, 4096, 9);
    CHECK(small.size() < fast.size());
    CHECK(fast.size() < 300000 / 10);
    CHECK(read_zip(fast)[0].content == files[0].content);
    CHECK(read_zip(small)[0].content == files[0].content);
}

TEST_CASE("one stored file gives exactly these bytes") {
    // The example of docs/spec/zip-profile.md.
    const Bytes bytes = make_zip({{"a.txt", to_bytes(as_bytes("bid\n")), Method::stored}});
    CHECK(to_hex(bytes) ==
          "504b0304"
          "1400"
          "0808"
          "0000"
          "0000"
          "2100"
          "00000000"
          "00000000"
          "00000000"
          "0500"
          "0000"
          "612e747874"
          "6269640a"
          "504b0708"
          "86572916"
          "04000000"
          "04000000"
          "504b0102"
          "2d03"
          "1400"
          "0808"
          "0000"
          "0000"
          "2100"
          "86572916"
          "04000000"
          "04000000"
          "0500"
          "0000"
          "0000"
          "0000"
          "0000"
          "0000a481"
          "00000000"
          "612e747874"
          "504b0506"
          "0000"
          "0000"
          "0100"
          "0100"
          "33000000"
          "37000000"
          "0000");
}

TEST_CASE("a ZIP without files is 22 bytes") {
    const Bytes bytes = make_zip({});
    CHECK(to_hex(bytes) ==
          "504b050600000000000000000000000000000000"
          "0000");
    CHECK(read_zip(bytes).empty());
}

TEST_CASE("hand-made archives of the profile are the writer's") {
    RawZip zip;
    zip.files = {stored_file("a", "abc"), deflated_file("b", prose(5000))};
    CHECK(build(zip) == make_zip({{"a", to_bytes(as_bytes("abc")), Method::stored},
                                  {"b", prose(5000), Method::deflated}}));
    CHECK(zip_refusal(build(zip)) == "");
}

TEST_CASE("the writer refuses wrong sizes and names") {
    MemorySink sink;
    zip::Writer writer(sink);
    for (const std::string& name : {std::string(), std::string("a/"), std::string("a\0b", 3),
                                    std::string("\xFF"), std::string(65536, 'a')}) {
        CHECK(error_name_of([&] { writer.begin_file(name, 0, Method::stored); }) == "path_unsafe");
    }
    CHECK(sink.bytes.empty());
    writer.begin_file("a", 3, Method::stored);
    writer.write(as_bytes("ab"));
    CHECK(error_name_of([&] { writer.write(as_bytes("cd")); }) == "file_changed");
    CHECK(error_name_of([&] { writer.end_file(); }) == "file_changed");
    writer.write(as_bytes("c"));
    const zip::Entry entry = writer.end_file();
    CHECK(entry.crc == 0x352441C2);  // of "abc"
    CHECK(entry.length() == sink.bytes.size());
    CHECK(error_name_of([&] { writer.begin_file("a", 0, Method::stored); }) == "path_duplicate");
}

TEST_CASE("the writer refuses calls out of order") {
    MemorySink sink;
    zip::Writer writer(sink);
    CHECK(error_name_of([&] { writer.write(as_bytes("a")); }) == "usage");
    CHECK(error_name_of([&] { writer.end_file(); }) == "usage");
    writer.begin_file("a", 0, Method::deflated);
    CHECK(error_name_of([&] { writer.begin_file("b", 0, Method::stored); }) == "usage");
    CHECK(error_name_of([&] { writer.finish(); }) == "usage");
    writer.end_file();
    writer.finish();
    CHECK(error_name_of([&] { writer.finish(); }) == "usage");
    CHECK(error_name_of([&] { writer.begin_file("b", 0, Method::stored); }) == "usage");
    CHECK(read_zip(sink.bytes).size() == 1);
    CHECK(error_name_of([&] { zip::Writer bad(sink, 0); }) == "usage");
    CHECK(error_name_of([&] { zip::Writer bad(sink, 10); }) == "usage");
}

TEST_CASE("an entry must be fed whole and nothing more") {
    const Bytes bytes = make_zip({{"a", prose(1000), Method::deflated}});
    const zip::Directory directory = zip::parse_end(ByteView(bytes).last(98), bytes.size());
    const auto entries = zip::parse_directory(
        ByteView(bytes).subspan(directory.offset, directory.length), directory);
    const ByteView whole = ByteView(bytes).first(entries[0].length());
    for (size_t cut = 0; cut < whole.size(); ++cut) {
        MemorySink sink;
        zip::EntryReader reader(entries[0], sink);
        reader.write(whole.first(cut));
        const auto error = error_of([&] { reader.finish(); });
        REQUIRE(error);
        CHECK(error->code() == ErrorCode::zip_invalid);
        CHECK(error->position() == cut);
    }
    MemorySink sink;
    zip::EntryReader reader(entries[0], sink);
    reader.write(whole);
    CHECK(error_name_of([&] { reader.write(as_bytes("x")); }) == "zip_invalid");
}
