// PNG (ISO/IEC 15948): chunks, filters, colour types.
#include <algorithm>

#include "bidseal/base/error.h"
#include "bidseal/seal/image.h"
#include "bidseal/zip/zlib_stream.h"

#include "pdf/filters.h"

namespace bidseal::seal {
namespace {

constexpr ErrorCode fault = ErrorCode::seal_picture;
constexpr std::string_view signature("\x89PNG\r\n\x1a\n", 8);

enum ColourType : uint8_t { grey = 0, rgb = 2, palette = 3, grey_alpha = 4, rgb_alpha = 6 };

/// CRC-32 of ISO 3309, bit by bit: pictures are small.
uint32_t crc32(ByteView type_and_data) {
    uint32_t crc = 0xffffffff;
    for (const uint8_t b : type_and_data) {
        crc ^= b;
        for (int i = 0; i < 8; i++)
            crc = crc >> 1 ^ (crc & 1 ? 0xedb88320u : 0);
    }
    return ~crc;
}

struct Chunks {
    Bytes header, colours, transparency, data;
};

Chunks read_chunks(ByteView png) {
    require(as_text(png).substr(0, 8) == signature, fault, "no PNG");
    Chunks chunks;
    size_t at = 8;
    while (true) {
        require(png.size() - at >= 12, fault, "a PNG ends too early");
        const uint32_t length = load_u32(&png[at]);
        require(length <= png.size() - at - 12, fault, "a PNG ends too early");
        const ByteView covered = png.subspan(at + 4, 4 + length);
        require(crc32(covered) == load_u32(&png[at + 8 + length]), fault, "a PNG's checksum");
        const std::string_view type = as_text(covered.first(4));
        const ByteView content = covered.subspan(4);
        at += 12 + length;
        if (type == "IHDR")
            chunks.header = to_bytes(content);
        else if (type == "PLTE")
            chunks.colours = to_bytes(content);
        else if (type == "tRNS")
            chunks.transparency = to_bytes(content);
        else if (type == "IDAT")
            append(chunks.data, content);
        else if (type == "IEND")
            return chunks;
        else
            // Upper case means that a reader must understand it.
            require((type[0] & 0x20) != 0, fault, "a PNG holds something unknown");
    }
}

struct Format {
    uint32_t width, height;
    uint8_t depth;
    ColourType type;
    size_t channels;
};

Format read_format(const Bytes& header) {
    require(header.size() == 13, fault, "a PNG's header");
    Format f{};
    f.width = load_u32(&header[0]);
    f.height = load_u32(&header[4]);
    f.depth = header[8];
    f.type = static_cast<ColourType>(header[9]);
    require(f.width >= 1 && f.height >= 1 && f.width <= max_image_edge &&
                f.height <= max_image_edge && uint64_t{f.width} * f.height <= max_image_pixels,
            fault, "the picture is too large");
    const bool wide = f.depth == 8 || f.depth == 16;
    const bool narrow = f.depth == 1 || f.depth == 2 || f.depth == 4;
    switch (f.type) {
        case grey:
            f.channels = 1;
            require(wide || narrow, fault, "a PNG's depth");
            break;
        case palette:
            f.channels = 1;
            require(f.depth == 8 || narrow, fault, "a PNG's depth");
            break;
        case rgb:
        case grey_alpha:
        case rgb_alpha:
            f.channels = f.type == rgb ? 3 : f.type == grey_alpha ? 2 : 4;
            require(wide, fault, "a PNG's depth");
            break;
        default:
            throw Error(fault, "a PNG's colour type");
    }
    require(header[10] == 0 && header[11] == 0, fault, "a PNG's method");
    require(header[12] == 0, fault, "an interlaced PNG");
    return f;
}

/// The samples of one row, each at its own depth.
class Row {
public:
    Row(const uint8_t* bytes, uint8_t depth) : m_bytes(bytes), m_depth(depth) {}
    uint32_t sample(size_t i) const {
        if (m_depth == 16)
            return static_cast<uint32_t>(m_bytes[2 * i]) << 8 | m_bytes[2 * i + 1];
        if (m_depth == 8)
            return m_bytes[i];
        const size_t bit = i * m_depth;
        return m_bytes[bit / 8] >> (8 - m_depth - bit % 8) & ((1u << m_depth) - 1);
    }

private:
    const uint8_t* m_bytes;
    uint8_t m_depth;
};

uint8_t to_8_bits(uint32_t sample, uint8_t depth) {
    if (depth == 16)
        return static_cast<uint8_t>(sample >> 8);
    return static_cast<uint8_t>(sample * 255 / ((1u << depth) - 1));
}

void put_pixel(const Format& f, const Chunks& chunks, const Row& row, size_t x, uint8_t* out) {
    const size_t first = x * f.channels;
    if (f.type == palette) {
        const uint32_t index = row.sample(first);
        require(index * 3 + 2 < chunks.colours.size(), fault, "a PNG's palette");
        std::copy_n(chunks.colours.begin() + index * 3, 3, out);
        out[3] = index < chunks.transparency.size() ? chunks.transparency[index] : 255;
        return;
    }
    const bool grey_only = f.type == grey || f.type == grey_alpha;
    const size_t colours = grey_only ? 1 : 3;
    bool is_key = chunks.transparency.size() == 2 * colours;
    for (size_t c = 0; c < 3; c++) {
        const size_t channel = grey_only ? 0 : c;
        const uint32_t sample = row.sample(first + channel);
        out[c] = to_8_bits(sample, f.depth);
        if (is_key)
            is_key = sample == (static_cast<uint32_t>(chunks.transparency[2 * channel]) << 8 |
                                chunks.transparency[2 * channel + 1]);
    }
    if (f.channels > colours)
        out[3] = to_8_bits(row.sample(first + colours), f.depth);
    else
        out[3] = is_key ? 0 : 255;
}

void append_chunk(Bytes& png, std::string_view type, ByteView data) {
    append_u32(png, static_cast<uint32_t>(data.size()));
    Bytes covered = to_bytes(as_bytes(type));
    append(covered, data);
    append(png, covered);
    append_u32(png, crc32(covered));
}

}  // namespace

bool Image::opaque() const {
    for (size_t i = 3; i < rgba.size(); i += 4)
        if (rgba[i] != 255)
            return false;
    return true;
}

Image read_png(ByteView png) {
    const Chunks chunks = read_chunks(png);
    const Format f = read_format(chunks.header);
    const size_t bits = f.channels * f.depth;
    const size_t row_size = (f.width * bits + 7) / 8;
    Bytes filtered, rows;
    try {
        filtered = zip::inflate_zlib(chunks.data, (row_size + 1) * f.height);
    } catch (const Error&) {
        throw Error(fault, "a PNG's data");
    }
    require(filtered.size() == (row_size + 1) * f.height &&
                undo_png_filters(filtered, row_size, std::max<size_t>(bits / 8, 1), rows),
            fault, "a PNG's data");
    Image image{f.width, f.height, Bytes(size_t{4} * f.width * f.height)};
    for (size_t y = 0; y < f.height; y++) {
        const Row row(&rows[y * row_size], f.depth);
        for (size_t x = 0; x < f.width; x++)
            put_pixel(f, chunks, row, x, &image.rgba[4 * (y * f.width + x)]);
    }
    return image;
}

Bytes write_png(const Image& image, uint32_t dots_per_metre) {
    require(image.rgba.size() == size_t{4} * image.width * image.height && image.width >= 1 &&
                image.height >= 1,
            ErrorCode::internal, "no picture");
    Bytes png = to_bytes(as_bytes(signature));
    Bytes header;
    append_u32(header, image.width);
    append_u32(header, image.height);
    append(header, Bytes{8, rgb_alpha, 0, 0, 0});
    append_chunk(png, "IHDR", header);
    if (dots_per_metre != 0) {
        Bytes size;
        append_u32(size, dots_per_metre);
        append_u32(size, dots_per_metre);
        size.push_back(1);
        append_chunk(png, "pHYs", size);
    }
    Bytes rows;
    rows.reserve(image.rgba.size() + image.height);
    const size_t row_size = size_t{4} * image.width;
    for (size_t y = 0; y < image.height; y++) {
        rows.push_back(0);
        append(rows, ByteView(image.rgba).subspan(y * row_size, row_size));
    }
    append_chunk(png, "IDAT", zip::deflate_zlib(rows));
    append_chunk(png, "IEND", {});
    return png;
}

}  // namespace bidseal::seal
