// Seals and reports on them as plain JavaScript objects; their types stand in web/sdk/src/types.
#pragma once

#include <emscripten/val.h>

#include "bidseal/seal/pdf_verify.h"

namespace bidseal::wasm {

emscripten::val describe(const seal::ElectronicSeal& seal);
emscripten::val describe(const std::vector<seal::SealFinding>& findings);
emscripten::val describe(const seal::PdfSealReport& report);

}  // namespace bidseal::wasm
