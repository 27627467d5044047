// Values of PDF: made, changed, written.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>

#include "bidseal/base/error.h"
#include "bidseal/base/text.h"
#include "bidseal/seal/pdf_value.h"

namespace bidseal::seal {
namespace {

constexpr char hex_digits[] = "0123456789ABCDEF";

void append_utf8(std::string& out, uint32_t c) {
    if (c < 0x80) {
        out += static_cast<char>(c);
    } else if (c < 0x800) {
        out += static_cast<char>(0xc0 | c >> 6);
        out += static_cast<char>(0x80 | (c & 0x3f));
    } else if (c < 0x10000) {
        out += static_cast<char>(0xe0 | c >> 12);
        out += static_cast<char>(0x80 | (c >> 6 & 0x3f));
        out += static_cast<char>(0x80 | (c & 0x3f));
    } else {
        out += static_cast<char>(0xf0 | c >> 18);
        out += static_cast<char>(0x80 | (c >> 12 & 0x3f));
        out += static_cast<char>(0x80 | (c >> 6 & 0x3f));
        out += static_cast<char>(0x80 | (c & 0x3f));
    }
}

/// The code point at `i`, which moves behind it; the text is valid UTF-8.
uint32_t next_code_point(std::string_view text, size_t& i) {
    const auto byte = [&](size_t at) {
        return static_cast<uint8_t>(text[at]);
    };
    const uint8_t first = byte(i);
    const size_t length = first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
    uint32_t c = length == 1 ? first : first & (0x7f >> length);
    for (size_t k = 1; k < length; k++)
        c = c << 6 | (byte(i + k) & 0x3f);
    i += length;
    return c;
}

void write_name(std::string& out, std::string_view name) {
    out += '/';
    for (const char c : name) {
        const auto b = static_cast<uint8_t>(c);
        if (b > 0x20 && b < 0x7f &&
            std::string_view("()<>[]{}/%#").find(c) == std::string_view::npos) {
            out += c;
        } else {
            out += '#';
            out += hex_digits[b >> 4];
            out += hex_digits[b & 15];
        }
    }
}

void write_string(std::string& out, std::string_view bytes) {
    const bool plain = std::all_of(bytes.begin(), bytes.end(), [](char c) {
        return c >= 0x20 && c < 0x7f && c != '(' && c != ')' && c != '\\';
    });
    if (plain) {
        out += '(';
        out += bytes;
        out += ')';
        return;
    }
    out += '<';
    for (const char c : bytes) {
        out += hex_digits[static_cast<uint8_t>(c) >> 4];
        out += hex_digits[static_cast<uint8_t>(c) & 15];
    }
    out += '>';
}

}  // namespace

PdfValue PdfValue::make_integer(int64_t n) {
    PdfValue v;
    v.kind = Kind::integer;
    v.integer = n;
    return v;
}

PdfValue PdfValue::make_boolean(bool b) {
    PdfValue v;
    v.kind = Kind::boolean;
    v.boolean = b;
    return v;
}

PdfValue PdfValue::make_real(double number) {
    char text[64];
    std::snprintf(text, sizeof text, "%.4f", number);
    PdfValue v;
    v.kind = Kind::real;
    v.text = text;
    while (v.text.back() == '0')
        v.text.pop_back();
    if (v.text.back() == '.')
        v.text.pop_back();
    if (v.text == "-0")
        v.text = "0";
    if (v.text.find('.') == std::string::npos)
        return make_integer(std::strtoll(v.text.c_str(), nullptr, 10));
    return v;
}

PdfValue PdfValue::make_name(std::string_view name) {
    PdfValue v;
    v.kind = Kind::name;
    v.text = name;
    return v;
}

PdfValue PdfValue::make_string(ByteView bytes) {
    PdfValue v;
    v.kind = Kind::string;
    v.text = as_text(bytes);
    return v;
}

PdfValue PdfValue::make_text(std::string_view utf8) {
    require(is_valid_utf8(utf8), ErrorCode::encoding_invalid);
    const bool ascii = std::all_of(utf8.begin(), utf8.end(),
                                   [](char c) { return static_cast<uint8_t>(c) < 0x80; });
    if (ascii)
        return make_string(as_bytes(utf8));
    Bytes bytes{0xfe, 0xff};
    for (size_t i = 0; i < utf8.size();) {
        const uint32_t c = next_code_point(utf8, i);
        if (c >= 0x10000) {
            append_u16(bytes, static_cast<uint16_t>(0xd800 + ((c - 0x10000) >> 10)));
            append_u16(bytes, static_cast<uint16_t>(0xdc00 + (c & 0x3ff)));
        } else {
            append_u16(bytes, static_cast<uint16_t>(c));
        }
    }
    return make_string(bytes);
}

PdfValue PdfValue::make_reference(PdfReference reference) {
    PdfValue v;
    v.kind = Kind::reference;
    v.reference = reference;
    return v;
}

PdfValue PdfValue::make_array(std::vector<PdfValue> items) {
    PdfValue v;
    v.kind = Kind::array;
    v.items = std::move(items);
    return v;
}

PdfValue PdfValue::make_dictionary(std::vector<PdfEntry> entries) {
    PdfValue v;
    v.kind = Kind::dictionary;
    v.entries = std::move(entries);
    return v;
}

const PdfValue& PdfValue::operator[](std::string_view key) const {
    static const PdfValue nothing;
    for (const PdfEntry& entry : entries)
        if (entry.key == key)
            return entry.value;
    return nothing;
}

void PdfValue::set(std::string_view key, PdfValue value) {
    for (PdfEntry& entry : entries)
        if (entry.key == key) {
            entry.value = std::move(value);
            return;
        }
    entries.push_back({std::string(key), std::move(value)});
}

void PdfValue::erase(std::string_view key) {
    entries.erase(std::remove_if(entries.begin(), entries.end(),
                                 [&](const PdfEntry& entry) { return entry.key == key; }),
                  entries.end());
}

std::optional<double> PdfValue::number() const {
    if (kind == Kind::integer)
        return static_cast<double>(integer);
    if (kind != Kind::real)
        return std::nullopt;
    // By hand: strtod follows the locale, and this form is all there is.
    double whole = 0, scale = 1;
    bool fraction = false;
    for (const char c : text) {
        if (c == '.') {
            fraction = true;
        } else if (c >= '0' && c <= '9') {
            whole = whole * 10 + (c - '0');
            scale = fraction ? scale * 10 : scale;
        }
    }
    return (text[0] == '-' ? -whole : whole) / scale;
}

bool PdfValue::same_as(const PdfValue& other) const {
    if (kind != other.kind)
        return false;
    switch (kind) {
        case Kind::null:
            return true;
        case Kind::boolean:
            return boolean == other.boolean;
        case Kind::integer:
            return integer == other.integer;
        case Kind::real:
        case Kind::string:
        case Kind::name:
            return text == other.text;
        case Kind::reference:
            return reference == other.reference;
        case Kind::array:
            return items.size() == other.items.size() &&
                   std::equal(items.begin(), items.end(), other.items.begin(),
                              [](const PdfValue& a, const PdfValue& b) { return a.same_as(b); });
        case Kind::dictionary:
            return entries.size() == other.entries.size() &&
                   std::all_of(entries.begin(), entries.end(), [&](const PdfEntry& e) {
                       const auto found =
                           std::find_if(other.entries.begin(), other.entries.end(),
                                        [&](const PdfEntry& o) { return o.key == e.key; });
                       return found != other.entries.end() && e.value.same_as(found->value);
                   });
    }
    return false;
}

void write_value(std::string& out, const PdfValue& value) {
    switch (value.kind) {
        case PdfValue::Kind::null:
            out += "null";
            return;
        case PdfValue::Kind::boolean:
            out += value.boolean ? "true" : "false";
            return;
        case PdfValue::Kind::integer:
            out += std::to_string(value.integer);
            return;
        case PdfValue::Kind::real:
            out += value.text;
            return;
        case PdfValue::Kind::string:
            return write_string(out, value.text);
        case PdfValue::Kind::name:
            return write_name(out, value.text);
        case PdfValue::Kind::reference:
            out += std::to_string(value.reference.number) + ' ' +
                   std::to_string(value.reference.generation) + " R";
            return;
        case PdfValue::Kind::array: {
            out += '[';
            bool first = true;
            for (const PdfValue& item : value.items) {
                out += first ? "" : " ";
                first = false;
                write_value(out, item);
            }
            out += ']';
            return;
        }
        case PdfValue::Kind::dictionary:
            out += "<<";
            for (const PdfEntry& entry : value.entries) {
                write_name(out, entry.key);
                out += ' ';
                write_value(out, entry.value);
                out += '\n';
            }
            out += ">>";
            return;
    }
}

std::string pdf_text(const PdfValue& string) {
    std::string out;
    const std::string_view bytes = string.text;
    const auto byte = [&](size_t i) {
        return static_cast<uint8_t>(bytes[i]);
    };
    if (bytes.size() >= 2 && byte(0) == 0xfe && byte(1) == 0xff) {
        for (size_t i = 2; i + 1 < bytes.size(); i += 2) {
            uint32_t c = static_cast<uint32_t>(byte(i)) << 8 | byte(i + 1);
            if (c >= 0xd800 && c < 0xdc00 && i + 3 < bytes.size()) {
                const uint32_t low = static_cast<uint32_t>(byte(i + 2)) << 8 | byte(i + 3);
                if (low >= 0xdc00 && low < 0xe000) {
                    c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
                    i += 2;
                }
            }
            append_utf8(out, c >= 0xd800 && c < 0xe000 ? 0xfffd : c);
        }
        return out;
    }
    if (bytes.substr(0, 3) == "\xef\xbb\xbf" && is_valid_utf8(bytes.substr(3)))
        return std::string(bytes.substr(3));
    for (size_t i = 0; i < bytes.size(); i++)
        append_utf8(out, byte(i) < 0x80 ? byte(i) : 0xfffd);
    return out;
}

}  // namespace bidseal::seal
