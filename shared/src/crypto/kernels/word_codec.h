#pragma once

#include <cstdint>

/// Big-endian words, and rotations, as both standards count them.
namespace bidseal::crypto::kernels {

inline std::uint32_t load_be32(const std::uint8_t* bytes) {
    return std::uint32_t{bytes[0]} << 24 | std::uint32_t{bytes[1]} << 16 |
           std::uint32_t{bytes[2]} << 8 | std::uint32_t{bytes[3]};
}

inline void store_be32(std::uint8_t* bytes, std::uint32_t word) {
    bytes[0] = static_cast<std::uint8_t>(word >> 24);
    bytes[1] = static_cast<std::uint8_t>(word >> 16);
    bytes[2] = static_cast<std::uint8_t>(word >> 8);
    bytes[3] = static_cast<std::uint8_t>(word);
}

/// Rotates left by 0 < bits < 32; also lane by lane.
template <class Word>
constexpr Word rotate_left(Word word, unsigned bits) {
    return (word << bits) | (word >> (32 - bits));
}

}  // namespace bidseal::crypto::kernels
