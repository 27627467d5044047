// Signature fields of a PDF (ISO 32000-2 section 12.7.5.5).
#pragma once

#include <string>
#include <vector>

#include "bidseal/seal/pdf_file.h"

namespace bidseal::seal {

struct SignatureField {
    PdfReference reference;
    std::string name;  ///< full name, parts joined by dots, UTF-8
    PdfValue dictionary;
    /// The value; null for a field that nobody has signed.
    PdfValue value;
};

/// All signature fields in the order of the form. Throws Error(pdf_damaged) for a form with loops.
std::vector<SignatureField> signature_fields(const PdfFile& file);

/// Whether a signature of the file forbids every change (DocMDP with P 1, or a lock with P 1).
bool forbids_changes(const PdfFile& file);

}  // namespace bidseal::seal
