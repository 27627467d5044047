// A small sealed bid whose supplier holds the fake token.
#pragma once

#include <functional>

#include "bidseal/bid/openers.h"
#include "bidseal/bid/tender_file.h"
#include "bidseal/bid/writer.h"
#include "bidseal/protocol/messages.h"

namespace bidseal::test {

inline constexpr const char* before_opening = "2026-06-01T00:00:00Z";
inline constexpr const char* after_opening = "2026-07-02T00:00:00Z";

/// One lot, a technical and a price envelope, opening on 2026-07-01.
Bytes sample_tender(const std::string& project = "P-1");

struct SampleBid {
    Bytes tender, index, openers, signature;
    bid::SigningRequest request;

    protocol::SignBidParams sign_params(const std::string& key) const;
    /// Asks for the supplier's own slot of both envelopes.
    protocol::UnwrapParams unwrap_params(const std::string& key) const;
};

/// Seals the bid; signed with the fake token's signing key, or as another company's.
SampleBid sample_bid(uint32_t seed = 1, const std::string& project = "P-1",
                     const std::string& signer = "sm2_sign",
                     const std::string& opener = "sm2_encrypt");

/// The bid with its openers bent, signed anew: what a lying page can bring along.
SampleBid with_openers(SampleBid sample, const std::function<void(bid::Openers&)>& change);

}  // namespace bidseal::test
