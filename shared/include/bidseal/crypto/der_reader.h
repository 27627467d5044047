// Strict reading of DER (X.690 section 10): every value has one spelling here. All foreign bytes
// pass through it before anything else looks at them.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "bidseal/base/bytes.h"
#include "bidseal/base/error.h"
#include "bidseal/base/time.h"

namespace bidseal::crypto::der {

inline constexpr uint8_t boolean = 0x01, integer = 0x02, bit_string = 0x03, octet_string = 0x04,
                         null = 0x05, object_id = 0x06, enumerated = 0x0a, utf8_string = 0x0c,
                         printable_string = 0x13, teletex_string = 0x14, ia5_string = 0x16,
                         utc_time = 0x17, generalized_time = 0x18, universal_string = 0x1c,
                         bmp_string = 0x1e, sequence = 0x30, set = 0x31;

/// The tag of [n] in context class: IMPLICIT over a primitive, or constructed (IMPLICIT over a
/// constructed type, or EXPLICIT).
constexpr uint8_t context(unsigned n) {
    return static_cast<uint8_t>(0x80 | n);
}
constexpr uint8_t context_constructed(unsigned n) {
    return static_cast<uint8_t>(0xa0 | n);
}

/// How deep values may nest.
inline constexpr int max_depth = 32;

/// One value: its identifier octet, its content octets and all of its octets.
struct Value {
    uint8_t tag = 0;
    ByteView content;
    ByteView whole;
};

/// Reads values one after the other. Keeps views: the bytes must outlive the reader. Every fault
/// throws Error with the code given at construction.
class Reader {
public:
    Reader(ByteView bytes, ErrorCode code) : m_rest(bytes), m_code(code) {}

    bool done() const { return m_rest.empty(); }
    /// What has not been read yet.
    ByteView rest() const { return m_rest; }
    ErrorCode code() const { return m_code; }
    /// Whether another value follows and begins with `tag`.
    bool next_is(uint8_t tag) const { return !m_rest.empty() && m_rest[0] == tag; }

    /// The next value, whatever it is: low tag numbers, definite minimal length.
    Value any();
    /// The next value, which must have this tag.
    Value value(uint8_t tag);
    /// A reader over the content of the next value, which must have this tag.
    Reader enter(uint8_t tag) { return Reader(value(tag).content, m_code); }
    std::optional<Reader> enter_if(uint8_t tag);

    /// Content octets of an INTEGER: minimal two's complement, at least one octet.
    ByteView integer_octets(uint8_t tag = integer);
    /// Magnitude of a non-negative INTEGER without leading zeros (zero is empty), at most
    /// `max_size` octets.
    ByteView unsigned_octets(size_t max_size);
    /// The same, left-padded into `out`.
    void unsigned_into(std::span<uint8_t> out);
    /// A non-negative INTEGER below 2^32.
    uint32_t small();
    bool boolean_value();
    ByteView octets() { return value(octet_string).content; }
    /// Octets of a BIT STRING without unused bits.
    ByteView bits();
    /// A BIT STRING of flags, at most 32 of them: bit n of the result is flag n (X.680 numbering).
    uint32_t flags();
    void null_value();
    /// An OBJECT IDENTIFIER as dotted text.
    std::string oid();
    /// UTCTime or GeneralizedTime in the forms of RFC 5280 section 4.1.2.5 (seconds, Z, no
    /// fraction).
    Timestamp time();

    /// Refuses trailing bytes.
    void finish() const { check(m_rest.empty()); }
    void check(bool condition) const {
        if (!condition)
            throw Error(m_code, "not strict DER of the expected structure");
    }

private:
    ByteView m_rest;
    ErrorCode m_code;
};

/// Walks one whole value: definite minimal lengths, low tags, canonical booleans, integers, nulls
/// and object identifiers, no constructed strings, at most `max_depth` deep, nothing behind it.
/// Throws Error(code).
void check(ByteView bytes, ErrorCode code);

}  // namespace bidseal::crypto::der
