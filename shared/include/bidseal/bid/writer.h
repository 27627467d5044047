// Making a sealed bid in one streaming pass. docs/spec/bid-format.md.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "bidseal/base/host.h"
#include "bidseal/bid/fingerprint_words.h"
#include "bidseal/bid/manifest.h"
#include "bidseal/bid/openers.h"
#include "bidseal/bid/tender_file.h"

namespace bidseal::bid {

/// What the supplier decides.
struct BidPlan {
    std::string lot;
    std::optional<crypto::Certificate> signer;  ///< the signing certificate; required
    std::vector<OpenerKey> supplier_openers;    ///< its encryption certificate(s)
    std::vector<WayKind> ways;  ///< empty: the mandatory ones, else the tender's first
    std::optional<Fingerprint> replaces;
    std::vector<SummaryValue> summary;  ///< values of the bid summary, any order
    std::string program = "bidseal", program_version = "0.1.0";
    std::vector<crypto::Certificate>
        extra;  ///< further certificates for building the signer's chain
    std::vector<crypto::RevocationList> crls;  ///< beside those in the tender file
    bool check_chain = true;  ///< signer and openers must chain to the tender's accepted issuers
    bool accept_early_end = false;  ///< a supplier certificate may end before the opening
    bool accept_after_deadline = false;
};

/// What the holder of the signing key gets to see and to sign: the signature is over `index`, all
/// of it.
struct SigningRequest {
    Bytes index;
    Bytes openers;
    struct EnvelopeManifest {
        std::string envelope;
        Bytes salt;  ///< opens the manifest commitment
        Bytes manifest;
    };
    std::vector<EnvelopeManifest> manifests;
    Fingerprint fingerprint;
};

/// Push machine: for each envelope begin_envelope, for each document begin_document, write…,
/// end_document, then end_envelope; finish_content; finish. After an exception the writer is spent
/// and what the sink got is waste. Envelopes come in the tender's order; those without documents
/// and figures may be left out.
class BidWriter {
public:
    /// Checks plan and certificates against the tender. `tender`, `random` and `sink` must outlive
    /// the writer. Throws Error: tender_lot_unknown, deadline_passed, certificate_*,
    /// certificate_ends_early, supplier_mismatch, opener_required, summary_*, key_invalid, usage.
    BidWriter(BidPlan plan, const TenderFile& tender, Random& random, const Clock& clock,
              Sink& sink);
    ~BidWriter();

    /// Throws Error: envelope_unknown, usage.
    void begin_envelope(std::string_view id);
    /// `size` is what the file system says; other content throws Error(file_changed).
    /// Throws Error: path_unsafe, path_duplicate, document_unexpected, document_too_large.
    void begin_document(std::string_view path, std::string_view slot, uint64_t size);
    void write(ByteView piece);
    /// Throws Error: file_changed, document_format, document_active. Gives what was noted in the
    /// manifest.
    const ManifestDocument& end_document();
    /// Throws Error(document_missing).
    void end_envelope();
    /// The same in steps that write about a MiB each, for sinks that must be emptied between calls:
    /// call it until it gives true.
    bool end_envelope_step();

    /// Ends the body; writes table, openers and index. Throws Error(document_missing) for an
    /// envelope that was left out but has required slots or figures.
    const SigningRequest& finish_content();
    /// Verifies the signature over the index, then writes SignedData and footer. `chain` and
    /// `evidence` travel along. Throws Error(signature_invalid).
    void finish(ByteView signature, const std::vector<crypto::Certificate>& chain = {},
                const std::vector<crypto::RevocationList>& evidence = {});

    /// Bytes written so far.
    uint64_t written() const;

private:
    struct Impl;
    std::unique_ptr<Impl> m_impl;
};

}  // namespace bidseal::bid
