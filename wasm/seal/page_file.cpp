#include "page_file.h"

#include <emscripten.h>

#include "bidseal/base/error.h"

// clang-format off
// Nothing may be thrown through the core's frames: what went wrong comes back as a number.
EM_JS(int, bidseal_read_range, (double offset, uint8_t* at, int length), {
    try {
        return Module["readRange"](offset, HEAPU8.subarray(at, at + length));
    } catch (error) {
        return 2;
    }
});
// clang-format on

namespace bidseal::wasm {

void PageFile::read(uint64_t offset, std::span<uint8_t> out) const {
    constexpr int changed = 1;
    if (out.empty())
        return;
    const int failed =
        bidseal_read_range(static_cast<double>(offset), out.data(), static_cast<int>(out.size()));
    if (failed == 0)
        return;
    throw Error(failed == changed ? ErrorCode::file_changed : ErrorCode::io_read).at(offset);
}

}  // namespace bidseal::wasm
