// Pictures of seals as pixels: PNG read and written.
#pragma once

#include "bidseal/base/bytes.h"

namespace bidseal::seal {

inline constexpr uint32_t max_image_edge = 8192;
inline constexpr uint64_t max_image_pixels = 8 << 20;

/// Pixels row by row from the top, four bytes each: red, green, blue, opacity (not premultiplied).
struct Image {
    uint32_t width = 0, height = 0;
    Bytes rgba;

    bool opaque() const;
};

/// Reads a PNG (ISO/IEC 15948) of any colour type and depth; 16 bits are cut to 8, colour profiles
/// are left aside. Throws Error(seal_picture) for broken, interlaced or too large ones.
Image read_png(ByteView png);

/// Writes a PNG with 8 bits a channel and opacity. `dots_per_metre` says how large it is meant; 0
/// leaves that out.
Bytes write_png(const Image& image, uint32_t dots_per_metre = 0);

}  // namespace bidseal::seal
