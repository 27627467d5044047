// Text of foreign origin (certificates, tokens, tender files) made fit to be shown.
#pragma once

#include <string>
#include <string_view>

namespace bidseal::bridge {

/// The text with control characters, bidirectional controls and broken UTF-8 replaced by U+FFFD,
/// cut at a character so that it is at most `max_bytes` long; a cut text ends in "…" (U+2026).
std::string display_text(std::string_view text, size_t max_bytes);

}  // namespace bidseal::bridge
