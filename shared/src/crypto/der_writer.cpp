#include "bidseal/crypto/der_writer.h"

#include <algorithm>

#include "bidseal/base/error.h"

namespace bidseal::crypto::der {
namespace {

Bytes header(uint8_t tag, size_t length) {
    Bytes out{tag};
    if (length < 0x80) {
        out.push_back(static_cast<uint8_t>(length));
        return out;
    }
    size_t count = 1;
    while (count < sizeof length && length >> (8 * count) != 0)
        count++;
    out.push_back(static_cast<uint8_t>(0x80 | count));
    while (count > 0)
        out.push_back(static_cast<uint8_t>(length >> (8 * --count)));
    return out;
}

void append_arc(Bytes& out, uint64_t arc) {
    int shift = 63;
    while (shift > 0 && arc >> shift == 0)
        shift -= 7;
    for (; shift > 0; shift -= 7)
        out.push_back(static_cast<uint8_t>(0x80 | (arc >> shift & 0x7f)));
    out.push_back(static_cast<uint8_t>(arc & 0x7f));
}

}  // namespace

Bytes value(uint8_t tag, std::initializer_list<ByteView> contents) {
    size_t length = 0;
    for (const ByteView c : contents)
        length += c.size();
    Bytes out = header(tag, length);
    out.reserve(out.size() + length);
    for (const ByteView c : contents)
        append(out, c);
    return out;
}

Bytes value(uint8_t tag, ByteView content) {
    return value(tag, {content});
}

Bytes sequence_of(std::initializer_list<ByteView> contents) {
    return value(0x30, contents);
}

Bytes set_of(std::vector<Bytes> members, uint8_t tag) {
    std::sort(members.begin(), members.end());
    Bytes content;
    for (const Bytes& m : members)
        append(content, m);
    return value(tag, content);
}

Bytes unsigned_integer(ByteView magnitude) {
    while (magnitude.size() > 1 && magnitude[0] == 0)
        magnitude = magnitude.subspan(1);
    static constexpr uint8_t zero[] = {0};
    if (magnitude.empty())
        return value(0x02, ByteView(zero));
    if (magnitude[0] >= 0x80)
        return value(0x02, {ByteView(zero), magnitude});
    return value(0x02, magnitude);
}

Bytes small_integer(uint32_t n) {
    Bytes magnitude;
    append_u32(magnitude, n);
    return unsigned_integer(magnitude);
}

Bytes oid(std::string_view dotted) {
    Bytes content;
    uint64_t first = 0, arc = 0;
    int index = 0;
    for (size_t i = 0; i <= dotted.size(); i++) {
        if (i < dotted.size() && dotted[i] != '.') {
            require(dotted[i] >= '0' && dotted[i] <= '9', ErrorCode::internal, "object identifier");
            arc = arc * 10 + static_cast<uint64_t>(dotted[i] - '0');
            continue;
        }
        if (index == 0)
            first = arc;
        else
            append_arc(content, index == 1 ? first * 40 + arc : arc);
        index++;
        arc = 0;
    }
    return value(0x06, content);
}

Bytes octets(ByteView content) {
    return value(0x04, content);
}

Bytes bits(ByteView content) {
    static constexpr uint8_t no_unused[] = {0};
    return value(0x03, {ByteView(no_unused), content});
}

Bytes null_value() {
    return {0x05, 0x00};
}

Bytes algorithm(std::string_view dotted, ByteView parameters) {
    return sequence_of({oid(dotted), parameters});
}

}  // namespace bidseal::crypto::der
