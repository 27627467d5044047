// Binary messages: big-endian numbers, fields of a fixed or stated length, and nothing left over.
#pragma once

#include "bidseal/base/bytes.h"
#include "bidseal/base/error.h"

namespace bidseal {

/// Reads a message from its start to its end. Every function throws Error(fault), at() the byte
/// where the fault lies. The bytes must outlive the reader.
class WireReader {
public:
    explicit WireReader(ByteView bytes, ErrorCode fault = ErrorCode::encoding_invalid)
        : m_bytes(bytes), m_fault(fault) {}

    uint8_t u8();
    uint16_t u16();
    uint32_t u32();
    uint64_t u64();
    /// The next `size` bytes, not copied.
    ByteView take(size_t size);
    /// A u32 length of `min` to `max`, then so many bytes, not copied.
    ByteView field(size_t min, size_t max);
    /// A FixedBytes type.
    template <class Fixed>
    Fixed fixed() {
        Fixed result;
        const ByteView bytes = take(Fixed::size());
        std::memcpy(result.data(), bytes.data(), Fixed::size());
        return result;
    }
    /// Exactly these bytes.
    void constant(ByteView expected);
    /// A number of `min` to `max`, written as u16: of items that follow.
    size_t count(size_t min, size_t max);
    /// Throws unless the condition holds.
    void check(bool condition) const;
    /// Throws unless everything was read.
    void finish() const;
    size_t left() const { return m_bytes.size() - m_at; }

private:
    ByteView m_bytes;
    ErrorCode m_fault;
    size_t m_at = 0;
};

/// A u32 length and the bytes, as WireReader::field() reads them.
void append_field(Bytes& to, ByteView what);

}  // namespace bidseal
