// The holder of a signing key (bridge, phone): what it is asked to sign, in words for a person.
#pragma once

#include <string>
#include <vector>

#include "bidseal/bid/reader.h"
#include "bidseal/bid/writer.h"

namespace bidseal::bid {

struct SigningDescription {
    Fingerprint fingerprint;
    BidIndex index;
    std::string project_title, lot_title, buyer, platform_name;
    struct Envelope {
        IndexEnvelope entry;
        Manifest manifest;
        struct Opener {
            size_t way;
            PartRole role;
            uint32_t threshold;  ///< 1: any of the names; from 2 on: so many of them together
            std::vector<std::string> names;
        };
        std::vector<Opener> openers;
    };
    std::vector<Envelope> envelopes;
    Bytes to_be_signed;  ///< the whole index: hash it with Z of the signing key, never sign a bare
                         ///< digest
};

/// Recomputes digests and commitments of the request and says what it means. Whether the ciphertext
/// holds these documents cannot be seen here. The index must name `signer`, and the tender's
/// accepted issuers must stand for the supplier's openers; `extra` are certificates that help to
/// build their paths.
/// Throws Error: bid_index, bid_openers, manifest_mismatch, tender_mismatch, supplier_mismatch,
/// certificate_usage, certificate_untrusted and others of the parts.
SigningDescription describe_signing_request(const SigningRequest& request, const TenderFile& tender,
                                            const crypto::Certificate& signer,
                                            const std::vector<crypto::Certificate>& extra = {});

}  // namespace bidseal::bid
