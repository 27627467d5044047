// Rules between the members of a tender; the form of each member is checked where it is read.
#pragma once

#include "bidseal/bid/tender_file.h"

namespace bidseal::bid {

/// Throws Error(tender_invalid) with the offending id as subject.
void check_tender_rules(const Tender& tender);

/// Whether the certificate's key can unwrap: key usage for encryption and a key that encrypts.
bool can_decrypt(const crypto::Certificate& certificate);

}  // namespace bidseal::bid
