#include "shown.h"

#include <algorithm>

#include "bidseal/base/error.h"
#include "bidseal/seal/image.h"

namespace bidseal::seal {
namespace {

using Kind = PdfValue::Kind;

constexpr size_t max_form = 1024;
constexpr size_t max_pixels = size_t{4} * max_image_pixels;

/// "q a b c d e f cm /Seal Do Q" and nothing else.
bool draws_only_its_picture(const PdfFile& file, const PdfObject& form,
                            const std::string& picture) {
    const Bytes content = file.stream(form, max_form);
    const MemoryAccess memory(content);
    PdfCursor at(memory, 0, content.size());
    try {
        at.expect("q");
        for (int i = 0; i < 6; i++)
            if (!at.value().number())
                return false;
        at.expect("cm");
        if (!at.value().is_name(picture))
            return false;
        at.expect("Do");
        at.expect("Q");
        at.skip_space();
        return at.peek() < 0;
    } catch (const Error&) {
        return false;
    }
}

/// Data of an image with 8 bits a channel and FlateDecode; nothing for any other.
std::optional<Bytes> pixels_of(const PdfFile& file, const PdfObject& image,
                               std::string_view colours, size_t channels, const Image& expected) {
    const PdfValue& entries = image.value;
    if (!image.stream_begin || !entries["ColorSpace"].is_name(colours) ||
        entries["BitsPerComponent"].integer != 8 || !entries["Filter"].is_name("FlateDecode") ||
        !entries["Decode"].is_null() || entries["Width"].integer != expected.width ||
        entries["Height"].integer != expected.height)
        return std::nullopt;
    Bytes pixels = file.stream(image, max_pixels);
    if (pixels.size() != channels * expected.width * expected.height)
        return std::nullopt;
    return pixels;
}

}  // namespace

PdfValue only_picture(const PdfFile& file, const PdfValue& annotation) {
    const PdfValue looks = file.resolve(annotation["AP"]);
    if (looks.entries.size() != 1 || !looks["N"].is(Kind::reference))
        return {};
    const PdfObject form = file.object(looks["N"].reference);
    const PdfValue resources = file.resolve(form.value["Resources"]);
    const PdfValue pictures = file.resolve(resources["XObject"]);
    if (!form.stream_begin || resources.entries.size() != 1 || pictures.entries.size() != 1 ||
        !draws_only_its_picture(file, form, pictures.entries[0].key))
        return {};
    return pictures.entries[0].value;
}

Shown compare_shown(const PdfFile& file, const PdfValue& annotation, const SealPicture& picture) {
    const PdfValue reference = only_picture(file, annotation);
    if (!reference.is(Kind::reference))
        return Shown::unknown;
    const PdfObject image = file.object(reference.reference);
    const std::string kind = picture_kind(picture.data);
    if (kind == "jpeg") {
        if (!image.stream_begin || !image.value["Filter"].is_name("DCTDecode"))
            return Shown::unknown;
        return file.raw_stream(image, max_picture_size) == picture.data ? Shown::same
                                                                        : Shown::different;
    }
    if (kind != "png")
        return Shown::unknown;
    Image expected;
    try {
        expected = read_png(picture.data);
    } catch (const Error&) {
        return Shown::unknown;
    }
    const auto colours = pixels_of(file, image, "DeviceRGB", 3, expected);
    if (!colours)
        return Shown::unknown;
    std::optional<Bytes> opacity;
    if (image.value["SMask"].is(Kind::reference)) {
        opacity =
            pixels_of(file, file.object(image.value["SMask"].reference), "DeviceGray", 1, expected);
        if (!opacity)
            return Shown::unknown;
    }
    for (size_t i = 0; i < expected.rgba.size() / 4; i++) {
        const uint8_t* pixel = &expected.rgba[4 * i];
        const uint8_t shown = opacity ? (*opacity)[i] : 255;
        // Of what cannot be seen at all the colour does not matter.
        if (shown != pixel[3] ||
            (shown != 0 && !std::equal(pixel, pixel + 3, colours->data() + 3 * i)))
            return Shown::different;
    }
    return Shown::same;
}

}  // namespace bidseal::seal
