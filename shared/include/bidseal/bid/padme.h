// Padding of envelopes. docs/spec/bid-format.md section 6.1.
#pragma once

#include <cstdint>

#include "bidseal/bid/tender_file.h"

namespace bidseal::bid {

/// The next Padmé size: at least `length` (>= 1), at most 12 % more, and it tells O(log log length)
/// bits.
uint64_t padme(uint64_t length);

/// Bytes of an envelope whose ZIP has `zip_length` bytes: ZIP, 0x80 and zeros up to padme(); price
/// envelopes are first raised to a multiple of chunk_size.
uint64_t padded_length(EnvelopeKind kind, uint64_t zip_length);

}  // namespace bidseal::bid
