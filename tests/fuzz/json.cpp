// JSON texts from anywhere: what is read is written in one spelling, which reads as the same value.
#include "bidseal/protocol/json.h"

#include <algorithm>

#include "bidseal/base/error.h"

using namespace bidseal;
using namespace bidseal::protocol;

namespace {

uint32_t depth_of(const Json& value) {
    uint32_t inside = 0;
    if (value.is_array()) {
        for (const Json& item : value.as_array()) {
            inside = std::max(inside, depth_of(item));
        }
    } else if (value.is_object()) {
        for (const JsonMember& member : value.as_object()) {
            inside = std::max(inside, depth_of(member.value));
        }
    } else {
        return 0;
    }
    return inside + 1;
}

void expect(bool condition) {
    if (!condition) {
        __builtin_trap();
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    const ByteView text(data, size);
    const JsonLimits limits{4096, 8};
    std::optional<Json> value;
    try {
        value = parse_json(text, limits);
    } catch (const Error&) {
    }
    bool canonical = false;
    try {
        canonical = parse_canonical_json(text, limits) == *value;
        expect(canonical);
    } catch (const Error&) {
    }
    if (!value) {
        expect(!canonical);
        return 0;
    }
    expect(size <= limits.max_bytes && depth_of(*value) <= limits.max_depth);
    const std::string written = write_json(*value);
    expect(canonical == (as_text(text) == written));
    // Escapes may grow: the limit is for what came in.
    expect(parse_canonical_json(as_bytes(written), {1 << 20, 8}) == *value);
    return 0;
}
