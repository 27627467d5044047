// SM4-GCM against RFC 8998 appendix A.1 and altered copies of it; key exchange on the SM2 curve.
#include "bidseal/crypto/sm4_gcm.h"

#include <doctest/doctest.h>

#include "bidseal/crypto/sm2.h"

#include "crypto_test_support.h"

using namespace bidseal;
using namespace bidseal::crypto;
using namespace bidseal::test;

namespace {

const Bytes key = from_hex("0123456789abcdeffedcba9876543210");
const Bytes nonce = from_hex("00001234567800000000abcd");
const Bytes additional = from_hex("feedfacedeadbeeffeedfacedeadbeefabaddad2");
const Bytes plain = from_hex(
    "aaaaaaaaaaaaaaaabbbbbbbbbbbbbbbbccccccccccccccccdddddddddddddddd"
    "eeeeeeeeeeeeeeeeffffffffffffffffeeeeeeeeeeeeeeeeaaaaaaaaaaaaaaaa");
const Bytes sealed = from_hex(
    "17f399f08c67d5ee19d0dc9969c4bb7d5fd46fd3756489069157b282bb200735"
    "d82710ca5c22f0ccfa7cbf93d496ac15a56834cbcf98c397b4024a2691233b8d"
    "83de3541e4c2b58177e065a9bf7b62ec");

}  // namespace

TEST_CASE("SM4-GCM: the RFC's example") {
    CHECK(to_hex(sm4_gcm_seal(key, nonce, additional, plain)) == to_hex(sealed));
    CHECK(equal(sm4_gcm_open(key, nonce, additional, sealed).view(), plain));
}

TEST_CASE("SM4-GCM: any altered byte is refused") {
    const auto refused = [](const Bytes& k, const Bytes& n, const Bytes& a, const Bytes& c) {
        return outcome([&] { sm4_gcm_open(k, n, a, c); }) == "decrypt_failed";
    };
    const auto turned = [](Bytes bytes, size_t i) {
        bytes[i] ^= 0x10;
        return bytes;
    };
    for (size_t i = 0; i < sealed.size(); i++)
        CHECK(refused(key, nonce, additional, turned(sealed, i)));
    for (size_t i = 0; i < additional.size(); i++)
        CHECK(refused(key, nonce, turned(additional, i), sealed));
    for (size_t i = 0; i < nonce.size(); i++)
        CHECK(refused(key, turned(nonce, i), additional, sealed));
    for (size_t i = 0; i < key.size(); i++)
        CHECK(refused(turned(key, i), nonce, additional, sealed));
    for (size_t size = 0; size < sealed.size(); size++)
        CHECK(refused(key, nonce, additional,
                      Bytes(sealed.begin(), sealed.begin() + static_cast<ptrdiff_t>(size))));
    CHECK(refused(key, nonce, Bytes(), sealed));
}

TEST_CASE("SM4-GCM: lengths around whole blocks") {
    for (const size_t size : {0, 1, 15, 16, 17, 2047, 2048, 2049, 5000}) {
        for (const size_t extra : {0, 1, 16, 33}) {
            CAPTURE(size);
            CAPTURE(extra);
            const Bytes text(size, 0x3c), data(extra, 0xc3);
            const Bytes out = sm4_gcm_seal(key, nonce, data, text);
            CHECK(out.size() == size + 16);
            CHECK(equal(sm4_gcm_open(key, nonce, data, out).view(), text));
        }
    }
    CHECK(outcome([] { sm4_gcm_seal(key, Bytes(16), {}, plain); }) == "internal");
}

TEST_CASE("SM2 points in compressed form, and a shared point") {
    CountingRandom random(77);
    for (int i = 0; i < 8; i++) {
        const Sm2PrivateKey one = Sm2PrivateKey::generate(random);
        const Sm2PrivateKey two = Sm2PrivateKey::generate(random);
        const Bytes compressed = one.public_key().compressed();
        CHECK(compressed.size() == 33);
        CHECK((compressed[0] & 0xfe) == 2);
        CHECK(Sm2PublicKey::from_compressed(compressed).point() == one.public_key().point());
        CHECK(one.shared_x(two.public_key()).equals(two.shared_x(one.public_key())));
        CHECK_FALSE(one.shared_x(one.public_key()).equals(two.shared_x(one.public_key())));
    }
    // The generator: x of [1]·G.
    SecretBytes d(32);
    d.span()[31] = 1;
    const Sm2PrivateKey unit = Sm2PrivateKey::from_scalar(d);
    CHECK(to_hex(unit.shared_x(unit.public_key()).view()) ==
          "32c4ae2c1f1981195f9904466a39c9948fe30bbff2660be1715a4589334c74c7");
    Bytes bad = unit.public_key().compressed();
    bad[0] = 0x04;
    CHECK(outcome([&] { Sm2PublicKey::from_compressed(bad); }) == "key_invalid");
    bad[0] = 0x02;
    bad.resize(32);
    CHECK(outcome([&] { Sm2PublicKey::from_compressed(bad); }) == "key_invalid");
    CHECK(outcome([&] { Sm2PublicKey::from_compressed(unit.public_key().point()); }) ==
          "key_invalid");
    CHECK(outcome([] { Sm2PublicKey::from_compressed(Bytes(33, 0xff)); }) == "key_invalid");
}
