// A certificate as a plain JavaScript object; its type stands in web/sdk/src/types.
#pragma once

#include <emscripten/val.h>

#include "bidseal/crypto/certificate.h"

namespace bidseal::wasm {

emscripten::val describe(const crypto::Certificate& certificate);

}  // namespace bidseal::wasm
