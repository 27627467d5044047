// SM3 of a single message. One message offers little parallelism, so this is straight scalar code
// with the 64 rounds unrolled, the state in registers and the message words in a ring of sixteen.
// Clang is kept from vectorising it (shared/CMakeLists.txt), as a precaution: other SM3 sources
// lose much speed that way; this one measured the same with and without.

#include <cstring>

#include "bidseal/crypto/kernels.h"

#include "sm3_round.h"

namespace bidseal::crypto::kernels {
namespace {

/// A round, then the message word that takes the place of the one used up.
template <unsigned Round>
BIDSEAL_KERNEL_INLINE void step(std::uint32_t& a, std::uint32_t& b, std::uint32_t& c,
                                std::uint32_t& d, std::uint32_t& e, std::uint32_t& f,
                                std::uint32_t& g, std::uint32_t& h, std::uint32_t (&w)[16]) {
    sm3_round<(Round < sm3_early_rounds)>(a, b, c, d, e, f, g, h, sm3_round_constant(Round),
                                          w[Round % 16], w[(Round + 4) % 16]);
    // The last round uses W_63 and W_67.
    if constexpr (Round + 16 < sm3_rounds + 4) {
        w[Round % 16] =
            sm3_next_message_word(w[Round % 16], w[(Round + 3) % 16], w[(Round + 7) % 16],
                                  w[(Round + 10) % 16], w[(Round + 13) % 16]);
    }
}

/// Rounds `Round` to 63, four at a time: after four the names are back where they were.
template <unsigned Round>
BIDSEAL_KERNEL_INLINE void steps_from(std::uint32_t& a, std::uint32_t& b, std::uint32_t& c,
                                      std::uint32_t& d, std::uint32_t& e, std::uint32_t& f,
                                      std::uint32_t& g, std::uint32_t& h, std::uint32_t (&w)[16]) {
    if constexpr (Round < sm3_rounds) {
        step<Round>(a, b, c, d, e, f, g, h, w);
        step<Round + 1>(d, a, b, c, h, e, f, g, w);
        step<Round + 2>(c, d, a, b, g, h, e, f, w);
        step<Round + 3>(b, c, d, a, f, g, h, e, w);
        steps_from<Round + 4>(a, b, c, d, e, f, g, h, w);
    }
}

/// V(i+1) = CF(V(i), B(i)) for `count` blocks, §5.3.
BIDSEAL_KERNEL_STEP void compress(std::uint32_t (&chaining)[8], const std::uint8_t* blocks,
                                  std::size_t count) {
    std::uint32_t w[16];
    for (; count > 0; --count, blocks += sm3_block_size) {
        for (unsigned i = 0; i < 16; ++i) {
            w[i] = load_be32(blocks + 4 * i);
        }
        std::uint32_t a = chaining[0];
        std::uint32_t b = chaining[1];
        std::uint32_t c = chaining[2];
        std::uint32_t d = chaining[3];
        std::uint32_t e = chaining[4];
        std::uint32_t f = chaining[5];
        std::uint32_t g = chaining[6];
        std::uint32_t h = chaining[7];
        steps_from<0>(a, b, c, d, e, f, g, h, w);
        chaining[0] ^= a;
        chaining[1] ^= b;
        chaining[2] ^= c;
        chaining[3] ^= d;
        chaining[4] ^= e;
        chaining[5] ^= f;
        chaining[6] ^= g;
        chaining[7] ^= h;
    }
    wipe(w, sizeof w);
}

}  // namespace

void sm3_init(Sm3State& state) noexcept {
    std::memcpy(state.chaining, sm3_initial_value, sizeof state.chaining);
    std::memset(state.pending, 0, sizeof state.pending);
    state.length = 0;
}

void sm3_update(Sm3State& state, std::span<const std::uint8_t> data) noexcept {
    if (data.empty()) {
        return;
    }
    const std::size_t held = state.length % sm3_block_size;
    state.length += data.size();
    if (held > 0) {
        const std::size_t missing = sm3_block_size - held;
        if (data.size() < missing) {
            std::memcpy(state.pending + held, data.data(), data.size());
            return;
        }
        std::memcpy(state.pending + held, data.data(), missing);
        compress(state.chaining, state.pending, 1);
        data = data.subspan(missing);
    }
    const std::size_t whole_blocks = data.size() / sm3_block_size;
    compress(state.chaining, data.data(), whole_blocks);
    data = data.subspan(whole_blocks * sm3_block_size);
    if (!data.empty()) {
        std::memcpy(state.pending, data.data(), data.size());
    }
}

void sm3_final(Sm3State& state, std::uint8_t digest[sm3_digest_size]) noexcept {
    // §5.2: a one bit, zeros, and the length in bits as 64-bit number at the end of a block.
    constexpr std::size_t length_position = sm3_block_size - 8;
    const std::uint64_t bits = state.length * 8;
    std::size_t held = state.length % sm3_block_size;
    state.pending[held++] = 0x80;
    if (held > length_position) {
        std::memset(state.pending + held, 0, sm3_block_size - held);
        compress(state.chaining, state.pending, 1);
        held = 0;
    }
    std::memset(state.pending + held, 0, length_position - held);
    store_be32(state.pending + length_position, static_cast<std::uint32_t>(bits >> 32));
    store_be32(state.pending + length_position + 4, static_cast<std::uint32_t>(bits));
    compress(state.chaining, state.pending, 1);
    for (unsigned i = 0; i < 8; ++i) {
        store_be32(digest + 4 * i, state.chaining[i]);
    }
    wipe(&state, sizeof state);
}

void sm3(std::span<const std::uint8_t> data, std::uint8_t digest[sm3_digest_size]) noexcept {
    Sm3State state;
    sm3_init(state);
    sm3_update(state, data);
    sm3_final(state, digest);
}

}  // namespace bidseal::crypto::kernels
