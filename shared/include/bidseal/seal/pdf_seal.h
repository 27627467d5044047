// Sealing a PDF: an incremental section with a signature and its visible picture. The bytes that
// are there stay as they are, so seals of others stay valid.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "bidseal/crypto/certificate.h"
#include "bidseal/seal/electronic_seal.h"
#include "bidseal/seal/pdf_file.h"

namespace bidseal::seal {

/// Where a picture, or an upright slice of it, is shown.
struct SealPlacement {
    size_t page = 0;  ///< from 0
    /// Of what is shown: from the left and top edge of the page as a reader displays it.
    double left_mm = 0, top_mm = 0;
    /// Size of the whole picture.
    double width_mm = 0, height_mm = 0;
    /// The part of its width that is shown; 0 and 1 for all of it.
    double slice_begin = 0, slice_end = 1;
};

/// One seal cut over the right edges of pages [first, first + count): each shows an equal slice, so
/// that fanned pages show the whole. More than `pages_per_seal` pages get several seals, as even as
/// can be. `middle_mm` is the height of the picture's middle from the top. Throws Error(pdf_place)
/// for less than two pages, pages that do not exist, or a picture that does not fit.
std::vector<SealPlacement> cross_page_placements(const PdfFile& file, size_t first, size_t count,
                                                 double width_mm, double height_mm,
                                                 double middle_mm, size_t pages_per_seal = 20);

struct PdfSealPlan {
    crypto::Certificate signer;
    /// GB/T 38540 when there is a seal; without one GB/T 35275 for SM2 keys and CMS (RFC 5652) for
    /// others.
    std::optional<ElectronicSeal> seal;
    /// Certificates between the signer and its root, and lists: for containers without a seal.
    std::vector<crypto::Certificate> chain;
    std::vector<crypto::RevocationList> evidence;
    /// What is shown; the seal's own picture when there is a seal. PNG or JPEG.
    std::optional<SealPicture> picture;
    /// Nothing to see when empty. The first one is the signature's own place, the others are stamps
    /// of the same picture.
    std::vector<SealPlacement> placements;
    Timestamp time;
    std::string name;  ///< who seals; the certificate's holder when empty
    std::string reason, location;
    std::string filter, sub_filter;  ///< names for readers; the usual ones when empty
};

/// The names that are written when the plan has none: GM.PKILite and GM.sm2seal for seals,
/// Adobe.PPKLite and adbe.pkcs7.detached for the others.
std::string default_filter(const PdfSealPlan& plan);
std::string default_sub_filter(const PdfSealPlan& plan);

/// One act of sealing, in two steps around the key: what is to be signed, and the finished section.
class PdfSealing {
public:
    /// Reads the file once (it must outlive this). Throws Error: pdf_damaged; pdf_certified when a
    /// signature forbids any change; pdf_place; seal_picture; seal_signer_not_listed; seal_expired
    /// or seal_not_yet_valid for the seal at the time of sealing; and what the file throws.
    PdfSealing(const PdfFile& file, PdfSealPlan plan);
    ~PdfSealing();
    PdfSealing(PdfSealing&&) noexcept;
    PdfSealing& operator=(PdfSealing&&) noexcept;

    /// What the signer's key signs, in the certificate's kind: a few kilobytes, whatever the size
    /// of the document.
    const Bytes& to_be_signed() const;
    /// What is to be appended to the file. Throws Error(signature_invalid) when the signature does
    /// not fit.
    Bytes finish(ByteView signature);

private:
    struct State;
    std::unique_ptr<State> m_state;
};

}  // namespace bidseal::seal
