// Checks of a plan against the tender, before a byte is written.
#pragma once

#include "bidseal/bid/writer.h"

namespace bidseal::bid {

struct CheckedPlan {
    std::vector<WayPlan> ways;
    /// Intermediates and revocation lists that proved signer and openers: they travel with the
    /// signature.
    std::vector<crypto::Certificate> chain;
    std::vector<crypto::RevocationList> evidence;
};

/// Throws what BidWriter's constructor announces.
CheckedPlan check_plan(const BidPlan& plan, const Tender& tender, Timestamp now);

/// The plan's figures of one envelope, in the tender's order.
std::vector<SummaryValue> summary_of(const BidPlan& plan, const Tender& tender,
                                     std::string_view envelope);

}  // namespace bidseal::bid
