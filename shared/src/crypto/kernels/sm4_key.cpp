// Key expansion of SM4, GB/T 32907-2016 §7.3, in constant time, into the form that the bitsliced
// rounds of sm4_ctr.cpp want.

#include "bidseal/crypto/kernels.h"

#include "sm4_sbox_circuit.h"
#include "word_codec.h"

namespace bidseal::crypto::kernels {
namespace {

constexpr std::uint32_t family_key[4] = {0xa3b1bac6, 0x56aa3350, 0x677d9197, 0xb27022dc};

constexpr std::uint32_t in_each_byte(std::uint8_t value) {
    return 0x01010101u * value;
}

/// CK_i: its four bytes are (4i + j)·7 mod 256.
constexpr std::uint32_t round_constant(unsigned round) {
    std::uint32_t word = 0;
    for (unsigned j = 0; j < 4; ++j) {
        word = word << 8 | ((4 * round + j) * 7 & 0xff);
    }
    return word;
}

/// The S-box on each byte of a word. A plane here uses four of its 32 bits: the lowest of each
/// byte.
std::uint32_t substitute_bytes(std::uint32_t word) {
    const std::uint32_t low_bits = in_each_byte(1);
    const std::uint32_t masked = word ^ in_each_byte(sbox_input_mask);
    std::uint32_t planes[8];
    sm4_sbox_circuit<std::uint32_t>(masked & low_bits, masked >> 1 & low_bits,
                                    masked >> 2 & low_bits, masked >> 3 & low_bits,
                                    masked >> 4 & low_bits, masked >> 5 & low_bits,
                                    masked >> 6 & low_bits, masked >> 7 & low_bits, planes);
    std::uint32_t result = in_each_byte(sbox_output_mask);
    for (unsigned bit = 0; bit < 8; ++bit) {
        result ^= planes[bit] << bit;
    }
    wipe(planes, sizeof planes);
    return result;
}

/// What the bitsliced rounds have to add to the key of one round to make up for the S-box masks.
///
/// The input mask always. The output mask m reaches the state through L, and L of a word of four
/// equal bytes is that word rotated by two; call it e. So every update leaves its state word wrong
/// by e: twice is right again, and after the 8 updates that each word gets in 32 rounds nothing
/// remains. Round 4a + b reads three words that have together been updated 3a + b times.
constexpr std::uint32_t mask_correction(unsigned round) {
    const std::uint32_t error = rotate_left(in_each_byte(sbox_output_mask), 2);
    const unsigned updates_seen = 3 * (round / 4) + round % 4;
    return in_each_byte(sbox_input_mask) ^ (updates_seen % 2 == 1 ? error : 0);
}

}  // namespace

void sm4_ctr_expand(const std::uint8_t key[sm4_key_size], Sm4CtrKey& out) noexcept {
    std::uint32_t words[4];
    for (unsigned i = 0; i < 4; ++i) {
        words[i] = load_be32(key + 4 * i) ^ family_key[i];
    }
    for (unsigned round = 0; round < Sm4CtrKey::rounds; ++round) {
        const std::uint32_t substituted =
            substitute_bytes(words[(round + 1) % 4] ^ words[(round + 2) % 4] ^
                             words[(round + 3) % 4] ^ round_constant(round));
        words[round % 4] ^=
            substituted ^ rotate_left(substituted, 13) ^ rotate_left(substituted, 23);

        const std::uint32_t round_key = words[round % 4] ^ mask_correction(round);
        for (unsigned bit = 0; bit < Sm4CtrKey::word_bits; ++bit) {
            out.masks[round][bit] = 0u - (round_key >> bit & 1);
        }
    }
    wipe(words, sizeof words);
}

}  // namespace bidseal::crypto::kernels
