#include "bidseal/crypto/der_reader.h"

#include <algorithm>

namespace bidseal::crypto::der {

Value Reader::any() {
    const ByteView all = m_rest;
    check(all.size() >= 2);
    const uint8_t tag = all[0];
    check((tag & 0x1f) != 0x1f && tag != 0);
    size_t length = all[1];
    size_t header = 2;
    if (length >= 0x80) {
        const size_t count = length & 0x7f;
        check(count >= 1 && count <= 4 && all.size() >= 2 + count && all[2] != 0);
        uint64_t wide = 0;
        for (size_t i = 0; i < count; i++)
            wide = wide << 8 | all[2 + i];
        header += count;
        check(wide >= 0x80 && wide <= all.size() - header);
        length = static_cast<size_t>(wide);
    }
    check(length <= all.size() - header);
    m_rest = all.subspan(header + length);
    return {tag, all.subspan(header, length), all.first(header + length)};
}

Value Reader::value(uint8_t tag) {
    check(next_is(tag));
    return any();
}

std::optional<Reader> Reader::enter_if(uint8_t tag) {
    if (!next_is(tag))
        return std::nullopt;
    return enter(tag);
}

ByteView Reader::integer_octets(uint8_t tag) {
    const ByteView content = value(tag).content;
    check(!content.empty());
    if (content.size() > 1) {
        check(!(content[0] == 0x00 && content[1] < 0x80));
        check(!(content[0] == 0xff && content[1] >= 0x80));
    }
    return content;
}

ByteView Reader::unsigned_octets(size_t max_size) {
    ByteView content = integer_octets();
    check(content[0] < 0x80);
    if (content[0] == 0)
        content = content.subspan(1);
    check(content.size() <= max_size);
    return content;
}

void Reader::unsigned_into(std::span<uint8_t> out) {
    const ByteView octets = unsigned_octets(out.size());
    std::fill(out.begin(), out.end(), uint8_t{0});
    std::copy(octets.begin(), octets.end(), out.end() - static_cast<ptrdiff_t>(octets.size()));
}

uint32_t Reader::small() {
    uint32_t result = 0;
    for (const uint8_t b : unsigned_octets(4))
        result = result << 8 | b;
    return result;
}

bool Reader::boolean_value() {
    const ByteView content = value(boolean).content;
    check(content.size() == 1 && (content[0] == 0x00 || content[0] == 0xff));
    return content[0] != 0;
}

ByteView Reader::bits() {
    const ByteView content = value(bit_string).content;
    check(!content.empty() && content[0] == 0);
    return content.subspan(1);
}

uint32_t Reader::flags() {
    const ByteView content = value(bit_string).content;
    check(!content.empty() && content.size() <= 5 && content[0] < 8);
    check(content.size() > 1 || content[0] == 0);
    uint32_t result = 0;
    const size_t count = (content.size() - 1) * 8 - content[0];
    for (size_t i = 0; i < count; i++)
        if (content[1 + i / 8] >> (7 - i % 8) & 1)
            result |= uint32_t{1} << i;
    return result;
}

void Reader::null_value() {
    check(value(null).content.empty());
}

std::string Reader::oid() {
    const ByteView content = value(object_id).content;
    check(!content.empty() && content.size() <= 64);
    std::string text;
    uint64_t arc = 0;
    bool fresh = true;
    for (const uint8_t b : content) {
        check(!(fresh && b == 0x80));
        check(arc < uint64_t{1} << 56);
        arc = arc << 7 | (b & 0x7f);
        fresh = (b & 0x80) == 0;
        if (!fresh)
            continue;
        if (text.empty()) {
            const uint64_t first = std::min<uint64_t>(arc / 40, 2);
            text = std::to_string(first) + '.' + std::to_string(arc - 40 * first);
        } else {
            text += '.' + std::to_string(arc);
        }
        arc = 0;
    }
    check(fresh);
    return text;
}

Timestamp Reader::time() {
    check(next_is(utc_time) || next_is(generalized_time));
    const Value v = any();
    const size_t year_digits = v.tag == utc_time ? 2 : 4;
    check(v.content.size() == year_digits + 11 && v.content.back() == 'Z');
    for (const uint8_t c : v.content.first(v.content.size() - 1))
        check(c >= '0' && c <= '9');
    const auto number = [&](size_t at, size_t digits) {
        int n = 0;
        for (size_t i = 0; i < digits; i++)
            n = n * 10 + (v.content[at + i] - '0');
        return n;
    };
    int year = number(0, year_digits);
    if (year_digits == 2)
        year += year < 50 ? 2000 : 1900;
    const size_t at = year_digits;
    try {
        return make_time(year, number(at, 2), number(at + 2, 2), number(at + 4, 2),
                         number(at + 6, 2), number(at + 8, 2));
    } catch (const Error&) {
        throw Error(m_code, "an impossible date");
    }
}

namespace {

/// The primitive rules of DER for the universal types that have any.
void check_primitive(const Value& v, ErrorCode code) {
    Reader again(v.whole, code);
    switch (v.tag) {
        case boolean:
            again.boolean_value();
            break;
        case integer:
            again.integer_octets();
            break;
        case enumerated:
            again.integer_octets(enumerated);
            break;
        case null:
            again.null_value();
            break;
        case object_id:
            again.oid();
            break;
        case bit_string:
            again.check(!v.content.empty() && v.content[0] < 8);
            again.check(v.content.size() > 1 || v.content[0] == 0);
            break;
        case sequence & 0x1f:
        case set & 0x1f:
            again.check(false);
            break;
        default:
            break;
    }
}

void check_values(ByteView bytes, ErrorCode code, int depth) {
    Reader reader(bytes, code);
    reader.check(depth <= max_depth);
    while (!reader.done()) {
        const Value v = reader.any();
        const bool constructed = (v.tag & 0x20) != 0;
        const bool universal = (v.tag & 0xc0) == 0;
        if (!constructed) {
            if (universal)
                check_primitive(v, code);
            continue;
        }
        // Only SEQUENCE and SET are constructed among the universal types that we meet.
        reader.check(!universal || v.tag == sequence || v.tag == set);
        check_values(v.content, code, depth + 1);
    }
}

}  // namespace

void check(ByteView bytes, ErrorCode code) {
    Reader one(bytes, code);
    one.any();
    one.finish();
    check_values(bytes, code, 1);
}

}  // namespace bidseal::crypto::der
