// What lies between a stream's bytes and its content.
#pragma once

#include "bidseal/seal/pdf_value.h"

namespace bidseal::seal {

/// Undoes a PNG predictor (ISO 32000-2 section 7.4.4.4) that `parameters` name; without one the
/// data stay. Throws Error(pdf_damaged).
Bytes undo_predictor(Bytes data, const PdfValue& parameters);

/// Undoes the row filters of PNG (ISO/IEC 15948 section 9): rows of one filter byte and `row_size`
/// bytes, `pixel_size` bytes a pixel. False when a filter is unknown or the rows do not fill
/// `data`.
bool undo_png_filters(ByteView data, size_t row_size, size_t pixel_size, Bytes& out);

}  // namespace bidseal::seal
