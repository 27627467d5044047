// Documents of any kind: what is found must not depend on how they are cut.
#include <algorithm>

#include "bidseal/bid/document_check.h"

using namespace bidseal;
using namespace bidseal::bid;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    const ByteView input(data, size);
    DocumentInspector whole;
    whole.feed(input);
    const DocumentFinding expected = whole.finish();
    const size_t step = size == 0 ? 1 : 1 + data[0];
    DocumentInspector cut;
    for (size_t at = 0; at < size; at += step) {
        cut.feed(input.subspan(at, std::min(step, size - at)));
    }
    const DocumentFinding found = cut.finish();
    if (found.format != expected.format || found.encrypted != expected.encrypted ||
        found.active != expected.active) {
        __builtin_trap();
    }
    return 0;
}
