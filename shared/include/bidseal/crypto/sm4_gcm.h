// SM4-GCM (RFC 8998; NIST SP 800-38D) with 12-byte nonces and 16-byte tags, in constant time.
#pragma once

#include "bidseal/base/bytes.h"
#include "bidseal/base/secret.h"

namespace bidseal::crypto {

inline constexpr size_t sm4_gcm_nonce_size = 12;
inline constexpr size_t sm4_gcm_tag_size = 16;

/// Cipher text and tag. A nonce must never serve twice under one key. At most 1 GiB.
Bytes sm4_gcm_seal(ByteView key16, ByteView nonce12, ByteView additional, ByteView plain);

/// The plain text. Throws Error(decrypt_failed), the same for every cause; nothing is decrypted
/// before the tag was found right.
SecretBytes sm4_gcm_open(ByteView key16, ByteView nonce12, ByteView additional, ByteView sealed);

}  // namespace bidseal::crypto
