#include "values.h"

#include <cmath>

#include "bidseal/base/error.h"

namespace bidseal::wasm {

namespace {
constexpr double max_exact = 9007199254740991.0;  // 2^53 - 1
}

emscripten::val number(uint64_t value) {
    require(value <= static_cast<uint64_t>(max_exact), ErrorCode::limit_exceeded,
            "a number is too large for the page");
    return emscripten::val(static_cast<double>(value));
}

uint64_t size_from(double value) {
    require(value >= 0 && value <= max_exact && std::floor(value) == value, ErrorCode::usage,
            "a size is not an exact integer");
    return static_cast<uint64_t>(value);
}

emscripten::val text(std::string_view value) {
    return emscripten::val(std::string(value));
}

emscripten::val hex(ByteView value) {
    return text(to_hex(value));
}

emscripten::val time(Timestamp value) {
    return text(format_time(value));
}

emscripten::val bytes(ByteView value) {
    const emscripten::val view(emscripten::typed_memory_view(value.size(), value.data()));
    return view.call<emscripten::val>("slice");
}

}  // namespace bidseal::wasm
