// SM3 of four equally long messages side by side: lane k of every vector belongs to message k.
// The rounds stay in loops and the expanded message in memory. Fully unrolled it is sometimes
// faster and sometimes much slower, depending on the engine's register allocation; this is steady.

#include <algorithm>
#include <array>
#include <cstring>

#include "bidseal/crypto/kernels.h"

#include "sm3_round.h"

namespace bidseal::crypto::kernels {
namespace {

constexpr std::size_t lanes = 4;
constexpr unsigned expanded_words = sm3_rounds + 4;

constexpr std::array<std::uint32_t, sm3_rounds> round_constants = [] {
    std::array<std::uint32_t, sm3_rounds> table{};
    for (unsigned round = 0; round < sm3_rounds; ++round) {
        table[round] = sm3_round_constant(round);
    }
    return table;
}();

/// All that a call needs in memory; on the caller's stack, wiped at the end.
struct Workspace {
    Vec4x32 chaining[8];
    Vec4x32 message[expanded_words];
    std::uint8_t edge_blocks[lanes]
                            [sm3_block_size];  ///< blocks with prefix, end or padding in them
};

/// Reverses the bytes of each word.
BIDSEAL_KERNEL_INLINE Vec4x32 swap_word_bytes(Vec4x32 words) {
#ifdef __wasm__
    const Vec16x8 bytes = (Vec16x8)words;
    return (Vec4x32)__builtin_shufflevector(bytes, bytes, 3, 2, 1, 0, 7, 6, 5, 4, 11, 10, 9, 8, 15,
                                            14, 13, 12);
#else
    // Without a byte shuffle in the baseline instruction set, shifts are the shortest way.
    const Vec4x32 swapped_in_halves = ((words & 0x00ff00ff) << 8) | (words >> 8 & 0x00ff00ff);
    return rotate_left(swapped_in_halves, 16);
#endif
}

/// Loads a block of each lane as 16 vectors of words.
BIDSEAL_KERNEL_INLINE void load_blocks(Vec4x32* message, const std::uint8_t* const block[lanes]) {
    BIDSEAL_KERNEL_UNROLL(4)
    for (unsigned quarter = 0; quarter < 4; ++quarter) {
        const auto load = [=](unsigned lane) {
            return swap_word_bytes(load_vector<Vec4x32>(block[lane] + 16 * quarter));
        };
        const Vec4x32 a = load(0);
        const Vec4x32 b = load(1);
        const Vec4x32 c = load(2);
        const Vec4x32 d = load(3);
        const Vec4x32 ab_low = __builtin_shufflevector(a, b, 0, 4, 1, 5);
        const Vec4x32 ab_high = __builtin_shufflevector(a, b, 2, 6, 3, 7);
        const Vec4x32 cd_low = __builtin_shufflevector(c, d, 0, 4, 1, 5);
        const Vec4x32 cd_high = __builtin_shufflevector(c, d, 2, 6, 3, 7);
        message[4 * quarter] = __builtin_shufflevector(ab_low, cd_low, 0, 1, 4, 5);
        message[4 * quarter + 1] = __builtin_shufflevector(ab_low, cd_low, 2, 3, 6, 7);
        message[4 * quarter + 2] = __builtin_shufflevector(ab_high, cd_high, 0, 1, 4, 5);
        message[4 * quarter + 3] = __builtin_shufflevector(ab_high, cd_high, 2, 3, 6, 7);
    }
}

/// The working variables of GB/T 32905-2016 §5.3.3.
struct Registers {
    Vec4x32 a, b, c, d, e, f, g, h;
};

/// Rounds `round` to `round` + 3; after four the names are back where they were.
template <bool Early>
BIDSEAL_KERNEL_INLINE void four_rounds(Registers& r, const Vec4x32* message, unsigned round) {
    const Vec4x32* const w = message + round;
    const std::uint32_t* const t = round_constants.data() + round;
    sm3_round<Early>(r.a, r.b, r.c, r.d, r.e, r.f, r.g, r.h, t[0], w[0], w[4]);
    sm3_round<Early>(r.d, r.a, r.b, r.c, r.h, r.e, r.f, r.g, t[1], w[1], w[5]);
    sm3_round<Early>(r.c, r.d, r.a, r.b, r.g, r.h, r.e, r.f, t[2], w[2], w[6]);
    sm3_round<Early>(r.b, r.c, r.d, r.a, r.f, r.g, r.h, r.e, t[3], w[3], w[7]);
}

/// V(i+1) = CF(V(i), B(i)) in each lane; the first 16 vectors of `message` hold the blocks.
BIDSEAL_KERNEL_STEP void compress(Vec4x32 (&chaining)[8], Vec4x32 (&message)[expanded_words]) {
    for (unsigned j = 16; j < expanded_words; ++j) {
        message[j] = sm3_next_message_word(message[j - 16], message[j - 13], message[j - 9],
                                           message[j - 6], message[j - 3]);
    }
    Registers r = {chaining[0], chaining[1], chaining[2], chaining[3],
                   chaining[4], chaining[5], chaining[6], chaining[7]};
    BIDSEAL_KERNEL_NO_UNROLL
    for (unsigned round = 0; round < sm3_early_rounds; round += 4) {
        four_rounds<true>(r, message, round);
    }
    BIDSEAL_KERNEL_NO_UNROLL
    for (unsigned round = sm3_early_rounds; round < sm3_rounds; round += 4) {
        four_rounds<false>(r, message, round);
    }
    chaining[0] ^= r.a;
    chaining[1] ^= r.b;
    chaining[2] ^= r.c;
    chaining[3] ^= r.d;
    chaining[4] ^= r.e;
    chaining[5] ^= r.f;
    chaining[6] ^= r.g;
    chaining[7] ^= r.h;
}

/// A message as it is hashed: prefix, data, then the padding of §5.2.
struct PaddedMessage {
    const std::uint8_t* prefix;
    std::size_t prefix_size;
    const std::uint8_t* data;
    std::size_t data_size;

    std::uint64_t size() const { return std::uint64_t{data_size} + prefix_size; }

    /// A bit 1 and the 64-bit length take at least nine bytes.
    std::uint64_t block_count() const { return (size() + 9 + sm3_block_size - 1) / sm3_block_size; }

    /// Whether the block at `position` of the message lies within the data.
    bool is_plain(std::uint64_t position) const {
        return position >= prefix_size && position + sm3_block_size <= size();
    }

    /// Writes the block at `position`, whatever it consists of. (Not for the middle of long data:
    /// it is slow.)
    void copy_block(std::uint64_t position, std::uint8_t (&block)[sm3_block_size]) const {
        std::memset(block, 0, sm3_block_size);
        std::size_t filled = 0;
        if (position < prefix_size) {
            const std::size_t from = static_cast<std::size_t>(position);
            filled = prefix_size - from;
            std::memcpy(block, prefix + from, filled);
        }
        const std::uint64_t in_message = position + filled;
        if (filled < sm3_block_size && in_message < size()) {
            const std::size_t from = static_cast<std::size_t>(in_message - prefix_size);
            const std::size_t count = std::min(sm3_block_size - filled, data_size - from);
            std::memcpy(block + filled, data + from, count);
        }
        if (size() >= position && size() - position < sm3_block_size) {
            block[size() - position] = 0x80;
        }
        if (position == (block_count() - 1) * sm3_block_size) {
            const std::uint64_t bits = size() * 8;
            store_be32(block + sm3_block_size - 8, static_cast<std::uint32_t>(bits >> 32));
            store_be32(block + sm3_block_size - 4, static_cast<std::uint32_t>(bits));
        }
    }
};

}  // namespace

void sm3_four_prefixed(const std::uint8_t* const prefix[4], std::size_t prefix_size,
                       const std::uint8_t* const data[4], std::size_t data_size,
                       std::uint8_t digest[4][sm3_digest_size]) noexcept {
    PaddedMessage messages[lanes];
    for (std::size_t lane = 0; lane < lanes; ++lane) {
        messages[lane] = {prefix[lane], prefix_size, data[lane], data_size};
    }

    Workspace work;
    for (unsigned i = 0; i < 8; ++i) {
        work.chaining[i] = Vec4x32{} + sm3_initial_value[i];
    }
    const std::uint64_t end = messages[0].block_count() * sm3_block_size;
    for (std::uint64_t position = 0; position < end; position += sm3_block_size) {
        const std::uint8_t* block[lanes];
        for (std::size_t lane = 0; lane < lanes; ++lane) {
            if (messages[lane].is_plain(position)) {
                block[lane] = data[lane] + (position - prefix_size);
            } else {
                messages[lane].copy_block(position, work.edge_blocks[lane]);
                block[lane] = work.edge_blocks[lane];
            }
        }
        load_blocks(work.message, block);
        compress(work.chaining, work.message);
    }

    for (std::size_t lane = 0; lane < lanes; ++lane) {
        for (unsigned i = 0; i < 8; ++i) {
            store_be32(digest[lane] + 4 * i, work.chaining[i][lane]);
        }
    }
    wipe(&work, sizeof work);
}

}  // namespace bidseal::crypto::kernels
