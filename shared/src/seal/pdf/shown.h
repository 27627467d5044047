// What the annotations of a signature show.
#pragma once

#include "bidseal/seal/electronic_seal.h"
#include "bidseal/seal/pdf_file.h"

namespace bidseal::seal {

/// The image of an annotation whose appearance is a form that draws one image and nothing else, as
/// this project writes it; null for any other.
PdfValue only_picture(const PdfFile& file, const PdfValue& annotation);

enum class Shown {
    unknown,    ///< another maker's form, or another size: not to be told
    same,       ///< exactly the seal's picture
    different,  ///< an image of the same size, or of the same kind, that is not the seal's
};

/// Whether the annotation shows the seal's picture.
Shown compare_shown(const PdfFile& file, const PdfValue& annotation, const SealPicture& picture);

}  // namespace bidseal::seal
