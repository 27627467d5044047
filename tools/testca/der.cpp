#include "der.h"

#include <algorithm>
#include <cstdio>

namespace bidseal::testca::der {

Bytes value(uint8_t tag, std::initializer_list<ByteView> contents) {
    size_t length = 0;
    for (const ByteView part : contents)
        length += part.size();
    Bytes out{tag};
    if (length < 0x80) {
        out.push_back(static_cast<uint8_t>(length));
    } else {
        Bytes octets;
        for (size_t rest = length; rest != 0; rest >>= 8) {
            octets.insert(octets.begin(), static_cast<uint8_t>(rest));
        }
        out.push_back(static_cast<uint8_t>(0x80 + octets.size()));
        append(out, octets);
    }
    for (const ByteView part : contents)
        append(out, part);
    return out;
}

Bytes bits(ByteView content) {
    const uint8_t unused = 0;
    return value(0x03, {{&unused, 1}, content});
}

Bytes boolean_true() {
    return {0x01, 0x01, 0xFF};
}

Bytes integer(ByteView big_endian) {
    while (big_endian.size() > 1 && big_endian[0] == 0)
        big_endian = big_endian.subspan(1);
    const Bytes zero{0};
    const bool negative = !big_endian.empty() && (big_endian[0] & 0x80) != 0;
    if (negative || big_endian.empty())
        return value(0x02, {zero, big_endian});
    return value(0x02, {big_endian});
}

Bytes integer(uint32_t v) {
    Bytes octets;
    append_u32(octets, v);
    return integer(octets);
}

Bytes oid(std::string_view dotted) {
    std::vector<uint32_t> arcs{0};
    for (const char c : dotted) {
        if (c == '.') {
            arcs.push_back(0);
        } else {
            arcs.back() = arcs.back() * 10 + static_cast<uint32_t>(c - '0');
        }
    }
    Bytes content;
    for (size_t i = 1; i < arcs.size(); ++i) {
        uint32_t arc = i == 1 ? arcs[0] * 40 + arcs[1] : arcs[i];
        Bytes septets{static_cast<uint8_t>(arc & 0x7F)};
        while ((arc >>= 7) != 0) {
            septets.insert(septets.begin(), static_cast<uint8_t>(0x80 | (arc & 0x7F)));
        }
        append(content, septets);
    }
    return value(0x06, {content});
}

Bytes utf8(std::string_view text) {
    return value(0x0C, {as_bytes(text)});
}
Bytes printable(std::string_view text) {
    return value(0x13, {as_bytes(text)});
}
Bytes ia5(std::string_view text) {
    return value(0x16, {as_bytes(text)});
}

Bytes time(Timestamp t) {
    const CalendarTime c = to_calendar(t);
    char text[32];
    if (c.year < 2050) {
        std::snprintf(text, sizeof text, "%02d%02d%02d%02d%02d%02dZ", c.year % 100, c.month, c.day,
                      c.hour, c.minute, c.second);
        return value(0x17, {as_bytes(text)});
    }
    std::snprintf(text, sizeof text, "%04d%02d%02d%02d%02d%02dZ", c.year, c.month, c.day, c.hour,
                  c.minute, c.second);
    return value(0x18, {as_bytes(text)});
}

Bytes named_bits(uint16_t bits) {
    Bytes content{0};
    int last = -1;
    for (int bit = 0; bit < 16; ++bit) {
        if ((bits & (1u << bit)) == 0)
            continue;
        last = bit;
        const size_t at = 1 + static_cast<size_t>(bit) / 8;
        content.resize(std::max(content.size(), at + 1), 0);
        content[at] |= static_cast<uint8_t>(0x80 >> (bit % 8));
    }
    content[0] = last < 0 ? 0 : static_cast<uint8_t>(7 - last % 8);
    return value(0x03, {content});
}

}  // namespace bidseal::testca::der
