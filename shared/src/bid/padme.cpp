#include "bidseal/bid/padme.h"

#include "bidseal/base/error.h"
#include "bidseal/bid/limits.h"

namespace bidseal::bid {

namespace {

/// Position of the highest set bit; v is not 0.
unsigned floor_log2(uint64_t v) {
    unsigned result = 0;
    while (v >>= 1) {
        ++result;
    }
    return result;
}

}  // namespace

uint64_t padme(uint64_t length) {
    require(length >= 1 && length <= max_chunks * chunk_size, ErrorCode::limit_exceeded);
    if (length < 2) {
        return length;
    }
    const unsigned exponent = floor_log2(length);
    const unsigned kept = floor_log2(exponent == 0 ? 1 : exponent) + 1;
    if (kept >= exponent) {
        return length;
    }
    const uint64_t mask = (uint64_t{1} << (exponent - kept)) - 1;
    return (length + mask) & ~mask;
}

uint64_t padded_length(EnvelopeKind kind, uint64_t zip_length) {
    uint64_t length = zip_length + 1;  // the 0x80 is always there
    if (kind == EnvelopeKind::price) {
        length = (length + chunk_size - 1) / chunk_size * chunk_size;
    }
    return padme(length);
}

}  // namespace bidseal::bid
