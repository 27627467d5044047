#include <algorithm>
#include <iterator>

#include <doctest/doctest.h>

#include "bidseal/crypto/kernels.h"

#include "kernel_test_support.h"
#include "openssl_vectors.h"

namespace kernels = bidseal::crypto::kernels;
using kernel_test::Bytes;

namespace {

std::string sm3_hex(std::span<const std::uint8_t> data) {
    std::uint8_t digest[kernels::sm3_digest_size];
    kernels::sm3(data, digest);
    return kernel_test::to_hex(digest);
}

Bytes text(const std::string& characters) {
    return Bytes(characters.begin(), characters.end());
}

/// Four different prefixes and messages, hashed together and one by one.
void check_four(std::size_t prefix_size, std::size_t data_size) {
    CAPTURE(prefix_size);
    CAPTURE(data_size);
    Bytes prefixes[4];
    Bytes messages[4];
    const std::uint8_t* prefix_pointers[4];
    const std::uint8_t* message_pointers[4];
    for (std::size_t lane = 0; lane < 4; ++lane) {
        // Exact sizes, so that a sanitizer sees every byte read too many.
        prefixes[lane] = Bytes(prefix_size, static_cast<std::uint8_t>(0xa0 + lane));
        messages[lane] = kernel_test::message(data_size);
        for (std::uint8_t& byte : messages[lane]) {
            byte = static_cast<std::uint8_t>(byte + 37 * lane);
        }
        prefix_pointers[lane] = prefixes[lane].data();
        message_pointers[lane] = messages[lane].data();
    }
    std::uint8_t digests[4][kernels::sm3_digest_size];
    kernels::sm3_four_prefixed(prefix_pointers, prefix_size, message_pointers, data_size, digests);
    for (std::size_t lane = 0; lane < 4; ++lane) {
        Bytes whole = prefixes[lane];
        whole.insert(whole.end(), messages[lane].begin(), messages[lane].end());
        CAPTURE(lane);
        CHECK(kernel_test::to_hex(digests[lane]) == sm3_hex(whole));
    }
}

}  // namespace

TEST_CASE("SM3 examples of GB/T 32905-2016 annex A") {
    CHECK(sm3_hex(text("abc")) ==
          "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0");
    std::string abcd;
    for (int i = 0; i < 16; ++i) {
        abcd += "abcd";
    }
    CHECK(sm3_hex(text(abcd)) ==
          "debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732");
}

TEST_CASE("SM3 of 0 to 200 bytes equals openssl dgst -sm3") {
    REQUIRE(std::size(openssl_vectors::sm3_heads) == 201);
    kernels::Sm3State all;
    kernels::sm3_init(all);
    for (std::size_t length = 0; length <= 200; ++length) {
        std::uint8_t digest[kernels::sm3_digest_size];
        kernels::sm3(kernel_test::message(length), digest);
        CAPTURE(length);
        const std::uint32_t head = std::uint32_t{digest[0]} << 24 | std::uint32_t{digest[1]} << 16 |
                                   std::uint32_t{digest[2]} << 8 | digest[3];
        CHECK(head == openssl_vectors::sm3_heads[length]);
        kernels::sm3_update(all, digest);
    }
    std::uint8_t digest[kernels::sm3_digest_size];
    kernels::sm3_final(all, digest);
    CHECK(kernel_test::to_hex(digest) == openssl_vectors::sm3_of_digests);
}

TEST_CASE("SM3: pieces of any size make the same digest") {
    for (const std::size_t length : {0u, 1u, 63u, 64u, 65u, 135u, 1000u}) {
        const Bytes data = kernel_test::message(length);
        const std::string expected = sm3_hex(data);
        for (std::size_t piece = 1; piece <= 130; ++piece) {
            kernels::Sm3State state;
            kernels::sm3_init(state);
            for (std::size_t at = 0; at < length; at += piece) {
                kernels::sm3_update(state,
                                    std::span(data).subspan(at, std::min(piece, length - at)));
                kernels::sm3_update(state, {});
            }
            std::uint8_t digest[kernels::sm3_digest_size];
            kernels::sm3_final(state, digest);
            CAPTURE(length);
            CAPTURE(piece);
            CHECK(kernel_test::to_hex(digest) == expected);
        }
    }
}

TEST_CASE("SM3: a copied state branches off") {
    kernels::Sm3State trunk;
    kernels::sm3_init(trunk);
    kernels::sm3_update(trunk, text("a"));
    kernels::Sm3State branch = trunk;
    std::uint8_t digest[kernels::sm3_digest_size];
    kernels::sm3_update(trunk, text("x"));
    kernels::sm3_final(trunk, digest);
    CHECK(kernel_test::to_hex(digest) == sm3_hex(text("ax")));
    kernels::sm3_update(branch, text("bc"));
    kernels::sm3_final(branch, digest);
    CHECK(kernel_test::to_hex(digest) == sm3_hex(text("abc")));
}

TEST_CASE("SM3: the state is wiped at the end") {
    kernels::Sm3State state;
    kernels::sm3_init(state);
    kernels::sm3_update(state, text("secret"));
    std::uint8_t digest[kernels::sm3_digest_size];
    kernels::sm3_final(state, digest);
    CHECK(std::all_of(std::begin(state.pending), std::end(state.pending),
                      [](std::uint8_t byte) { return byte == 0; }));
    CHECK(std::all_of(std::begin(state.chaining), std::end(state.chaining),
                      [](std::uint32_t word) { return word == 0; }));
    CHECK(state.length == 0);
}

TEST_CASE("SM3 of more than 2^32 bits: the upper half of the length counts") {
    // 2^29 bytes fed for real would take seconds; the length field is what matters, so a state at
    // a block boundary is given that length, and the same final block is made by hand.
    kernels::Sm3State state;
    kernels::sm3_init(state);
    kernels::sm3_update(state, Bytes(64, 0x5a));
    kernels::Sm3State by_hand = state;
    state.length = (std::uint64_t{1} << 29) + 64;
    std::uint8_t digest[kernels::sm3_digest_size];
    kernels::sm3_final(state, digest);

    Bytes last_block(64);
    last_block[0] = 0x80;
    last_block[59] = 0x01;  // 2^32 + 512 bits
    last_block[62] = 0x02;
    kernels::sm3_update(by_hand, last_block);
    Bytes expected;
    for (const std::uint32_t word : by_hand.chaining) {
        for (int shift = 24; shift >= 0; shift -= 8) {
            expected.push_back(static_cast<std::uint8_t>(word >> shift));
        }
    }
    CHECK(kernel_test::to_hex(digest) == kernel_test::to_hex(expected));
}

TEST_CASE("Four SM3 at once: every prefix length by every data length around the blocks") {
    for (std::size_t prefix_size = 0; prefix_size < kernels::sm3_four_prefix_limit; ++prefix_size) {
        for (std::size_t data_size = 0; data_size <= 200; data_size += 1 + prefix_size % 3) {
            check_four(prefix_size, data_size);
        }
    }
}

TEST_CASE("Four SM3 at once: leaves of the chunk tree") {
    // "SBID1 leaf" and a 64-bit number are 18 bytes; a chunk has 262,144.
    for (const std::size_t data_size : {1000u, 4096u, 65537u, 262143u, 262144u}) {
        check_four(18, data_size);
    }
}

TEST_CASE("Four SM3 at once: nothing but null pointers, and the same input four times") {
    const std::uint8_t* const nothing[4] = {};
    std::uint8_t digests[4][kernels::sm3_digest_size];
    kernels::sm3_four_prefixed(nothing, 0, nothing, 0, digests);
    for (const auto& digest : digests) {
        CHECK(kernel_test::to_hex(digest) ==
              "1ab21d8355cfa17f8e61194831e81a8f22bec8c728fefb747ed035eb5082aa2b");
    }
    const Bytes data = text("abc");
    const std::uint8_t* const same[4] = {data.data(), data.data(), data.data(), data.data()};
    kernels::sm3_four_prefixed(nothing, 0, same, data.size(), digests);
    for (const auto& digest : digests) {
        CHECK(kernel_test::to_hex(digest) ==
              "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0");
    }
}
