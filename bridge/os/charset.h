// Text of tokens in character sets other than UTF-8.
#pragma once

#include <string>

namespace bidseal::os {

/// UTF-8 of GBK text (code page 936). Bytes that are no GBK become '?'.
std::string utf8_from_gbk(const std::string& text);

}  // namespace bidseal::os
