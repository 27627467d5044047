// Byte strings and their text forms (hex, base64) as the whole core uses them.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace bidseal {

using Bytes = std::vector<uint8_t>;
using ByteView = std::span<const uint8_t>;

/// The bytes of a text, not copied: the text must outlive the view.
inline ByteView as_bytes(std::string_view text) {
    return {reinterpret_cast<const uint8_t*>(text.data()), text.size()};
}

/// The text that the bytes spell (no check of UTF-8 here: see base/text.h), not copied.
inline std::string_view as_text(ByteView bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

inline Bytes to_bytes(ByteView v) {
    return Bytes(v.begin(), v.end());
}

inline void append(Bytes& to, ByteView what) {
    to.insert(to.end(), what.begin(), what.end());
}

inline bool equal(ByteView a, ByteView b) {
    return a.size() == b.size() && (a.empty() || std::memcmp(a.data(), b.data(), a.size()) == 0);
}

/// A byte string whose length and meaning are part of its type: a digest is not a nonce.
template <size_t N, class Tag>
struct FixedBytes {
    std::array<uint8_t, N> bytes{};

    static constexpr size_t size() { return N; }
    ByteView view() const { return bytes; }
    uint8_t* data() { return bytes.data(); }
    const uint8_t* data() const { return bytes.data(); }
    friend bool operator==(const FixedBytes& a, const FixedBytes& b) { return a.bytes == b.bytes; }
    friend bool operator!=(const FixedBytes& a, const FixedBytes& b) { return a.bytes != b.bytes; }
    friend bool operator<(const FixedBytes& a, const FixedBytes& b) { return a.bytes < b.bytes; }
};

/// Lower-case hex of the bytes.
std::string to_hex(ByteView bytes);

/// Bytes of a hex text, either case. Throws Error(encoding_invalid).
Bytes from_hex(std::string_view hex);

/// Canonical base64 (RFC 4648 section 4, with padding).
std::string to_base64(ByteView bytes);

/// Bytes of a base64 text; refuses white space, missing padding and non-zero spare bits, so that a
/// byte string has exactly one spelling. Throws Error(encoding_invalid).
Bytes from_base64(std::string_view text);

/// Writes an unsigned integer big-endian at the end of `to`.
void append_u16(Bytes& to, uint16_t v);
void append_u32(Bytes& to, uint32_t v);
void append_u64(Bytes& to, uint64_t v);

/// Reads a big-endian integer; the caller has checked that the bytes are there.
uint32_t load_u32(const uint8_t* p);
uint64_t load_u64(const uint8_t* p);

}  // namespace bidseal
