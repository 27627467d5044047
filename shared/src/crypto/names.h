// Distinguished names: their attributes as text.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bidseal/base/bytes.h"
#include "bidseal/base/error.h"

namespace bidseal::crypto {

struct NameAttribute {
    std::string type;  // dotted object identifier
    ByteView value;    // DER, as it stands in the name
    std::string text;  // UTF-8; empty when the value is no string
    bool is_text = false;
    size_t rdn = 0;  // which relative name it belongs to
};

/// Attributes of a Name in the order of its DER. Throws Error(code), also for text in a broken
/// encoding.
std::vector<NameAttribute> read_name(ByteView der, ErrorCode code);

/// Text of one of the ASN.1 string types as UTF-8; nothing when it is another type. Throws
/// Error(code).
std::optional<std::string> read_string(uint8_t tag, ByteView content, ErrorCode code);

/// The last attribute of this type, that is the most specific one; empty when there is none.
std::string name_attribute(const std::vector<NameAttribute>& name, std::string_view type);

/// RFC 4514: most specific first, with escapes; control and bidirectional characters as hex pairs.
std::string name_text(const std::vector<NameAttribute>& name);

}  // namespace bidseal::crypto
