// What a release encrypts for each share.
#pragma once

#include "bidseal/bid/openers.h"

namespace bidseal::bid {

/// "SBID1 release" | ctx | way digest | u8 part | u8 slot | share: 111 bytes. The caller wipes it.
Bytes release_share_content(const SecretBytes& share, const EnvelopeContext& context,
                            const crypto::Sm3Digest& way, size_t part, size_t slot);
inline constexpr size_t release_share_content_size = 13 + 32 + 32 + 2 + 32;

/// Takes the content out of what a token made of the ciphertext by plain SM4-ECB: tokens decrypt
/// blocks, the chaining of CBC is undone here. Throws Error(share_invalid).
SecretBytes content_of_blocks(const SecretBytes& blocks, ByteView iv, ByteView ciphertext);

/// Whether wrapping the share again gives exactly the slot's bytes: then it is the slot's share.
/// Compares in constant time.
bool share_fits_slot(const Openers& openers, std::string_view envelope, size_t way, size_t part,
                     size_t slot, const SecretBytes& share, const EnvelopeContext& context);

}  // namespace bidseal::bid
