// Encrypted key files (PKCS #5 v2, RFC 8018).
#pragma once

#include <string_view>

#include "bidseal/base/secret.h"

namespace bidseal::crypto {

/// The PKCS #8 inside EncryptedPrivateKeyInfo. Throws Error(key_invalid) for algorithms or
/// structures that are not read, Error(decrypt_failed) when the passphrase does not open it.
SecretBytes open_pbes2(ByteView encrypted_private_key_info, std::string_view passphrase);

}  // namespace bidseal::crypto
