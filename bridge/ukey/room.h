// Memory that a foreign function writes into, with a fence behind it.
#pragma once

#include <cstring>

#include "bidseal/base/error.h"
#include "bidseal/base/secret.h"

namespace bidseal::ukey {

inline constexpr uint8_t fence_byte = 0xA7;

/// Throws Error(token_driver_crashed) unless all bytes are the fence's.
inline void check_fence(ByteView fence, const char* what) {
    for (const uint8_t byte : fence) {
        if (byte != fence_byte) {
            throw Error(ErrorCode::token_driver_crashed,
                        std::string(what) + " wrote more than it had room for");
        }
    }
}

/// A buffer of bytes, zero at first and wiped at the end.
class Room {
public:
    explicit Room(size_t size) : m_size(size), m_bytes(size + fence) {
        std::memset(m_bytes.span().data() + m_size, fence_byte, fence);
    }
    uint8_t* data() { return m_bytes.span().data(); }
    size_t size() const { return m_size; }
    /// The first `length` bytes, after the call of `what`. Throws Error: token_driver_crashed,
    /// token_failed when the length is more than the room.
    ByteView take(uint64_t length, const char* what) const {
        check_fence(m_bytes.view().subspan(m_size), what);
        if (length > m_size) {
            throw Error(ErrorCode::token_failed,
                        std::string(what) + " told of more bytes than it had room for");
        }
        return m_bytes.view().first(static_cast<size_t>(length));
    }
    ByteView all(const char* what) const { return take(m_size, what); }

private:
    static constexpr size_t fence = 256;
    size_t m_size;
    SecretBytes m_bytes;
};

/// A ULONG (or BOOL) that a function fills. A library whose ULONG is wider than its profile says
/// breaks the fence.
template <class Ulong>
class Number {
public:
    explicit Number(Ulong value = 0) {
        std::memset(m_bytes, fence_byte, sizeof m_bytes);
        std::memcpy(m_bytes, &value, sizeof value);
    }
    Ulong* pointer() { return reinterpret_cast<Ulong*>(m_bytes); }
    Ulong get(const char* what) const {
        check_fence({m_bytes + sizeof(Ulong), sizeof m_bytes - sizeof(Ulong)}, what);
        Ulong value;
        std::memcpy(&value, m_bytes, sizeof value);
        return value;
    }

private:
    alignas(16) uint8_t m_bytes[32];
};

}  // namespace bidseal::ukey
