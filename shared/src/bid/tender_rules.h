// Rules between the members of a tender; the form of each member is checked where it is read.
#pragma once

#include "bidseal/bid/tender_file.h"

namespace bidseal::bid {

/// Throws Error(tender_invalid) with the offending id as subject.
void check_tender_rules(const Tender& tender);

/// Whether the certificate has a key usage extension with digitalSignature or nonRepudiation. One
/// without the extension would let one key sign and decrypt, and an encryption key has copies.
bool can_sign(const crypto::Certificate& certificate);

/// Whether the certificate's key can unwrap: a key that encrypts, and a key usage extension that
/// says so.
bool can_decrypt(const crypto::Certificate& certificate);

}  // namespace bidseal::bid
