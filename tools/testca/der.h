// A small DER writer: values are byte strings, put together from the inside out.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

#include "bidseal/base/bytes.h"
#include "bidseal/base/time.h"

namespace bidseal::testca::der {

/// Tag, length and the contents one after the other.
Bytes value(uint8_t tag, std::initializer_list<ByteView> contents);
inline Bytes sequence(std::initializer_list<ByteView> parts) {
    return value(0x30, parts);
}
inline Bytes set(std::initializer_list<ByteView> parts) {
    return value(0x31, parts);
}
inline Bytes octets(ByteView content) {
    return value(0x04, {content});
}
/// [n] EXPLICIT, or IMPLICIT of a constructed value.
inline Bytes context(int n, ByteView content) {
    return value(static_cast<uint8_t>(0xA0 + n), {content});
}
Bytes bits(ByteView content);
Bytes boolean_true();
/// A non-negative integer from big-endian bytes, written shortest.
Bytes integer(ByteView big_endian);
Bytes integer(uint32_t v);
/// From dotted decimal.
Bytes oid(std::string_view dotted);
Bytes utf8(std::string_view text);
Bytes printable(std::string_view text);
Bytes ia5(std::string_view text);
/// UTCTime up to 2049, GeneralizedTime after (RFC 5280 section 4.1.2.5).
Bytes time(Timestamp t);
/// Named bits as keyUsage has them: bit 0 is the first; trailing zeros are cut.
Bytes named_bits(uint16_t bits);

}  // namespace bidseal::testca::der
