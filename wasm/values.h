// Values that cross between the core and JavaScript.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <emscripten/val.h>

#include "bidseal/base/bytes.h"
#include "bidseal/base/secret.h"
#include "bidseal/base/time.h"

namespace bidseal::wasm {

/// A JavaScript number. Throws Error(limit_exceeded) where a double is not exact (above 2^53 - 1).
emscripten::val number(uint64_t value);

/// The size or count that the page gave. Throws Error(usage) unless it is an exact integer >= 0.
uint64_t size_from(double value);

emscripten::val text(std::string_view value);
/// Lower-case hex.
emscripten::val hex(ByteView value);
/// ISO 8601, UTC.
emscripten::val time(Timestamp value);

/// A Uint8Array of its own, not a view of the module's memory.
emscripten::val bytes(ByteView value);

/// Bytes that the page handed over as a Uint8Array (embind copies them into a std::string). Only
/// for small public things; files and secrets go through the buffer of io.h.
inline ByteView view_of(const std::string& from_page) {
    return as_bytes(from_page);
}

/// An array of what `one` makes of each item.
template <class Items, class One>
emscripten::val array_of(const Items& items, One one) {
    emscripten::val result = emscripten::val::array();
    for (const auto& item : items)
        result.call<void>("push", one(item));
    return result;
}

}  // namespace bidseal::wasm
