// Reading and checking the public part of a sealed bid, and all its chunks, without any key.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "bidseal/base/host.h"
#include "bidseal/bid/index.h"
#include "bidseal/bid/openers.h"
#include "bidseal/crypto/cms.h"

namespace bidseal::bid {

/// Lengths of the parts as the footer states them.
struct BidLayout {
    uint64_t body = 0, table = 0, openers = 0, index = 0, signature = 0, file = 0;
};

/// Checks the first 8 bytes of a file. Throws Error: bid_not_bid, bid_version.
void check_head(ByteView first8);

/// Reads the last 64 bytes of a file. Throws Error: bid_not_bid, bid_truncated, bid_layout.
BidLayout parse_footer(ByteView last64, uint64_t file_size);

/// What verify_bid_parts() found; certificates are not judged here.
struct VerifiedIndex {
    BidIndex index;
    Openers openers;
    crypto::ParsedSignedData signature;
    Fingerprint fingerprint;
};

/// Checks index, openers version 0 and signature against each other: canonical forms, digest of the
/// openers, detached SignedData without attributes by the index's certificate, name and code of
/// that certificate, signing usage. Throws Error: bid_index, bid_version, bid_openers,
/// signature_format, signature_invalid, supplier_mismatch, certificate_usage, json_*,
/// limit_exceeded.
VerifiedIndex verify_bid_parts(ByteView index, ByteView openers, ByteView signature);

/// Checks the signer's chain and the tender as of `at` (the time of receipt; at the supplier's
/// desk: now). The lists that travel with the signature count as evidence. Throws Error:
/// tender_mismatch, tender_lot_unknown, envelope_unknown, certificate_*, revocation_unknown.
crypto::ChainResult verify_bid_trust(
    const VerifiedIndex& bid, const TenderFile& tender, Timestamp at,
    const std::vector<crypto::RevocationList>& crls = {},
    crypto::RevocationPolicy policy = crypto::RevocationPolicy::use_if_present);

/// The same with other roots and lists than the tender file's.
crypto::ChainResult verify_bid_trust(const VerifiedIndex& bid, const TenderFile& tender,
                                     Timestamp at, crypto::TrustStore trust,
                                     crypto::RevocationPolicy policy);

/// Step machine over a file of known size: while need() names a range, supply exactly its bytes.
/// When need() is empty, the public part is parsed and verified (layout, index, openers, signature,
/// chunk table).
class BidReader {
public:
    /// Throws Error(bid_truncated) for files shorter than head and footer.
    explicit BidReader(uint64_t file_size);
    ~BidReader();
    BidReader(BidReader&&) noexcept;
    BidReader& operator=(BidReader&&) noexcept;

    std::optional<NeedBytes> need() const;
    /// Throws what verify_bid_parts() throws, and bid_not_bid, bid_version, bid_truncated,
    /// bid_layout, bid_chunk (the table does not lead to the index's roots).
    void supply(ByteView bytes);
    bool ready() const { return !need(); }

    // When ready:
    const BidLayout& layout() const;
    const VerifiedIndex& bid() const;
    const BidIndex& index() const { return bid().index; }
    const Fingerprint& fingerprint() const { return bid().fingerprint; }
    const Bytes& index_bytes() const;
    const Bytes& openers_bytes() const;
    const Bytes& signature_bytes() const;
    /// Offset of the envelope's first byte in the file.
    uint64_t envelope_offset(size_t envelope) const;
    /// The stored leaf of a chunk (checked against the root).
    const crypto::Sm3Digest& leaf(size_t envelope, uint64_t chunk) const;
    /// Checks consecutive whole chunks of an envelope. Throws Error(bid_chunk) at the chunk's
    /// number.
    void check_chunks(size_t envelope, uint64_t first_chunk, ByteView ciphertext) const;

private:
    struct Impl;
    std::unique_ptr<Impl> m_impl;
};

/// Checks the whole body without any key, step by step, in the order of the file.
class ChunkChecker {
public:
    /// `reader` must be ready and outlive the checker.
    explicit ChunkChecker(const BidReader& reader);
    std::optional<NeedBytes> need() const;
    /// Throws Error(bid_chunk).
    void supply(ByteView bytes);
    uint64_t checked_bytes() const { return m_done; }

private:
    const BidReader& m_reader;
    size_t m_envelope = 0;
    uint64_t m_chunk = 0;
    uint64_t m_done = 0;
};

}  // namespace bidseal::bid
