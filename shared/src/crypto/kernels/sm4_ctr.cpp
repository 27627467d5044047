// SM4 in counter mode, bitsliced: 128 blocks at a time, constant time.
//
// The state of 128 blocks is held as 4 words × 32 planes. A plane is a 128-bit vector that has one
// certain bit of all blocks, so that
//  - the S-box becomes a circuit of 113 vector gates for 128 bytes (sm4_sbox_circuit.h),
//  - the rotations of the linear map L become a renaming of planes,
//  - adding a round key means adding all-ones or all-zeros to a plane,
//  - consecutive counters need no transposition: their low seven bits are the same seven constant
//    planes for every pass, and the bits above are a bit-sliced addition away.
// Only the keystream is transposed back to bytes, in two steps: 8×8 bits, then 16×16 bytes.
//
// Numbers: bit 0 of a word is its lowest; plane 8k + j is bit j of byte k, byte 0 being the lowest.
// Lane n of a plane (bit n of the vector, little-endian) is block n of the pass.

#include <cstring>

#include "bidseal/crypto/kernels.h"

#include "sm4_sbox_circuit.h"
#include "vector128.h"
#include "word_codec.h"

namespace bidseal::crypto::kernels {
namespace {

constexpr std::size_t blocks_per_pass = 128;
constexpr std::size_t bytes_per_pass = blocks_per_pass * sm4_block_size;
constexpr unsigned lane_bits = 7;  // log2 of blocks_per_pass

using Plane = Vec2x64;
using WordPlanes = Plane[32];

/// All that a pass needs in memory; on the caller's stack, wiped at the end.
struct Workspace {
    WordPlanes state[4];                ///< X_0 to X_3 of GB/T 32907-2016 §7.1, in rotating roles
    WordPlanes substituted;             ///< the S-box outputs of one round
    Vec16x8 byte_planes[8][16];         ///< [n mod 8][byte of the block] of blocks n, n + 8, …
    std::uint8_t tail[bytes_per_pass];  ///< the last, incomplete piece of data
};

struct Counter {
    std::uint32_t words[4];  ///< most significant first
};

/// Adds modulo 2^128.
void advance(Counter& counter, std::uint64_t blocks) {
    std::uint64_t carry = 0;
    for (unsigned i = 4; i-- > 0;) {
        const std::uint64_t sum = (blocks & 0xffffffff) + counter.words[i] + carry;
        counter.words[i] = static_cast<std::uint32_t>(sum);
        carry = sum >> 32;
        blocks >>= 32;
    }
}

/// Keeps the compiler from moving computations on memory across this point.
///
/// Merged, the stages of a round have far more live values than registers; engines differ widely in
/// how well they cope (V8 in Node 20 runs the merged form at half the speed), and stages that end
/// in memory are fast everywhere.
BIDSEAL_KERNEL_INLINE void stage_boundary(const void* memory) {
    asm volatile("" : : "r"(memory) : "memory");
}

/// Writes `counter`, `counter` + 1, … as planes.
BIDSEAL_KERNEL_STEP void load_counters(WordPlanes* state, const Counter& counter) {
    // Lane n of lane_number[i] is bit i of n.
    static constexpr Plane lane_number[lane_bits] = {
        {0xaaaaaaaaaaaaaaaa, 0xaaaaaaaaaaaaaaaa}, {0xcccccccccccccccc, 0xcccccccccccccccc},
        {0xf0f0f0f0f0f0f0f0, 0xf0f0f0f0f0f0f0f0}, {0xff00ff00ff00ff00, 0xff00ff00ff00ff00},
        {0xffff0000ffff0000, 0xffff0000ffff0000}, {0xffffffff00000000, 0xffffffff00000000},
        {0x0000000000000000, 0xffffffffffffffff}};
    Plane carry = {0, 0};
    for (unsigned bit = 0; bit < 128; ++bit) {
        const unsigned word = 3 - bit / 32;
        const std::uint64_t mask = 0 - std::uint64_t{counter.words[word] >> bit % 32 & 1};
        const Plane base = {mask, mask};
        Plane& sum = state[word][bit % 32];
        if (bit < lane_bits) {
            const Plane half_sum = base ^ lane_number[bit];
            sum = half_sum ^ carry;
            carry = (base & lane_number[bit]) | (half_sum & carry);
        } else {
            sum = base ^ carry;
            carry &= base;
        }
    }
}

/// x0 ^= L(S(x1 ^ x2 ^ x3 ^ round key)), GB/T 32907-2016 §6.
BIDSEAL_KERNEL_INLINE void encrypt_round(Plane* __restrict x0, const Plane* x1, const Plane* x2,
                                         const Plane* x3, const std::uint32_t* key_masks,
                                         Plane* __restrict substituted) {
    BIDSEAL_KERNEL_UNROLL(4)
    for (unsigned byte = 0; byte < 4; ++byte) {
        const auto input = [=](unsigned bit) {
            const unsigned plane = 8 * byte + bit;
            const std::uint32_t mask = key_masks[plane];
            const Vec4x32 key_plane = {mask, mask, mask, mask};
            return x1[plane] ^ x2[plane] ^ x3[plane] ^ (Plane)key_plane;
        };
        sm4_sbox_circuit<Plane>(input(0), input(1), input(2), input(3), input(4), input(5),
                                input(6), input(7), substituted + 8 * byte);
        stage_boundary(substituted);
    }

    // L(s) = s ^ (s <<< 2) ^ (s <<< 10) ^ (s <<< 18) ^ (s <<< 24). Bit i of s <<< r is bit i - r of
    // s. The rotations by 2, 10 and 18 take bit j - 2 of three of the four bytes, which is the sum
    // over all four bytes without the fourth, bit i - 26.
    BIDSEAL_KERNEL_UNROLL(8)
    for (unsigned bit = 0; bit < 8; ++bit) {
        const unsigned two_below = (bit + 6) % 8;
        const Plane all_bytes = substituted[two_below] ^ substituted[8 + two_below] ^
                                substituted[16 + two_below] ^ substituted[24 + two_below];
        BIDSEAL_KERNEL_UNROLL(4)
        for (unsigned byte = 0; byte < 4; ++byte) {
            const unsigned plane = 8 * byte + bit;
            const Plane rotated_2_10_18 = all_bytes ^ substituted[(plane + 32 - 26) % 32];
            const Plane rotated_24 = substituted[(plane + 32 - 24) % 32];
            x0[plane] ^= substituted[plane] ^ rotated_24 ^ rotated_2_10_18;
        }
        stage_boundary(x0);
    }
}

BIDSEAL_KERNEL_STEP void encrypt_state(Workspace& work, const Sm4CtrKey& key) {
    Plane* x0 = work.state[0];
    Plane* x1 = work.state[1];
    Plane* x2 = work.state[2];
    Plane* x3 = work.state[3];
    BIDSEAL_KERNEL_NO_UNROLL
    for (unsigned round = 0; round < Sm4CtrKey::rounds; ++round) {
        encrypt_round(x0, x1, x2, x3, key.masks[round], work.substituted);
        Plane* const updated = x0;
        x0 = x1;
        x1 = x2;
        x2 = x3;
        x3 = updated;
    }
}

/// Exchanges the bits of `low` selected by `mask << shift` with the bits of `high` selected by
/// `mask`: one step of transposing a bit matrix.
BIDSEAL_KERNEL_INLINE void swap_bits(Plane& low, Plane& high, unsigned shift, std::uint64_t mask) {
    const Plane selected = {mask, mask};
    const Plane difference = ((low >> shift) ^ high) & selected;
    high ^= difference;
    low ^= difference << shift;
}

/// From planes to bytes: the eight planes of one byte of the state, seen as 8×8 bit matrices, are
/// transposed, so that vector m then has that byte of blocks m, m + 8, m + 16, …
BIDSEAL_KERNEL_STEP void planes_to_bytes(Workspace& work) {
    for (unsigned position = 0; position < sm4_block_size; ++position) {
        // The output is X_35, X_34, X_33, X_32 (§7.1): words in reverse, each big-endian.
        const Plane* const source = work.state[3 - position / 4] + 8 * (3 - position % 4);
        Plane row[8];
        for (unsigned i = 0; i < 8; ++i) {
            row[i] = source[i];
        }
        for (unsigned i = 0; i < 8; i += 2) {
            swap_bits(row[i], row[i + 1], 1, 0x5555555555555555);
        }
        for (unsigned i = 0; i < 8; i += 4) {
            swap_bits(row[i], row[i + 2], 2, 0x3333333333333333);
            swap_bits(row[i + 1], row[i + 3], 2, 0x3333333333333333);
        }
        for (unsigned i = 0; i < 4; ++i) {
            swap_bits(row[i], row[i + 4], 4, 0x0f0f0f0f0f0f0f0f);
        }
        for (unsigned i = 0; i < 8; ++i) {
            work.byte_planes[i][position] = (Vec16x8)row[i];
        }
    }
}

/// One of four identical steps that transpose 16 vectors of 16 bytes.
BIDSEAL_KERNEL_INLINE void interleave_step(const Vec16x8 (&from)[16], Vec16x8 (&to)[16]) {
    BIDSEAL_KERNEL_UNROLL(8)
    for (unsigned i = 0; i < 8; ++i) {
        to[2 * i] = interleave_low(from[i], from[i + 8]);
        to[2 * i + 1] = interleave_high(from[i], from[i + 8]);
    }
}

/// Combines 128 blocks at `data` with the keystream.
BIDSEAL_KERNEL_STEP void xor_keystream(const Workspace& work, std::uint8_t* data) {
    for (unsigned group = 0; group < 8; ++group) {
        Vec16x8 even[16];
        Vec16x8 odd[16];
        for (unsigned i = 0; i < 16; ++i) {
            even[i] = work.byte_planes[group][i];
        }
        interleave_step(even, odd);
        interleave_step(odd, even);
        interleave_step(even, odd);
        interleave_step(odd, even);
        BIDSEAL_KERNEL_UNROLL(16)
        for (unsigned i = 0; i < 16; ++i) {
            std::uint8_t* const block = data + sm4_block_size * (8 * i + group);
            store_vector(block, load_vector<Vec16x8>(block) ^ even[i]);
        }
    }
}

}  // namespace

void sm4_ctr_xor(const Sm4CtrKey& key, const std::uint8_t iv[sm4_block_size],
                 std::uint64_t block_offset, std::uint8_t* data, std::size_t size) noexcept {
    if (size == 0) {
        return;
    }
    Counter counter;
    for (unsigned i = 0; i < 4; ++i) {
        counter.words[i] = load_be32(iv + 4 * i);
    }
    advance(counter, block_offset);

    Workspace work;
    while (size > 0) {
        load_counters(work.state, counter);
        encrypt_state(work, key);
        planes_to_bytes(work);
        if (size >= bytes_per_pass) {
            xor_keystream(work, data);
            data += bytes_per_pass;
            size -= bytes_per_pass;
        } else {
            std::memset(work.tail, 0, sizeof work.tail);
            std::memcpy(work.tail, data, size);
            xor_keystream(work, work.tail);
            std::memcpy(data, work.tail, size);
            size = 0;
        }
        advance(counter, blocks_per_pass);
    }
    wipe(&work, sizeof work);
}

}  // namespace bidseal::crypto::kernels
