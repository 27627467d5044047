// Signed objects of the project's own formats have one form; those of others are read more freely.
#pragma once

#include "bidseal/crypto/cms.h"

namespace bidseal::bid {

/// Refuses a SignedData that is not byte for byte what crypto::build_signed_data() makes of its
/// signature, content, certificates and revocation lists: version 1, one digest algorithm, one
/// spelling of the algorithms, sets in DER order, no attributes, signed or not. Nothing unsigned
/// can hide in it but further certificates and lists. docs/spec/bid-format.md section 5.
/// Throws Error(signature_format).
void check_exact_form(const crypto::ParsedSignedData& parsed, ByteView der);

}  // namespace bidseal::bid
