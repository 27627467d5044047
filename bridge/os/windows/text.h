// UTF-8 and UTF-16, for calls of Windows.
#pragma once

#include <string>

namespace bidseal::os {

std::wstring wide_from_utf8(const std::string& text);
std::string utf8_from_wide(const std::wstring& text);

}  // namespace bidseal::os
