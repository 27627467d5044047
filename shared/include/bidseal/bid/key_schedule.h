// Keys of an envelope, all from one secret and its context. docs/spec/bid-format.md section 5.
#pragma once

#include <string_view>

#include "bidseal/base/secret.h"
#include "bidseal/bid/index.h"
#include "bidseal/crypto/sm3.h"

namespace bidseal::bid {

/// ctx: the digest that ties an envelope to its bid, supplier, tender and platform.
struct EnvelopeContext {
    crypto::Sm3Digest digest;
};

/// ctx of an envelope of this index.
EnvelopeContext envelope_context(const BidIndex& index, std::string_view envelope, uint32_t stage);

struct EnvelopeKeys {
    SecretBytes key;            ///< 16 bytes, SM4
    SecretBytes iv;             ///< 16 bytes, the first counter block
    SecretBytes manifest_salt;  ///< 32 bytes
};
EnvelopeKeys derive_envelope_keys(const SecretBytes& secret, const EnvelopeContext& context);

/// The public commitment to secret, context, ciphertext and manifest.
crypto::Sm3Digest key_commitment(const SecretBytes& secret, const EnvelopeContext& context,
                                 const crypto::Sm3Digest& root, uint64_t length,
                                 const crypto::Sm3Digest& manifest_commitment);

/// HKDF-SM3(secret, ctx, label | tail) of `length` bytes.
SecretBytes derive(const SecretBytes& secret, const EnvelopeContext& context,
                   std::string_view label, ByteView tail, size_t length);

}  // namespace bidseal::bid
