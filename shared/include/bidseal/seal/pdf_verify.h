// Judging the seals and signatures of a PDF: who, when, what each covers, what came afterwards.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "bidseal/seal/pdf_file.h"
#include "bidseal/seal/verify.h"

namespace bidseal::seal {

enum class PdfContainer {
    none,       ///< nothing that can be read
    gbt_38540,  ///< SES_Signature, GB/T 38540 or GM/T 0031
    gbt_35275,  ///< SignedData with SM2
    cms,        ///< SignedData with RSA or ECDSA
};
const char* pdf_container_name(PdfContainer container);

/// A picture that belongs to a signature, as a reader shows it.
struct PlacedPicture {
    size_t page = 0;  ///< from 0
    double left_mm = 0, top_mm = 0, width_mm = 0, height_mm = 0;
};

struct PdfSealReport {
    std::string field;  ///< name of the signature field
    std::string sub_filter;
    PdfContainer container = PdfContainer::none;
    /// Everything that is wrong; empty when the seal stands.
    std::vector<SealFinding> findings;
    bool revocation_checked = false;

    std::optional<SealSignature> seal;  ///< of a GB/T 38540 container
    std::optional<crypto::Certificate> signer;
    /// When it was signed, as the signer says.
    std::optional<Timestamp> signed_at;

    /// The first so many bytes of the file, but for the signature's own place, are what was signed.
    uint64_t covers = 0;
    /// Whether that is the whole file.
    bool covers_all = false;
    /// Whether something came afterwards that is more than further seals.
    bool changed_after = false;
    std::vector<PlacedPicture> pictures;
    /// Whether all of them are exactly the seal's picture. False does not mean that they differ
    /// (then there is a finding), but that another maker's form, or another resolution, hides the
    /// answer.
    bool pictures_compared = true;

    bool valid() const { return findings.empty(); }
    bool has(ErrorCode code) const;
};

/// Reports on every signed signature field, in the order of the document's form; empty when there
/// is none. What follows a signed version may only be further signatures with their pictures and
/// the lists that prove them (DSS): everything else is `pdf_changed_after`. Signatures with a key
/// of any kind are judged by `trust.signers`, issuers of seals by `trust.issuers`. Throws Error:
/// pdf_damaged, pdf_encrypted for the document as a whole.
std::vector<PdfSealReport> verify_pdf(const RandomAccess& file, const SealTrust& trust,
                                      Timestamp now);

}  // namespace bidseal::seal
