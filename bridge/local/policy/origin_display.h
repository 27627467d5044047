// How an origin is shown to a person: a name in another script is written both ways.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace bidseal::bridge {

/// The text of a label after `xn--` (RFC 3492), as UTF-8; nothing when it is malformed, decodes to
/// ASCII alone or to a character that may not be shown.
std::optional<std::string> decode_punycode(std::string_view label);

/// `https://投标.example (https://xn--6oq18h.example)`; an origin in ASCII, or one whose labels
/// cannot be decoded, stays as it is.
std::string origin_for_people(std::string_view origin);

}  // namespace bidseal::bridge
