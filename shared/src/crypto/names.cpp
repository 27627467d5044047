#include "names.h"

#include <algorithm>

#include "bidseal/base/text.h"
#include "bidseal/crypto/der_reader.h"
#include "bidseal/crypto/oids.h"

namespace bidseal::crypto {
namespace {

struct ShortName {
    std::string_view type, text;
};
// RFC 4514 section 3 and the registered descriptors of RFC 4519.
constexpr ShortName short_names[] = {
    {"2.5.4.3", "CN"},
    {"2.5.4.4", "SN"},
    {"2.5.4.5", "serialNumber"},
    {"2.5.4.6", "C"},
    {"2.5.4.7", "L"},
    {"2.5.4.8", "ST"},
    {"2.5.4.9", "STREET"},
    {"2.5.4.10", "O"},
    {"2.5.4.11", "OU"},
    {"2.5.4.12", "title"},
    {"2.5.4.42", "givenName"},
    {"2.5.4.97", "organizationIdentifier"},
    {"1.2.840.113549.1.9.1", "emailAddress"},
    {"0.9.2342.19200300.100.1.1", "UID"},
    {"0.9.2342.19200300.100.1.25", "DC"},
};

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

/// UTF-16BE without unpaired surrogates.
bool read_utf16(ByteView content, std::string& out) {
    if (content.size() % 2 != 0)
        return false;
    const auto unit = [&](size_t i) {
        return static_cast<uint32_t>(content[i]) << 8 | content[i + 1];
    };
    for (size_t i = 0; i < content.size(); i += 2) {
        uint32_t c = unit(i);
        if (c >= 0xd800 && c < 0xe000) {
            if (c >= 0xdc00 || i + 2 >= content.size())
                return false;
            const uint32_t low = unit(i + 2);
            if (low < 0xdc00 || low >= 0xe000)
                return false;
            c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
            i += 2;
        }
        append_utf8(out, c);
    }
    return true;
}

bool read_utf32(ByteView content, std::string& out) {
    if (content.size() % 4 != 0)
        return false;
    for (size_t i = 0; i < content.size(); i += 4) {
        const uint32_t c = load_u32(&content[i]);
        if (c > 0x10ffff || (c >= 0xd800 && c < 0xe000))
            return false;
        append_utf8(out, c);
    }
    return true;
}

bool is_ascii(ByteView content) {
    return std::all_of(content.begin(), content.end(), [](uint8_t c) { return c < 0x80; });
}

/// One value escaped by RFC 4514 section 2.4. What is not clean text goes out as hex pairs.
std::string escaped(const std::string& text) {
    static constexpr char digits[] = "0123456789ABCDEF";
    std::string out;
    for (size_t i = 0; i < text.size();) {
        size_t length = 1;
        while (i + length < text.size() && (text[i + length] & 0xc0) == 0x80)
            length++;
        const std::string c = text.substr(i, length);
        const bool edge_space = c == " " && (i == 0 || i + 1 == text.size());
        if (edge_space || (i == 0 && c == "#") ||
            (length == 1 && std::string_view("\"+,;<>\\=").find(c[0]) != std::string_view::npos)) {
            out += '\\' + c;
        } else if (!is_clean_text(c, 4)) {
            for (const char b : c) {
                out += '\\';
                out += digits[static_cast<uint8_t>(b) >> 4];
                out += digits[b & 0x0f];
            }
        } else {
            out += c;
        }
        i += length;
    }
    return out;
}

std::string type_text(const std::string& type) {
    for (const ShortName& known : short_names)
        if (known.type == type)
            return std::string(known.text);
    return type;
}

}  // namespace

std::optional<std::string> read_string(uint8_t tag, ByteView content, ErrorCode code) {
    std::string out;
    bool good = true;
    switch (tag) {
        case der::utf8_string:
            out = std::string(as_text(content));
            good = is_valid_utf8(out);
            break;
        case 0x12:  // NumericString
        case der::printable_string:
        case der::ia5_string:
        case 0x1a:  // VisibleString
            out = std::string(as_text(content));
            good = is_ascii(content);
            break;
        case der::teletex_string:  // as everyone reads it: Latin-1
            for (const uint8_t b : content)
                append_utf8(out, b);
            break;
        case der::bmp_string:
            good = read_utf16(content, out);
            break;
        case der::universal_string:
            good = read_utf32(content, out);
            break;
        default:
            return std::nullopt;
    }
    require(good, code, "text in a broken encoding");
    return out;
}

std::vector<NameAttribute> read_name(ByteView der, ErrorCode code) {
    std::vector<NameAttribute> attributes;
    der::Reader outer(der, code);
    der::Reader rdns = outer.enter(der::sequence);
    outer.finish();
    for (size_t rdn = 0; !rdns.done(); rdn++) {
        der::Reader members = rdns.enter(der::set);
        members.check(!members.done());
        while (!members.done()) {
            der::Reader pair = members.enter(der::sequence);
            NameAttribute attribute;
            attribute.type = pair.oid();
            const der::Value v = pair.any();
            pair.finish();
            attribute.value = v.whole;
            attribute.rdn = rdn;
            if (auto text = read_string(v.tag, v.content, code)) {
                attribute.text = std::move(*text);
                attribute.is_text = true;
            }
            attributes.push_back(std::move(attribute));
            rdns.check(attributes.size() <= 64);
        }
    }
    return attributes;
}

std::string name_attribute(const std::vector<NameAttribute>& name, std::string_view type) {
    for (auto it = name.rbegin(); it != name.rend(); ++it)
        if (it->type == type && it->is_text)
            return it->text;
    return {};
}

std::string name_text(const std::vector<NameAttribute>& name) {
    std::string out;
    for (size_t i = name.size(); i > 0;) {
        // The attributes of one relative name keep their order, joined by '+'.
        size_t first = i - 1;
        while (first > 0 && name[first - 1].rdn == name[i - 1].rdn)
            first--;
        if (!out.empty())
            out += ',';
        for (size_t k = first; k < i; k++) {
            if (k > first)
                out += '+';
            const std::string type = type_text(name[k].type);
            // A type that has no short name is followed by its value's DER (RFC 4514 section 2.4).
            const bool readable = name[k].is_text && type != name[k].type;
            out += type + '=' + (readable ? escaped(name[k].text) : '#' + to_hex(name[k].value));
        }
        i = first;
    }
    return out;
}

}  // namespace bidseal::crypto
