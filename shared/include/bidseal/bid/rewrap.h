// Adding openers to a bid that is already sealed (.sbrw): content and fingerprint stay as they are.
#pragma once

#include <optional>
#include <vector>

#include "bidseal/bid/holder.h"
#include "bidseal/bid/openers.h"

namespace bidseal::bid {

/// The secret of one envelope, for wrapping it anew.
struct EnvelopeSecret {
    std::string envelope;
    SecretBytes secret;
};

/// The content octets of a rewrap, to be signed by the company's certificate (over these bytes).
/// Every secret is checked against its commitment first. Throws Error: commitment_mismatch,
/// envelope_unknown, usage (version not 1 to 8), key_invalid.
Bytes rewrap_content(const BidIndex& index, const Fingerprint& fingerprint, uint32_t version,
                     const std::vector<EnvelopeSecret>& secrets, const std::vector<WayPlan>& ways,
                     Timestamp created);

/// Puts content and signature together; verifies the signature. Throws Error(signature_invalid).
Bytes build_rewrap_file(ByteView content, const crypto::Certificate& signer, ByteView signature,
                        const std::vector<crypto::Certificate>& chain = {},
                        const std::vector<crypto::RevocationList>& evidence = {});

/// Checks a rewrap against the bid: signature; the signer: the index's certificate, or one of the
/// same credit code that `trust` accepts; fingerprint, nonce, envelopes, and the policy of the
/// bid's tender. Certificates are judged as of `received`; without a receipt the time that the
/// rewrap itself states stands in for it. Throws Error: rewrap_refused, bid_openers,
/// supplier_mismatch, tender_mismatch, signature_format, signature_invalid, certificate_*, and with
/// a policy that demands evidence revocation_unknown.
Openers parse_rewrap_file(
    ByteView file, const VerifiedIndex& bid, const TenderFile& tender,
    const crypto::TrustStore& trust, std::optional<Timestamp> received = std::nullopt,
    crypto::RevocationPolicy policy = crypto::RevocationPolicy::use_if_present);

}  // namespace bidseal::bid
