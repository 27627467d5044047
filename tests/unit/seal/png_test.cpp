// Pictures: all colour types of PNG, and what is no picture.
#include <functional>

#include <doctest/doctest.h>

#include "bidseal/base/error.h"
#include "bidseal/seal/image.h"
#include "bidseal/zip/zlib_stream.h"

#include "seal_test_support.h"
#include "support/error_of.h"

using namespace bidseal;
using namespace bidseal::seal;
using namespace bidseal::seal::test;
using bidseal::test::error_name_of;

namespace {

uint32_t crc_of(ByteView bytes) {
    uint32_t crc = 0xffffffff;
    for (const uint8_t b : bytes) {
        crc ^= b;
        for (int i = 0; i < 8; i++)
            crc = (crc & 1) != 0 ? 0xedb88320u ^ crc >> 1 : crc >> 1;
    }
    return ~crc;
}

void add_chunk(Bytes& png, std::string_view type, ByteView data) {
    append_u32(png, static_cast<uint32_t>(data.size()));
    const size_t begin = png.size();
    append(png, as_bytes(type));
    append(png, data);
    append_u32(png, crc_of(ByteView(png).subspan(begin)));
}

struct Parts {
    uint32_t width = 2, height = 1;
    uint8_t depth = 8, type = 6, interlace = 0;
    Bytes palette, transparency, rows;
    std::string extra;
};

Bytes make_png(const Parts& parts) {
    Bytes png = to_bytes(as_bytes(std::string_view("\x89PNG\r\n\x1a\n", 8)));
    Bytes header;
    append_u32(header, parts.width);
    append_u32(header, parts.height);
    append(header, Bytes{parts.depth, parts.type, 0, 0, parts.interlace});
    add_chunk(png, "IHDR", header);
    if (!parts.extra.empty())
        add_chunk(png, parts.extra, {});
    if (!parts.palette.empty())
        add_chunk(png, "PLTE", parts.palette);
    if (!parts.transparency.empty())
        add_chunk(png, "tRNS", parts.transparency);
    add_chunk(png, "IDAT", zip::deflate_zlib(parts.rows));
    add_chunk(png, "IEND", {});
    return png;
}

Bytes pixels(uint8_t depth, uint8_t type, Bytes rows, Bytes palette = {}, Bytes transparency = {}) {
    Parts parts;
    parts.depth = depth;
    parts.type = type;
    parts.rows = std::move(rows);
    parts.palette = std::move(palette);
    parts.transparency = std::move(transparency);
    return read_png(make_png(parts)).rgba;
}

}  // namespace

TEST_CASE("all colour types of PNG become red, green, blue and opacity") {
    CHECK(pixels(8, 6, {0, 1, 2, 3, 4, 5, 6, 7, 8}) == Bytes{1, 2, 3, 4, 5, 6, 7, 8});
    CHECK(pixels(8, 2, {0, 1, 2, 3, 5, 6, 7}) == Bytes{1, 2, 3, 255, 5, 6, 7, 255});
    CHECK(pixels(8, 2, {0, 1, 2, 3, 5, 6, 7}, {}, {0, 5, 0, 6, 0, 7}) ==
          Bytes{1, 2, 3, 255, 5, 6, 7, 0});
    CHECK(pixels(8, 4, {0, 9, 8, 7, 6}) == Bytes{9, 9, 9, 8, 7, 7, 7, 6});
    CHECK(pixels(8, 0, {0, 9, 8}) == Bytes{9, 9, 9, 255, 8, 8, 8, 255});
    CHECK(pixels(16, 0, {0, 9, 99, 8, 88}) == Bytes{9, 9, 9, 255, 8, 8, 8, 255});
    CHECK(pixels(1, 0, {0, 0x80}) == Bytes{255, 255, 255, 255, 0, 0, 0, 255});
    CHECK(pixels(4, 0, {0, 0xf1}) == Bytes{255, 255, 255, 255, 17, 17, 17, 255});
    CHECK(pixels(2, 3, {0, 0x60}, {1, 2, 3, 4, 5, 6, 7, 8, 9}, {255, 100}) ==
          Bytes{4, 5, 6, 100, 7, 8, 9, 255});
}

TEST_CASE("the row filters of PNG are undone") {
    Parts parts;
    parts.width = 3;
    parts.height = 5;
    parts.type = 0;
    // none, left, up, average, Paeth.
    parts.rows = {0, 10, 20, 30, 1, 1, 1, 1, 2, 1, 1, 1, 3, 1, 1, 1, 4, 1, 1, 1};
    const Image image = read_png(make_png(parts));
    Bytes grey;
    for (size_t i = 0; i < image.rgba.size(); i += 4)
        grey.push_back(image.rgba[i]);
    CHECK(grey == Bytes{10, 20, 30, 1, 2, 3, 2, 3, 4, 2, 3, 4, 3, 4, 5});
}

TEST_CASE("a PNG that was written is read as the same") {
    const Image image = read_png(small_png());
    CHECK(image.width == 40);
    CHECK_FALSE(image.opaque());
    const Image again = read_png(write_png(image, 1000));
    CHECK(again.width == image.width);
    CHECK(again.height == image.height);
    CHECK(again.rgba == image.rgba);
}

TEST_CASE("what is no picture is refused") {
    const auto refused = [](const std::function<void(Parts&)>& change) {
        Parts parts;
        parts.rows = Bytes(9);
        change(parts);
        return error_name_of([&] { read_png(make_png(parts)); });
    };
    CHECK(refused([](Parts&) {}) == "");
    CHECK(refused([](Parts& p) { p.interlace = 1; }) == "seal_picture");
    CHECK(refused([](Parts& p) { p.width = 0; }) == "seal_picture");
    CHECK(refused([](Parts& p) { p.width = max_image_edge + 1; }) == "seal_picture");
    CHECK(refused([](Parts& p) { p.width = p.height = 4000; }) == "seal_picture");
    CHECK(refused([](Parts& p) { p.depth = 3; }) == "seal_picture");
    CHECK(refused([](Parts& p) { p.type = 5; }) == "seal_picture");
    CHECK(refused([](Parts& p) { p.rows.pop_back(); }) == "seal_picture");
    CHECK(refused([](Parts& p) { p.rows.push_back(0); }) == "seal_picture");
    CHECK(refused([](Parts& p) { p.rows[0] = 5; }) == "seal_picture");
    CHECK(refused([](Parts& p) { p.extra = "ABCD"; }) == "seal_picture");
    CHECK(refused([](Parts& p) { p.extra = "abcd"; }) == "");
    CHECK(refused([](Parts& p) {
              p.type = 3;
              p.rows = {0, 0, 1};
              p.palette = {1, 2, 3};
          }) == "seal_picture");
    const Bytes good = small_png();
    for (size_t i = 0; i < good.size(); i++) {
        CHECK(error_name_of([&] { read_png(ByteView(good).first(i)); }) == "seal_picture");
        Bytes bad = good;
        bad[i] ^= 1;
        CHECK(error_name_of([&] { read_png(bad); }) == "seal_picture");
    }
}
