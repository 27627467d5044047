#include "bridge/os/charset.h"

#include <windows.h>

#include "bridge/os/windows/text.h"

namespace bidseal::os {
namespace {

std::wstring wide_from(const std::string& text, unsigned code_page) {
    const int size = static_cast<int>(text.size());
    const int length = ::MultiByteToWideChar(code_page, 0, text.data(), size, nullptr, 0);
    std::wstring wide(static_cast<size_t>(length), L'\0');
    ::MultiByteToWideChar(code_page, 0, text.data(), size, wide.data(), length);
    return wide;
}

}  // namespace

std::wstring wide_from_utf8(const std::string& text) {
    return wide_from(text, CP_UTF8);
}

std::string utf8_from_wide(const std::wstring& text) {
    const int size = static_cast<int>(text.size());
    const int length =
        ::WideCharToMultiByte(CP_UTF8, 0, text.data(), size, nullptr, 0, nullptr, nullptr);
    std::string narrow(static_cast<size_t>(length), '\0');
    ::WideCharToMultiByte(CP_UTF8, 0, text.data(), size, narrow.data(), length, nullptr, nullptr);
    return narrow;
}

std::string utf8_from_gbk(const std::string& text) {
    constexpr unsigned gbk = 936;
    return utf8_from_wide(wide_from(text, gbk));
}

}  // namespace bidseal::os
