// SM3, HMAC-SM3, HKDF-SM3 and SM4 against published and foreign values.
#include <doctest/doctest.h>

#include "bidseal/crypto/sm3.h"
#include "bidseal/crypto/sm4.h"

#include "crypto_test_support.h"

using namespace bidseal;
using namespace bidseal::crypto;
using namespace bidseal::test;

TEST_CASE("SM3, HMAC and HKDF give the published values") {
    int hashes = 0, macs = 0, keys = 0;
    for (const VectorBlock& v : read_vectors("crypto/sm3.vec")) {
        const std::string& kind = v.text("kind");
        const std::string& expected = v.text("expect");
        CAPTURE(expected);
        if (kind == "sm3") {
            std::string message;
            for (int i = std::stoi(v.text("times")); i > 0; i--)
                message += v.text("message");
            CHECK(to_hex(sm3(as_bytes(message)).view()) == expected);
            Sm3 bytewise;
            for (const char c : message)
                bytewise.update(as_bytes(std::string_view(&c, 1)));
            CHECK(to_hex(bytewise.finish().view()) == expected);
            hashes++;
        } else if (kind == "hmac") {
            CHECK(to_hex(hmac_sm3(v.bytes("key"), as_bytes(v.text("message")))) == expected);
            macs++;
        } else {
            REQUIRE(kind == "hkdf");
            const SecretBytes out =
                hkdf_sm3(v.secret("ikm"), v.bytes("salt"), v.bytes("info"), expected.size() / 2);
            CHECK(to_hex(out.view()) == expected);
            keys++;
        }
    }
    CHECK(hashes == 4);
    CHECK(macs == 2);
    CHECK(keys == 3);
}

TEST_CASE("HKDF gives at most 255 blocks") {
    const SecretBytes ikm(16);
    CHECK(hkdf_sm3(ikm, {}, {}, 8160).size() == 8160);
    CHECK(outcome([&] { hkdf_sm3(ikm, {}, {}, 8161); }) == "internal");
    CHECK(hkdf_sm3(ikm, {}, {}, 0).empty());
}

TEST_CASE("SM4 modes give the published values") {
    int seen = 0;
    for (const VectorBlock& v : read_vectors("crypto/sm4.vec")) {
        const std::string& kind = v.text("kind");
        const std::string& expected = v.text("expect");
        const Bytes key = v.bytes("key");
        CAPTURE(expected);
        seen++;
        if (kind == "ecb") {
            CHECK(to_hex(sm4_ecb_encrypt(key, v.bytes("plain")).view()) == expected);
            CHECK(equal(sm4_ecb_decrypt(key, from_hex(expected)).view(), v.bytes("plain")));
        } else if (kind == "cbc") {
            const Bytes iv = v.bytes("iv");
            CHECK(to_hex(sm4_cbc_encrypt(key, iv, v.bytes("plain"))) == expected);
            CHECK(equal(sm4_cbc_decrypt(key, iv, from_hex(expected)).view(), v.bytes("plain")));
        } else if (kind == "ctr") {
            Bytes data = v.bytes("plain");
            const Sm4Ctr ctr(key, v.bytes("iv"));
            ctr.apply(0, data);
            CHECK(to_hex(data) == expected);
            Bytes tail(data.begin() + 16, data.end());
            ctr.apply(1, tail);
            CHECK(equal(tail, ByteView(v.bytes("plain")).subspan(16)));
        } else {
            REQUIRE(kind == "cbc-open");
            CHECK(outcome([&] { sm4_cbc_decrypt(key, v.bytes("iv"), v.bytes("cipher")); }) ==
                  expected);
        }
    }
    CHECK(seen == 13);
}

TEST_CASE("a derived random stream is HMAC-SM3 over a counter, however it is cut") {
    const Bytes key(32, 0x42);
    Bytes expected;
    for (uint64_t i = 0; i < 3; i++) {
        Bytes counter;
        append_u64(counter, i);
        append(expected, hmac_sm3(key, counter));
    }
    DerivedRandom random(SecretBytes::copy_of(key));
    Bytes drawn(96);
    random.fill(std::span(drawn).first(5));
    random.fill(std::span(drawn).subspan(5, 60));
    random.fill(std::span(drawn).subspan(65));
    CHECK(drawn == expected);
}
