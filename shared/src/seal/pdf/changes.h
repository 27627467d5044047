// What an incremental section changed of the document that was signed.
#pragma once

#include "bidseal/seal/pdf_file.h"

namespace bidseal::seal {

/// Whether `later` shows what `earlier` (its first bytes) showed, and more only by further
/// signatures: fields, their annotations on pages, their stamps, and proofs of certificates (DSS).
/// Everything that can be reached from the earlier catalogue is compared by where it lives.
bool only_signatures_added(const PdfFile& earlier, const PdfFile& later);

}  // namespace bidseal::seal
