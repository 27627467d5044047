// What a `cms` wrap encrypts.
#pragma once

#include "bidseal/bid/openers.h"

namespace bidseal::bid {

/// "SBID1 wrap" | ctx | way digest | u8 part | u8 slot | share: 108 bytes. The caller wipes it.
Bytes cms_wrap_content(const SecretBytes& share, const EnvelopeContext& context,
                       const crypto::Sm3Digest& way, size_t part, size_t slot);
inline constexpr size_t cms_wrap_content_size = 10 + 32 + 32 + 2 + 32;

}  // namespace bidseal::bid
