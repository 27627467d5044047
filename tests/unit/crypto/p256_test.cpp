// ECDSA over P-256 in fixed form: RFC 6979's published signature, and everything that is none.
#include "bidseal/crypto/p256.h"

#include <doctest/doctest.h>

#include "../support/error_of.h"

using namespace bidseal;
using namespace bidseal::crypto;

namespace {

// RFC 6979 appendix A.2.5: key, and k, r, s for SHA-256 over "sample".
constexpr const char* private_hex =
    "c9afa9d845ba75166b5c215767b1d6934e50c3db36e89b127b8a622b120f6721";
constexpr const char* point_hex =
    "0460fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6"
    "7903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299";
constexpr const char* nonce_hex =
    "a6e3c57dd01abe90086538398355dd4c3b17aa873382b0f24d6129493d8aad60";
constexpr const char* signature_hex =
    "efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716"
    "f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8";

struct OneNonce : Random {
    Bytes next;
    void fill(std::span<uint8_t> out) override {
        REQUIRE(out.size() == next.size());
        std::copy(next.begin(), next.end(), out.begin());
    }
};

P256PrivateKey published_key() {
    return P256PrivateKey::from_scalar(SecretBytes::copy_of(from_hex(private_hex)));
}

}  // namespace

TEST_CASE("P-256: RFC 6979's key, signature and digest") {
    P256PrivateKey key = published_key();
    CHECK(to_hex(key.point().view()) == point_hex);
    OneNonce random;
    random.next.assign(16, 0);
    append(random.next, from_hex(nonce_hex));
    CHECK(to_hex(key.sign(as_bytes("sample"), random)) == signature_hex);
    CHECK(p256_verify(key.point(), as_bytes("sample"), from_hex(signature_hex)));
    // FIPS 180-4's example "abc", in two parts.
    CHECK(to_hex(sha256({as_bytes("a"), as_bytes("bc")}).view()) ==
          "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST_CASE("P-256: what is no signature of this key over this message is refused") {
    P256PrivateKey key = published_key();
    const Bytes good = from_hex(signature_hex);
    CHECK_FALSE(p256_verify(key.point(), as_bytes("Sample"), good));
    for (size_t i = 0; i < good.size(); ++i) {
        Bytes changed = good;
        changed[i] ^= 0x40;
        CHECK_FALSE(p256_verify(key.point(), as_bytes("sample"), changed));
    }
    const Bytes order =
        from_hex("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551");
    for (size_t place : {size_t{0}, size_t{32}}) {
        Bytes zero = good, large = good;
        std::fill_n(zero.begin() + static_cast<ptrdiff_t>(place), 32, uint8_t{0});
        std::copy(order.begin(), order.end(), large.begin() + static_cast<ptrdiff_t>(place));
        CHECK_FALSE(p256_verify(key.point(), as_bytes("sample"), zero));
        CHECK_FALSE(p256_verify(key.point(), as_bytes("sample"), large));
    }
    CHECK_FALSE(p256_verify(key.point(), as_bytes("sample"), ByteView(good).first(63)));
    CHECK_FALSE(p256_verify(key.point(), as_bytes("sample"), {}));
}

TEST_CASE("P-256: points off the curve and scalars out of range are no keys") {
    Bytes point = from_hex(point_hex);
    CHECK(p256_point(point).view()[0] == 4);
    Bytes off = point, compressed = point;
    off[64] ^= 1;
    compressed[0] = 2;
    for (const Bytes& bad :
         {off, compressed, Bytes(65, 0), Bytes(point.begin(), point.end() - 1)}) {
        CHECK(test::error_name_of([&] { p256_point(bad); }) == "key_invalid");
    }
    for (const char* bad : {"0000000000000000000000000000000000000000000000000000000000000000",
                            "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551"}) {
        CHECK(test::error_name_of([&] {
                  P256PrivateKey::from_scalar(SecretBytes::copy_of(from_hex(bad)));
              }) == "key_invalid");
    }
}
