// The public index of a sealed bid, and its fingerprint. docs/spec/bid-format.md section 4.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "bidseal/base/bytes.h"
#include "bidseal/base/time.h"
#include "bidseal/bid/tender_file.h"
#include "bidseal/crypto/sm3.h"

namespace bidseal::bid {

using Fingerprint = FixedBytes<32, struct FingerprintTag>;  ///< SM3 of the index bytes
using BidNonce = FixedBytes<16, struct BidNonceTag>;

struct IndexEnvelope {
    std::string id;
    EnvelopeKind kind = EnvelopeKind::technical;
    uint32_t stage = 1;
    std::string title;
    uint64_t length = 0;  ///< bytes of ciphertext
    uint64_t chunks = 0;  ///< ceil(length / chunk_size)
    crypto::Sm3Digest root;
    crypto::Sm3Digest manifest;    ///< manifest commitment
    crypto::Sm3Digest commitment;  ///< key commitment
};

struct BidIndex {
    std::string platform, project, lot;
    TenderDigest tender;
    std::string supplier_name, supplier_code;
    crypto::CertificateDigest certificate;  ///< SM3 of the signing certificate
    BidNonce nonce;
    Timestamp created;
    std::optional<Fingerprint> replaces;
    crypto::Sm3Digest openers;  ///< SM3 of openers version 0
    std::vector<IndexEnvelope> envelopes;

    /// The canonical JSON. Throws Error(bid_index) when a rule is broken.
    Bytes serialize() const;
    /// Reads and checks every rule, then serialises again and compares the bytes.
    /// Throws Error: bid_index, bid_version, json_invalid, json_not_canonical, limit_exceeded.
    static BidIndex parse(ByteView json);

    const IndexEnvelope* find(std::string_view id) const;
    /// Throws Error(envelope_unknown).
    const IndexEnvelope& envelope(std::string_view id) const;
};

/// SM3 of the index bytes: the same on the supplier's screen, the receipt and the opening board.
Fingerprint fingerprint_of(ByteView index);

/// Checks that the index is for this tender: digest, platform, project, lot, and envelopes with the
/// tender's kind, stage and title. Throws Error: tender_mismatch, tender_lot_unknown,
/// envelope_unknown.
void check_index_against_tender(const BidIndex& index, const TenderFile& tender);

}  // namespace bidseal::bid
