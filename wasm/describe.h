// The core's objects as plain JavaScript objects; their types stand in web/sdk/src/types.
#pragma once

#include <emscripten/val.h>

#include "bidseal/bid/holder.h"
#include "bidseal/bid/index.h"
#include "bidseal/bid/manifest.h"
#include "bidseal/bid/openers.h"
#include "bidseal/bid/release.h"
#include "bidseal/bid/tender_file.h"

#include "describe_certificate.h"

namespace bidseal::wasm {

emscripten::val describe(const bid::Tender& tender);
emscripten::val describe(const bid::BidIndex& index);
emscripten::val describe(const bid::Fingerprint& fingerprint);
/// All slots of all envelopes, one after the other.
emscripten::val describe(const bid::Openers& openers);
/// The same, put behind what the array already has.
void add_slots(emscripten::val& to, const bid::Openers& openers);
emscripten::val describe(const bid::CheckedRelease& checked);
emscripten::val describe(const bid::ManifestDocument& document, std::string_view envelope);
emscripten::val describe(const bid::UnwrapTask& task);

}  // namespace bidseal::wasm
