// Digests over the two parts of a file that a signature covers.
#pragma once

#include "bidseal/crypto/certificate.h"
#include "bidseal/crypto/sm3.h"

namespace bidseal::seal {

/// The bytes before and behind a signature's own place: [0, before) and [after, end).
struct CoveredBytes {
    uint64_t before = 0, after = 0, end = 0;
};

/// SM3 of the covered bytes, with `prefix` in front (empty, or Z of SM2).
crypto::Sm3Digest covered_sm3(const RandomAccess& file, const CoveredBytes& covered,
                              ByteView prefix = {});
/// SHA-256 of the covered bytes.
Bytes covered_sha256(const RandomAccess& file, const CoveredBytes& covered);

}  // namespace bidseal::seal
