#include "bridge/os/charset.h"

#include <iconv.h>

namespace bidseal::os {
namespace {

struct Converter {
    Converter() : handle(::iconv_open("UTF-8", "GBK")) {}
    ~Converter() {
        if (valid())
            ::iconv_close(handle);
    }
    Converter(const Converter&) = delete;
    bool valid() const { return handle != reinterpret_cast<iconv_t>(-1); }
    iconv_t handle;
};

}  // namespace

std::string utf8_from_gbk(const std::string& text) {
    const Converter converter;
    std::string result;
    size_t at = 0;
    while (at < text.size()) {
        // One character at a time, so that one bad byte costs no more than itself.
        const bool plain = static_cast<unsigned char>(text[at]) < 0x80;
        if (plain) {
            result += text[at++];
            continue;
        }
        char out[8];
        char* to = out;
        size_t room = sizeof out;
        char pair[2] = {text[at], at + 1 < text.size() ? text[at + 1] : '\0'};
        char* from = pair;
        size_t left = 2;
        if (converter.valid() && pair[1] != '\0' &&
            ::iconv(converter.handle, &from, &left, &to, &room) != static_cast<size_t>(-1)) {
            result.append(out, sizeof out - room);
            at += 2;
        } else {
            result += '?';
            ++at;
            if (converter.valid())
                ::iconv(converter.handle, nullptr, nullptr, nullptr, nullptr);
        }
    }
    return result;
}

}  // namespace bidseal::os
