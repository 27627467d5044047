// Checks of text that people will read or that becomes a file name.
#pragma once

#include <string>
#include <string_view>

namespace bidseal {

/// Whether the bytes are well-formed UTF-8 (no surrogates, no overlong forms, at most U+10FFFF).
bool is_valid_utf8(std::string_view text);

/// Free text of the formats: valid UTF-8, 1 to `max_bytes` long, without control characters
/// (C0, DEL, C1), line and paragraph separators (U+2028, U+2029), bidirectional controls or U+FEFF,
/// so that nothing is shown that is not there.
bool is_clean_text(std::string_view text, size_t max_bytes);

/// An identifier of the formats: [A-Za-z0-9._-]{1,64}.
bool is_identifier(std::string_view text);

/// A document path inside a bid: relative, '/'-separated, clean text, no empty, '.' or '..' part,
/// none of the characters that Windows forbids (backslash, colon, < > " | ? *), no name that
/// Windows reserves (CON, NUL …, with any extension), no part ending in a dot or space, each part
/// at most 255 bytes, whole at most 1024.
bool is_safe_path(std::string_view path);

/// Folds a path for finding collisions: simple case folding of ASCII, Latin, Greek, Cyrillic and
/// full-width letters. Two paths with equal folds may not stand in one envelope. The path must be
/// valid UTF-8, else Error(encoding_invalid).
std::string fold_path(std::string_view path);

/// Whether the text is a decimal number with exactly `scale` digits after the point (none, and no
/// point, when scale is 0), without leading zeros or a plus sign; "-0" is refused.
bool is_decimal(std::string_view text, int scale);

/// Compares two decimals of the same scale as is_decimal() accepts: -1, 0 or 1.
int compare_decimal(std::string_view a, std::string_view b);

}  // namespace bidseal
