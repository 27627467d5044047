// What a reader sees of a seal: picture, form, annotation (ISO 32000-2 section 8.9, 8.10, 12.5).
#pragma once

#include "bidseal/seal/pdf_seal.h"
#include "bidseal/seal/pdf_update.h"

namespace bidseal::seal {

/// Puts the picture in as an image with soft mask. Throws Error(seal_picture).
PdfReference add_picture(PdfUpdate& update, const SealPicture& picture);

/// The placement's box in the page's user space: the Rect of its annotation. Throws
/// Error(pdf_place) when it does not lie on the page.
PdfBox place_on_page(const PdfPage& page, const SealPlacement& placement);

/// The form that shows the picture (or its slice) upright on the page.
PdfReference add_form(PdfUpdate& update, const PdfPage& page, const SealPlacement& placement,
                      PdfReference image);

/// Adds an annotation to the page's list.
void add_to_page(PdfUpdate& update, const PdfPage& page, PdfReference annotation);

PdfValue box_value(const PdfBox& box);

}  // namespace bidseal::seal
