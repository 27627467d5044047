// Writing of DER: small functions that return the octets of one value.
#pragma once

#include <initializer_list>
#include <string_view>
#include <vector>

#include "bidseal/base/bytes.h"

namespace bidseal::crypto::der {

/// One value: tag, minimal length, the contents one after the other.
Bytes value(uint8_t tag, std::initializer_list<ByteView> contents);
Bytes value(uint8_t tag, ByteView content);
Bytes sequence_of(std::initializer_list<ByteView> contents);
/// SET OF in DER order (X.690 section 11.6) under `tag`, without repeats removed.
Bytes set_of(std::vector<Bytes> members, uint8_t tag = 0x31);
/// INTEGER from a big-endian magnitude of any length.
Bytes unsigned_integer(ByteView magnitude);
Bytes small_integer(uint32_t n);
/// OBJECT IDENTIFIER from dotted text, which must be well-formed.
Bytes oid(std::string_view dotted);
Bytes octets(ByteView content);
/// BIT STRING without unused bits.
Bytes bits(ByteView content);
Bytes null_value();
/// AlgorithmIdentifier with given parameters (none when empty).
Bytes algorithm(std::string_view dotted, ByteView parameters = {});

}  // namespace bidseal::crypto::der
