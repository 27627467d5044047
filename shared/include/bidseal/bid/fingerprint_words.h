// Twelve words for reading a fingerprint aloud. docs/spec/bid-format.md section 4.2.
#pragma once

#include <string>
#include <vector>

#include "bidseal/bid/index.h"

namespace bidseal::bid {

/// Upper-case hex in groups of four, separated by single spaces: `3F2A 90C1 …` (16 groups).
std::string fingerprint_text(const Fingerprint& fingerprint);
/// Reads that text; lower case and any white space are accepted. Throws Error(encoding_invalid).
Fingerprint parse_fingerprint(std::string_view text);

/// The word of an 11-bit value: four letters, consonant-vowel-consonant-vowel.
std::string fingerprint_word(uint32_t value);

/// The words of the first 132 bits: for comparison by ear only, never as an input.
std::vector<std::string> fingerprint_words(const Fingerprint& fingerprint);

}  // namespace bidseal::bid
