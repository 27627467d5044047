#include "appearance.h"

#include <algorithm>

#include "bidseal/base/error.h"
#include "bidseal/seal/image.h"
#include "bidseal/zip/zlib_stream.h"

namespace bidseal::seal {
namespace {

constexpr double units_per_mm = 72 / 25.4;
/// How far a box may reach over the page's edge: rounding, and printers' half millimetres.
constexpr double slack_mm = 0.5;

PdfValue real(double n) {
    return PdfValue::make_real(n);
}
PdfValue integer(int64_t n) {
    return PdfValue::make_integer(n);
}
PdfValue name(std::string_view n) {
    return PdfValue::make_name(n);
}

PdfValue image_dictionary(uint32_t width, uint32_t height, std::string_view colours,
                          std::string_view filter) {
    return PdfValue::make_dictionary({{"Type", name("XObject")},
                                      {"Subtype", name("Image")},
                                      {"Width", integer(width)},
                                      {"Height", integer(height)},
                                      {"ColorSpace", name(colours)},
                                      {"BitsPerComponent", integer(8)},
                                      {"Filter", name(filter)}});
}

PdfReference add_pixels(PdfUpdate& update, const Image& image) {
    const size_t count = image.rgba.size() / 4;
    Bytes colours(3 * count), opacity(count);
    for (size_t i = 0; i < count; i++) {
        std::copy_n(&image.rgba[4 * i], 3, &colours[3 * i]);
        opacity[i] = image.rgba[4 * i + 3];
    }
    PdfValue dictionary = image_dictionary(image.width, image.height, "DeviceRGB", "FlateDecode");
    if (!image.opaque()) {
        const PdfReference mask = update.add_stream(
            image_dictionary(image.width, image.height, "DeviceGray", "FlateDecode"),
            zip::deflate_zlib(opacity));
        dictionary.set("SMask", PdfValue::make_reference(mask));
    }
    return update.add_stream(std::move(dictionary), zip::deflate_zlib(colours));
}

/// Width, height and number of components of a JPEG, from its first frame header.
struct JpegFrame {
    uint32_t width, height, components;
};
JpegFrame read_jpeg_frame(ByteView jpeg) {
    size_t at = 2;
    while (at + 9 < jpeg.size() && jpeg[at] == 0xff) {
        const uint8_t marker = jpeg[at + 1];
        const size_t length = static_cast<size_t>(jpeg[at + 2]) << 8 | jpeg[at + 3];
        const bool frame = marker >= 0xc0 && marker <= 0xc2;
        if (frame)
            return {static_cast<uint32_t>(jpeg[at + 7]) << 8 | jpeg[at + 8],
                    static_cast<uint32_t>(jpeg[at + 5]) << 8 | jpeg[at + 6], jpeg[at + 9]};
        at += 2 + length;
    }
    throw Error(ErrorCode::seal_picture, "a JPEG without a frame");
}

struct Point {
    double x, y;
};

/// From the displayed page (points from its left and top) to user space.
Point to_user_space(const PdfPage& page, double from_left, double from_top) {
    const double u = from_left / page.user_unit, v = from_top / page.user_unit;
    switch (page.rotate) {
        case 90:
            return {page.crop.left + v, page.crop.bottom + u};
        case 180:
            return {page.crop.right - u, page.crop.bottom + v};
        case 270:
            return {page.crop.right - v, page.crop.top - u};
        default:
            return {page.crop.left + u, page.crop.top - v};
    }
}

}  // namespace

PdfValue box_value(const PdfBox& box) {
    return PdfValue::make_array({real(box.left), real(box.bottom), real(box.right), real(box.top)});
}

PdfReference add_picture(PdfUpdate& update, const SealPicture& picture) {
    const std::string kind = picture_kind(picture.data);
    if (kind == "png")
        return add_pixels(update, read_png(picture.data));
    require(kind == "jpeg", ErrorCode::seal_picture, "only PNG and JPEG are shown in a PDF");
    const JpegFrame frame = read_jpeg_frame(picture.data);
    require(frame.components == 1 || frame.components == 3, ErrorCode::seal_picture,
            "a JPEG of an unusual colour space");
    return update.add_stream(
        image_dictionary(frame.width, frame.height,
                         frame.components == 1 ? "DeviceGray" : "DeviceRGB", "DCTDecode"),
        picture.data);
}

PdfBox place_on_page(const PdfPage& page, const SealPlacement& p) {
    const double width = p.width_mm * (p.slice_end - p.slice_begin);
    const bool sizes = p.width_mm > 0 && p.height_mm > 0 && p.width_mm <= 1000 &&
                       p.height_mm <= 1000 && p.slice_begin >= 0 && p.slice_end <= 1 &&
                       p.slice_begin < p.slice_end;
    const bool inside = p.left_mm >= -slack_mm && p.top_mm >= -slack_mm &&
                        p.left_mm + width <= page.width_mm() + slack_mm &&
                        p.top_mm + p.height_mm <= page.height_mm() + slack_mm;
    require(sizes && inside, ErrorCode::pdf_place, "the seal is not on the page");
    const Point one = to_user_space(page, p.left_mm * units_per_mm, p.top_mm * units_per_mm);
    const Point other = to_user_space(page, (p.left_mm + width) * units_per_mm,
                                      (p.top_mm + p.height_mm) * units_per_mm);
    return {std::min(one.x, other.x), std::min(one.y, other.y), std::max(one.x, other.x),
            std::max(one.y, other.y)};
}

PdfReference add_form(PdfUpdate& update, const PdfPage& page, const SealPlacement& p,
                      PdfReference image) {
    const double scale = units_per_mm / page.user_unit;
    const double width = p.width_mm * scale, height = p.height_mm * scale;
    const double shown = width * (p.slice_end - p.slice_begin);
    PdfValue dictionary = PdfValue::make_dictionary(
        {{"Type", name("XObject")}, {"Subtype", name("Form")}, {"FormType", integer(1)}});
    dictionary.set("BBox", box_value({0, 0, shown, height}));
    // The page is shown turned clockwise, so the picture is turned the other way.
    static constexpr int cosine[] = {1, 0, -1, 0}, sine[] = {0, 1, 0, -1};
    const int c = cosine[page.rotate / 90], s = sine[page.rotate / 90];
    dictionary.set("Matrix", PdfValue::make_array({integer(c), integer(s), integer(-s), integer(c),
                                                   integer(0), integer(0)}));
    dictionary.set(
        "Resources",
        PdfValue::make_dictionary(
            {{"XObject", PdfValue::make_dictionary({{"Seal", PdfValue::make_reference(image)}})}}));
    std::string content = "q ";
    const double numbers[] = {width, 0, 0, height, -width * p.slice_begin, 0};
    for (const double n : numbers) {
        write_value(content, real(n));
        content += ' ';
    }
    content += "cm /Seal Do Q";
    return update.add_stream(std::move(dictionary), to_bytes(as_bytes(content)));
}

void add_to_page(PdfUpdate& update, const PdfPage& page, PdfReference annotation) {
    PdfValue dictionary = update.current(page.reference);
    const PdfValue& list = dictionary["Annots"];
    if (list.is(PdfValue::Kind::reference)) {
        PdfValue array = update.current(list.reference);
        if (array.is(PdfValue::Kind::array)) {
            array.items.push_back(PdfValue::make_reference(annotation));
            return update.put(list.reference, std::move(array));
        }
    }
    PdfValue array = list.is(PdfValue::Kind::array) ? list : PdfValue::make_array({});
    array.items.push_back(PdfValue::make_reference(annotation));
    dictionary.set("Annots", std::move(array));
    update.put(page.reference, std::move(dictionary));
}

}  // namespace bidseal::seal
