#pragma once

#include <cstddef>
#include <cstdint>

#include "vector128.h"
#include "word_codec.h"

/// The pieces of the compression function of SM3 (GB/T 32905-2016 §4 and §5.3), for a single
/// message (Word = uint32_t) and for four side by side (Word = Vec4x32).
namespace bidseal::crypto::kernels {

inline constexpr std::uint32_t sm3_initial_value[8] = {
    0x7380166f, 0x4914b2b9, 0x172442d7, 0xda8a0600, 0xa96f30bc, 0x163138aa, 0xe38dee4d, 0xb0fb0e4e};

inline constexpr unsigned sm3_rounds = 64;

/// Rounds below this one mix with XOR, later ones with majority and choice.
inline constexpr unsigned sm3_early_rounds = 16;

/// T_j <<< (j mod 32), the form in which every round uses its constant.
constexpr std::uint32_t sm3_round_constant(unsigned round) {
    const std::uint32_t base = round < sm3_early_rounds ? 0x79cc4519 : 0x7a879d8a;
    return round % 32 == 0 ? base : rotate_left(base, round % 32);
}

/// Rotation by one byte; with vectors WebAssembly does it in one instruction instead of three.
template <class Word>
BIDSEAL_KERNEL_INLINE Word rotate_byte(Word word) {
    return rotate_left(word, 8);
}
#ifdef __wasm__
template <>
BIDSEAL_KERNEL_INLINE Vec4x32 rotate_byte(Vec4x32 word) {
    const Vec16x8 bytes = (Vec16x8)word;
    return (Vec4x32)__builtin_shufflevector(bytes, bytes, 3, 0, 1, 2, 7, 4, 5, 6, 11, 8, 9, 10, 15,
                                            12, 13, 14);
}
#endif

/// P_0(x) = x ^ (x <<< 9) ^ (x <<< 17).
template <class Word>
BIDSEAL_KERNEL_INLINE Word sm3_p0(Word x) {
    return x ^ rotate_left(x ^ rotate_byte(x), 9);
}

/// P_1(x) = x ^ (x <<< 15) ^ (x <<< 23).
template <class Word>
BIDSEAL_KERNEL_INLINE Word sm3_p1(Word x) {
    return x ^ rotate_left(x ^ rotate_byte(x), 15);
}

/// The message word that follows sixteen words by the recurrence of §5.3.2; each argument is named
/// by how many words before the new one it stands.
template <class Word>
BIDSEAL_KERNEL_INLINE Word sm3_next_message_word(Word w16, Word w13, Word w9, Word w6, Word w3) {
    return sm3_p1(w16 ^ w9 ^ rotate_left(w3, 15)) ^ rotate_left(w13, 7) ^ w6;
}

/// One round of §5.3.3, working in place: instead of shifting A to H along, the caller renames
/// them. `w0` and `w4` are the message words W_j and W_(j+4).
template <bool Early, class Word>
BIDSEAL_KERNEL_INLINE void sm3_round(const Word& a, Word& b, const Word& c, Word& d, const Word& e,
                                     Word& f, const Word& g, Word& h, std::uint32_t constant,
                                     Word w0, Word w4) {
    const Word a12 = rotate_left(a, 12);
    const Word ss1 = rotate_left(a12 + e + constant, 7);
    const Word ss2 = ss1 ^ a12;
    Word ff;
    Word gg;
    if constexpr (Early) {
        ff = a ^ b ^ c;
        gg = e ^ f ^ g;
    } else {
        ff = (a & b) | ((a | b) & c);
        gg = ((f ^ g) & e) ^ g;
    }
    d = ff + d + ss2 + (w0 ^ w4);
    h = sm3_p0<Word>(gg + h + ss1 + w0);
    b = rotate_left(b, 9);
    f = rotate_left(f, 19);
}

}  // namespace bidseal::crypto::kernels
