#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

/// The two primitives that every byte of a bid passes through, written for speed and constant time.
///
/// - SM4-CTR (GB/T 32907-2016, counter mode of GB/T 17964-2021), bitsliced: 128 blocks at a time,
///   no table, no branch and no address that depends on key or data.
/// - SM3 (GB/T 32905-2016): one running hash, and four equally long messages side by side.
///
/// Plain functions over plain memory: nothing here allocates, throws or keeps state between calls,
/// so all of it may be used from several threads at once. The caller checks lengths and keeps the
/// secrets; nothing in here knows about files, certificates or errors.
namespace bidseal::crypto::kernels {

inline constexpr std::size_t sm4_key_size = 16;
inline constexpr std::size_t sm4_block_size = 16;
inline constexpr std::size_t sm3_digest_size = 32;
inline constexpr std::size_t sm3_block_size = 64;

/// The longest prefix, plus one, that `sm3_four_prefixed` takes.
inline constexpr std::size_t sm3_four_prefix_limit = sm3_block_size;

/// Overwrites `size` bytes with zeros in a way that the compiler does not remove.
void wipe(void* memory, std::size_t size) noexcept;

/// An SM4 key ready for `sm4_ctr_xor`: for each of the 32 rounds and each of the 32 bits of that
/// round's key one word, all ones or all zeros.
///
/// It is as secret as the key itself. It cannot be copied, and it wipes itself when it ends.
struct Sm4CtrKey {
    static constexpr std::size_t rounds = 32;
    static constexpr std::size_t word_bits = 32;

    Sm4CtrKey() = default;
    Sm4CtrKey(const Sm4CtrKey&) = delete;
    Sm4CtrKey& operator=(const Sm4CtrKey&) = delete;
    ~Sm4CtrKey() { wipe(masks, sizeof masks); }

    /// masks[round][bit], bit 0 being the lowest; written by `sm4_ctr_expand` only.
    alignas(16) std::uint32_t masks[rounds][word_bits] = {};
};

/// Expands a 16-byte SM4 key (GB/T 32907-2016 §7.3) in constant time.
void sm4_ctr_expand(const std::uint8_t key[sm4_key_size], Sm4CtrKey& out) noexcept;

/// Encrypts or decrypts `size` bytes at `data` in place with SM4 in counter mode.
///
/// Block b of `data` is combined with SM4(iv + block_offset + b), the sum being a 128-bit
/// big-endian number that wraps around; this is what `openssl enc -sm4-ctr` does. Any size is
/// allowed; a last partial block uses the first bytes of its keystream block. A message may
/// therefore be processed in pieces, in any order, as long as each starts at a multiple of 16
/// bytes.
///
/// Time depends on `size` only. Every started 2 KiB cost the same, so many tiny calls are slow.
/// About 4 KiB of stack hold keystream during the call and are wiped before it returns (copies in
/// registers, and what the compiler spills of them, are not).
void sm4_ctr_xor(const Sm4CtrKey& key, const std::uint8_t iv[sm4_block_size],
                 std::uint64_t block_offset, std::uint8_t* data, std::size_t size) noexcept;

/// A running SM3. `sm3_init` starts it, `sm3_update` feeds it, `sm3_final` ends it.
///
/// It may be copied to branch off from a common beginning. It holds up to 63 bytes of what was fed;
/// `sm3_final` wipes them. Whoever abandons a state that saw secrets wipes it.
struct Sm3State {
    std::uint32_t chaining[8];             ///< V(i) of GB/T 32905-2016 §5.3.1
    std::uint8_t pending[sm3_block_size];  ///< the beginning of an incomplete block
    std::uint64_t length;                  ///< bytes fed so far; at most 2^61 - 1 in all
};

/// Starts a hash, whatever `state` held before.
void sm3_init(Sm3State& state) noexcept;

/// Feeds any number of bytes; pieces may be cut anywhere.
void sm3_update(Sm3State& state, std::span<const std::uint8_t> data) noexcept;

/// Writes the digest and wipes `state`, which needs `sm3_init` before it can be used again.
void sm3_final(Sm3State& state, std::uint8_t digest[sm3_digest_size]) noexcept;

/// SM3 of one message.
void sm3(std::span<const std::uint8_t> data, std::uint8_t digest[sm3_digest_size]) noexcept;

/// Four SM3 at once: digest[k] = SM3(prefix[k] | data[k]), for k = 0 to 3.
///
/// All prefixes have `prefix_size` bytes, which must be below `sm3_four_prefix_limit`, and all data
/// have `data_size` bytes; both sizes may be zero, and the pointers to nothing may then be null.
/// The inputs may overlap or be the same. Leaves of the chunk tree are hashed this way; fewer than
/// four equally long messages are better hashed one after the other.
void sm3_four_prefixed(const std::uint8_t* const prefix[4], std::size_t prefix_size,
                       const std::uint8_t* const data[4], std::size_t data_size,
                       std::uint8_t digest[4][sm3_digest_size]) noexcept;

}  // namespace bidseal::crypto::kernels
