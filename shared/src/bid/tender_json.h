// The tender's content as JSON: docs/spec/tender-file.md.
#pragma once

#include "bidseal/bid/tender_file.h"
#include "bidseal/protocol/json.h"

namespace bidseal::bid {

protocol::Json tender_to_json(const Tender& tender);

/// Reads and checks all rules. Throws Error(tender_invalid), Error(certificate_invalid),
/// Error(crl_invalid).
Tender tender_from_json(const protocol::Json& json);

}  // namespace bidseal::bid
