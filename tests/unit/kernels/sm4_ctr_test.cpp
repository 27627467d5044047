#include <algorithm>
#include <iterator>
#include <new>

#include <doctest/doctest.h>

#include "bidseal/crypto/kernels.h"

#include "kernel_test_support.h"
#include "openssl_vectors.h"
// The circuit is internal to the kernels; it is the one part that deserves a test of its own.
#include "../../../shared/src/crypto/kernels/sm4_sbox_circuit.h"

namespace kernels = bidseal::crypto::kernels;
using kernel_test::Bytes;

namespace {

using Block = std::array<std::uint8_t, 16>;

Block block_from_hex(const std::string& hex) {
    const Bytes bytes = kernel_test::from_hex(hex);
    REQUIRE(bytes.size() == 16);
    Block block{};
    std::copy(bytes.begin(), bytes.end(), block.begin());
    return block;
}

constexpr Block official = {0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef,
                            0xfe, 0xdc, 0xba, 0x98, 0x76, 0x54, 0x32, 0x10};
constexpr std::size_t lengths[] = {0, 1, 15, 16, 17, 2047, 2048, 2049, 4096 + 7, 262144};

/// Where to start so that counters carry out of every byte, 32-bit word and all 128 bits.
const char* const starts[] = {
    "00000000000000000000000000000000", "000000000000000000000000000000ff",
    "0000000000000000000000000000ffff", "000102030405060708090a0bffffffff",
    "00000000000000000000000100000000", "0001020304050607ffffffffffffff81",
    "00010203ffffffffffffffffffffffc0", "ffffffffffffffffffffffffffffff80",
    "ffffffffffffffffffffffffffffffff", "5555555555555555aaaaaaaaaaaaaaaa",
};

Bytes kernel_ctr(const Block& key, const Block& iv, std::uint64_t offset, Bytes data) {
    kernels::Sm4CtrKey expanded;
    kernels::sm4_ctr_expand(key.data(), expanded);
    kernels::sm4_ctr_xor(expanded, iv.data(), offset, data.data(), data.size());
    return data;
}

/// Compares without printing a quarter of a megabyte on failure.
void check_equal(const Bytes& actual, const Bytes& expected) {
    REQUIRE(actual.size() == expected.size());
    const auto difference = std::mismatch(actual.begin(), actual.end(), expected.begin());
    CHECK_MESSAGE(difference.first == actual.end(),
                  "first difference at byte " << (difference.first - actual.begin()));
}

}  // namespace

TEST_CASE("SM4 S-box circuit: all 256 inputs against the table of the standard") {
    for (unsigned input = 0; input < 256; ++input) {
        const unsigned masked = input ^ kernels::sbox_input_mask;
        std::uint32_t y[8];
        const auto bit = [=](unsigned j) {
            return std::uint32_t{masked >> j & 1};
        };
        kernels::sm4_sbox_circuit<std::uint32_t>(bit(0), bit(1), bit(2), bit(3), bit(4), bit(5),
                                                 bit(6), bit(7), y);
        unsigned output = kernels::sbox_output_mask;
        for (unsigned j = 0; j < 8; ++j) {
            output ^= y[j] << j;
        }
        CAPTURE(input);
        CHECK(output == kernel_test::sm4_sbox[input]);
    }
}

TEST_CASE("SM4 example 1 of GB/T 32907-2016 annex A") {
    // With this counter block and zeros as data, counter mode shows the bare block cipher.
    const Bytes ciphertext = kernel_ctr(official, official, 0, Bytes(16));
    CHECK(kernel_test::to_hex(ciphertext) == "681edf34d206965e86b3e94f536e4246");
    CHECK(kernel_test::ReferenceSm4(official).encrypt(official) ==
          block_from_hex("681edf34d206965e86b3e94f536e4246"));
}

TEST_CASE("SM4 example 2 of GB/T 32907-2016 annex A: the reference, 1,000,000 times") {
    const kernel_test::ReferenceSm4 reference(official);
    Block block = official;
    for (unsigned i = 0; i < 1000000; ++i) {
        block = reference.encrypt(block);
    }
    CHECK(block == block_from_hex("595298c7c6fd271f0402f804c33d3f66"));
}

TEST_CASE("SM4-CTR equals counter mode over the reference, lengths by counters that carry") {
    const kernel_test::ReferenceSm4 reference(official);
    for (const char* const start : starts) {
        for (const std::size_t length : lengths) {
            CAPTURE(start);
            CAPTURE(length);
            const Block iv = block_from_hex(start);
            const Bytes plain = kernel_test::message(length);
            check_equal(kernel_ctr(official, iv, 0, plain), reference.ctr(iv, plain));
        }
    }
}

TEST_CASE("SM4-CTR: every length up to two passes, and nothing written beyond the end") {
    const kernel_test::ReferenceSm4 reference(official);
    const Block iv = block_from_hex("0001020304050607ffffffffffffffa3");
    const Bytes expected = reference.ctr(iv, Bytes(4096));
    kernels::Sm4CtrKey key;
    kernels::sm4_ctr_expand(official.data(), key);
    for (std::size_t length = 0; length <= 4096; ++length) {
        Bytes data(4096 + 16);
        kernels::sm4_ctr_xor(key, iv.data(), 0, data.data(), length);
        const auto end = data.begin() + static_cast<std::ptrdiff_t>(length);
        CAPTURE(length);
        CHECK(std::equal(data.begin(), end, expected.begin()));
        CHECK(std::all_of(end, data.end(), [](std::uint8_t byte) { return byte == 0; }));
    }
}

TEST_CASE("SM4-CTR: block_offset is added to the counter with all carries") {
    const kernel_test::ReferenceSm4 reference(official);
    const std::uint64_t offsets[] = {
        1, 127, 128, 16384, 0xffffffff, 0x100000000, 0xffffffffffffffff};
    for (const char* const start : starts) {
        for (const std::uint64_t offset : offsets) {
            CAPTURE(start);
            CAPTURE(offset);
            const Block iv = block_from_hex(start);
            Block shifted = iv;
            kernel_test::add_to_counter(shifted, offset);
            const Bytes plain = kernel_test::message(2065);
            check_equal(kernel_ctr(official, iv, offset, plain), reference.ctr(shifted, plain));
        }
    }
}

TEST_CASE("SM4-CTR: pieces in any order make the same ciphertext as one call") {
    const Block iv = block_from_hex("fffffffffffffffffffffffffffffff0");
    const Bytes plain = kernel_test::message(10000);
    const Bytes whole = kernel_ctr(official, iv, 0, plain);
    for (const std::size_t piece : {16u, 48u, 2032u, 2048u, 2064u, 4096u}) {
        CAPTURE(piece);
        kernels::Sm4CtrKey key;
        kernels::sm4_ctr_expand(official.data(), key);
        Bytes data = plain;
        for (std::size_t at = (data.size() - 1) / piece * piece;; at -= piece) {
            kernels::sm4_ctr_xor(key, iv.data(), at / 16, data.data() + at,
                                 std::min(piece, data.size() - at));
            if (at == 0) {
                break;
            }
        }
        check_equal(data, whole);
    }
}

TEST_CASE("SM4-CTR: unaligned data") {
    const Block iv = block_from_hex("000102030405060708090a0b0c0d0e0f");
    const Bytes plain = kernel_test::message(4103);
    const Bytes expected = kernel_ctr(official, iv, 0, plain);
    kernels::Sm4CtrKey key;
    kernels::sm4_ctr_expand(official.data(), key);
    for (std::size_t shift = 1; shift < 16; ++shift) {
        Bytes data(shift + plain.size());
        std::copy(plain.begin(), plain.end(), data.begin() + static_cast<std::ptrdiff_t>(shift));
        kernels::sm4_ctr_xor(key, iv.data(), 0, data.data() + shift, plain.size());
        CAPTURE(shift);
        check_equal(Bytes(data.begin() + static_cast<std::ptrdiff_t>(shift), data.end()), expected);
    }
}

TEST_CASE("SM4 key expansion: keys with every single bit set, and chained keys") {
    Block key{};
    const Block iv = block_from_hex("fedcba98765432100123456789abcdef");
    for (unsigned i = 0; i < 128 + 64; ++i) {
        if (i < 128) {
            key = Block{};
            key[i / 8] = static_cast<std::uint8_t>(1u << i % 8);
        } else {
            key = kernel_test::ReferenceSm4(key).encrypt(iv);
        }
        CAPTURE(i);
        check_equal(kernel_ctr(key, iv, 0, Bytes(32)),
                    kernel_test::ReferenceSm4(key).ctr(iv, Bytes(32)));
    }
}

TEST_CASE("SM4-CTR equals openssl enc -sm4-ctr") {
    const Block key = block_from_hex(openssl_vectors::ctr_key);
    for (const openssl_vectors::CtrVector& vector : openssl_vectors::ctr_vectors) {
        CAPTURE(vector.iv);
        CAPTURE(vector.length);
        const Bytes ciphertext =
            kernel_ctr(key, block_from_hex(vector.iv), 0, kernel_test::message(vector.length));
        std::uint8_t digest[kernels::sm3_digest_size];
        kernels::sm3(ciphertext, digest);
        CHECK(kernel_test::to_hex(digest) == vector.ciphertext_sm3);
    }
}

TEST_CASE("An expanded SM4 key wipes itself") {
    alignas(kernels::Sm4CtrKey) static std::uint8_t storage[sizeof(kernels::Sm4CtrKey)];
    auto* const key = new (storage) kernels::Sm4CtrKey;
    kernels::sm4_ctr_expand(official.data(), *key);
    const auto is_zero = [](std::uint8_t byte) {
        return byte == 0;
    };
    CHECK_FALSE(std::all_of(std::begin(storage), std::end(storage), is_zero));
    key->~Sm4CtrKey();
    CHECK(std::all_of(std::begin(storage), std::end(storage), is_zero));
}
