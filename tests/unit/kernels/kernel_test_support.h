#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

/// Helpers, and a second, simple SM4 that shares nothing with the kernel under test.
namespace kernel_test {

using Bytes = std::vector<std::uint8_t>;

std::string to_hex(std::span<const std::uint8_t> bytes);
Bytes from_hex(const std::string& hex);

/// The message that make_openssl_vectors.py uses.
Bytes message(std::size_t length);

/// The S-box of GB/T 32907-2016 §6.2, table 1.
extern const std::array<std::uint8_t, 256> sm4_sbox;

/// SM4 straight from the standard: table, one block, words.
class ReferenceSm4 {
public:
    explicit ReferenceSm4(std::span<const std::uint8_t, 16> key);
    std::array<std::uint8_t, 16> encrypt(std::span<const std::uint8_t, 16> block) const;

    /// Counter mode on top of `encrypt`, adding one to the counter byte by byte.
    Bytes ctr(std::array<std::uint8_t, 16> counter, Bytes data) const;

private:
    std::array<std::uint32_t, 32> m_round_keys;
};

/// Adds modulo 2^128 to a big-endian counter.
void add_to_counter(std::array<std::uint8_t, 16>& counter, std::uint64_t blocks);

}  // namespace kernel_test
