// Hex, base64 and big-endian integers.
#include "bidseal/base/bytes.h"

#include "bidseal/base/error.h"

namespace bidseal {
namespace {

const char hex_digits[] = "0123456789abcdef";
const char base64_digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

int hex_value(char c) {
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    if (c >= 'a' && c <= 'f') {
        return c - 'a' + 10;
    }
    if (c >= 'A' && c <= 'F') {
        return c - 'A' + 10;
    }
    return -1;
}

int base64_value(char c) {
    if (c >= 'A' && c <= 'Z') {
        return c - 'A';
    }
    if (c >= 'a' && c <= 'z') {
        return c - 'a' + 26;
    }
    if (c >= '0' && c <= '9') {
        return c - '0' + 52;
    }
    if (c == '+') {
        return 62;
    }
    if (c == '/') {
        return 63;
    }
    return -1;
}

[[noreturn]] void fail(const char* message, size_t position) {
    throw Error(ErrorCode::encoding_invalid, message).at(position);
}

}  // namespace

std::string to_hex(ByteView bytes) {
    std::string text;
    text.reserve(2 * bytes.size());
    for (uint8_t byte : bytes) {
        text += hex_digits[byte >> 4];
        text += hex_digits[byte & 15];
    }
    return text;
}

Bytes from_hex(std::string_view hex) {
    if (hex.size() % 2 != 0) {
        fail("hex with an odd number of digits", hex.size());
    }
    Bytes bytes(hex.size() / 2);
    for (size_t i = 0; i < hex.size(); i += 2) {
        const int high = hex_value(hex[i]);
        const int low = hex_value(hex[i + 1]);
        if (high < 0 || low < 0) {
            fail("hex with a character that is no digit", high < 0 ? i : i + 1);
        }
        bytes[i / 2] = static_cast<uint8_t>(high << 4 | low);
    }
    return bytes;
}

std::string to_base64(ByteView bytes) {
    std::string text;
    text.reserve((bytes.size() + 2) / 3 * 4);
    for (size_t i = 0; i < bytes.size(); i += 3) {
        const size_t left = bytes.size() - i;
        uint32_t group = static_cast<uint32_t>(bytes[i]) << 16;
        if (left > 1) {
            group |= static_cast<uint32_t>(bytes[i + 1]) << 8;
        }
        if (left > 2) {
            group |= bytes[i + 2];
        }
        text += base64_digits[group >> 18];
        text += base64_digits[group >> 12 & 63];
        text += left > 1 ? base64_digits[group >> 6 & 63] : '=';
        text += left > 2 ? base64_digits[group & 63] : '=';
    }
    return text;
}

Bytes from_base64(std::string_view text) {
    if (text.size() % 4 != 0) {
        fail("base64 whose length is not a multiple of four", text.size());
    }
    Bytes bytes;
    bytes.reserve(text.size() / 4 * 3);
    for (size_t i = 0; i < text.size(); i += 4) {
        size_t padding = 0;
        if (i + 4 == text.size()) {
            padding = text[i + 3] != '=' ? 0 : text[i + 2] != '=' ? 1 : 2;
        }
        uint32_t group = 0;
        for (size_t j = 0; j < 4 - padding; ++j) {
            const int value = base64_value(text[i + j]);
            if (value < 0) {
                fail("base64 with a character that is no digit", i + j);
            }
            group |= static_cast<uint32_t>(value) << (18 - 6 * j);
        }
        // Bits that no byte takes must be zero, or one byte string would have several spellings.
        const uint32_t spare = padding == 2 ? 0xFFFF : padding == 1 ? 0xFF : 0;
        if ((group & spare) != 0) {
            fail("base64 with spare bits that are not zero", i);
        }
        for (size_t j = 0; j < 3 - padding; ++j) {
            bytes.push_back(static_cast<uint8_t>(group >> (16 - 8 * j)));
        }
    }
    return bytes;
}

namespace {

template <class Integer>
void append_big_endian(Bytes& to, Integer value) {
    for (size_t i = sizeof(Integer); i-- > 0;) {
        to.push_back(static_cast<uint8_t>(value >> (8 * i)));
    }
}

}  // namespace

void append_u16(Bytes& to, uint16_t v) {
    append_big_endian(to, v);
}
void append_u32(Bytes& to, uint32_t v) {
    append_big_endian(to, v);
}
void append_u64(Bytes& to, uint64_t v) {
    append_big_endian(to, v);
}

uint32_t load_u32(const uint8_t* p) {
    return static_cast<uint32_t>(p[0]) << 24 | static_cast<uint32_t>(p[1]) << 16 |
           static_cast<uint32_t>(p[2]) << 8 | static_cast<uint32_t>(p[3]);
}

uint64_t load_u64(const uint8_t* p) {
    return static_cast<uint64_t>(load_u32(p)) << 32 | load_u32(p + 4);
}

}  // namespace bidseal
