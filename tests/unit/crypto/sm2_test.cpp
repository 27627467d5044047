// SM2 against the standard's examples and against altered copies of them.
#include "bidseal/crypto/sm2.h"

#include <map>

#include <doctest/doctest.h>

#include "crypto_test_support.h"

using namespace bidseal;
using namespace bidseal::crypto;
using namespace bidseal::test;

namespace {

void check_sign(const VectorBlock& v) {
    const auto key = Sm2PrivateKey::from_scalar(v.secret("d"));
    const Sm2PublicKey pub = key.public_key();
    const Bytes message = v.bytes("message");
    CHECK(to_hex(pub.point()) == v.text("public"));
    CHECK(to_hex(pub.z(v.text("id")).view()) == v.text("z"));
    CHECK(to_hex(pub.message_digest(message, v.text("id")).view()) == v.text("e"));
    FixedRandom random(nonce_for(v.bytes("k")));
    CHECK(to_hex(key.sign(message, random, v.text("id"))) == v.text("expect"));
    CHECK(random.left() == 0);
}

void check_encrypt(const VectorBlock& v) {
    const auto pub = Sm2PublicKey::from_point(v.bytes("public"));
    const Bytes nonce = nonce_for(v.bytes("k"));
    FixedRandom random(nonce);
    CHECK(to_hex(pub.encrypt(v.bytes("plain"), random)) == v.text("expect"));
    CHECK(random.left() == 0);
    CHECK(to_hex(pub.encrypt_with_nonce(v.bytes("plain"), SecretBytes::copy_of(nonce))) ==
          v.text("expect"));
}

void check_verify(const VectorBlock& v) {
    const auto pub = Sm2PublicKey::from_point(v.bytes("public"));
    const bool good = pub.verify(v.bytes("message"), v.bytes("signature"), v.text("id"));
    CHECK(good == (v.text("expect") == "true"));
}

void check_decrypt(const VectorBlock& v) {
    const auto key = Sm2PrivateKey::from_scalar(v.secret("d"));
    SecretBytes plain;
    const std::string result = outcome([&] { plain = key.decrypt(v.bytes("cipher")); });
    CHECK((result == "ok" ? to_hex(plain.view()) : result) == v.text("expect"));
}

}  // namespace

TEST_CASE("SM2 vectors") {
    std::map<std::string, int> seen;
    for (const VectorBlock& v : read_vectors("crypto/sm2.vec")) {
        const std::string& kind = v.text("kind");
        CAPTURE(kind);
        CAPTURE(v.text("expect"));
        seen[kind]++;
        if (kind == "sign") {
            check_sign(v);
        } else if (kind == "encrypt") {
            check_encrypt(v);
        } else if (kind == "verify") {
            CAPTURE(v.text("signature"));
            check_verify(v);
        } else if (kind == "decrypt") {
            CAPTURE(v.text("cipher"));
            check_decrypt(v);
        } else if (kind == "point") {
            CAPTURE(v.text("octets"));
            CHECK(outcome([&] { Sm2PublicKey::from_point(v.bytes("octets")); }) ==
                  v.text("expect"));
        } else {
            REQUIRE(kind == "scalar");
            CHECK(outcome([&] { Sm2PrivateKey::from_scalar(v.secret("d")); }) == v.text("expect"));
        }
    }
    CHECK(seen == std::map<std::string, int>{{"sign", 1},
                                             {"encrypt", 1},
                                             {"verify", 23},
                                             {"decrypt", 17},
                                             {"point", 11},
                                             {"scalar", 6}});
}

TEST_CASE("SM2 signs and verifies messages of many lengths with fresh keys") {
    CountingRandom random;
    for (const size_t length : {0, 1, 31, 32, 63, 64, 65, 1000}) {
        const Sm2PrivateKey key = Sm2PrivateKey::generate(random);
        const Sm2PublicKey pub = key.public_key();
        Bytes message(length, 0x5a);
        const Bytes signature = key.sign(message, random);
        CHECK(pub.verify(message, signature));
        CHECK(pub.verify_digest(pub.message_digest(message), signature));
        message.push_back(0);
        CHECK_FALSE(pub.verify(message, signature));
        CHECK_FALSE(Sm2PrivateKey::generate(random).public_key().verify(message, signature));
    }
}

TEST_CASE("SM2 encrypts 1 to 4096 bytes") {
    CountingRandom random(7);
    const Sm2PrivateKey key = Sm2PrivateKey::generate(random);
    const Sm2PublicKey pub = key.public_key();
    for (const size_t length : {1, 15, 16, 31, 32, 33, 48, 4095, 4096}) {
        Bytes plain(length);
        random.fill(plain);
        const Bytes cipher = pub.encrypt(plain, random);
        CHECK(equal(key.decrypt(cipher).view(), plain));
        CHECK(sm2_cipher_to_der(sm2_cipher_from_der(cipher)) == cipher);
    }
    CHECK(outcome([&] { pub.encrypt({}, random); }) == "usage");
    CHECK(outcome([&] { pub.encrypt(Bytes(4097), random); }) == "usage");
}

TEST_CASE("a nonce decides the SM2 ciphertext, also beyond n") {
    CountingRandom random(9);
    const Sm2PublicKey pub = Sm2PrivateKey::generate(random).public_key();
    const Bytes plain(32, 7);
    // 5 and n + 5 are the same k.
    SecretBytes five(48);
    five.span()[47] = 5;
    const SecretBytes n_plus_5 = SecretBytes::copy_of(
        nonce_for(from_hex("fffffffeffffffffffffffffffffffff7203df6b21c6052b53bbf40939d54128")));
    const Bytes cipher = pub.encrypt_with_nonce(plain, five);
    CHECK(cipher == pub.encrypt_with_nonce(plain, n_plus_5));
    // x of 5G
    CHECK(to_hex(sm2_cipher_from_der(cipher).x) ==
          "c749061668652e26040e008fdd5eb77a344a417b7fce19dba575da57cc372a9e");
    CHECK(outcome([&] { pub.encrypt_with_nonce(plain, SecretBytes(48)); }) == "internal");
    CHECK(outcome([&] { pub.encrypt_with_nonce(plain, SecretBytes(47)); }) == "internal");
}

TEST_CASE("a random source that only gives zeros is refused, not used") {
    struct Zeros : Random {
        void fill(std::span<uint8_t> out) override {
            for (uint8_t& b : out)
                b = 0;
        }
    } zeros;
    CountingRandom random(3);
    const Sm2PrivateKey key = Sm2PrivateKey::generate(random);
    CHECK(outcome([&] { key.sign(Bytes{1}, zeros); }) == "random_unavailable");
    CHECK(outcome([&] { key.public_key().encrypt(Bytes(16), zeros); }) == "random_unavailable");
    CHECK(outcome([&] { Sm2PrivateKey::generate(zeros); }) == "key_invalid");
}

TEST_CASE("SM2 keys go through PKCS #8 and SubjectPublicKeyInfo") {
    CountingRandom random(11);
    const Sm2PrivateKey key = Sm2PrivateKey::generate(random);
    const SecretBytes der = key.pkcs8();
    CHECK(Sm2PrivateKey::from_pkcs8(der.view()).scalar().equals(key.scalar()));
    const Bytes spki = key.public_key().spki();
    CHECK(Sm2PublicKey::from_spki(spki).point() == key.public_key().point());
    CHECK(spki.size() == 91);

    Bytes longer = spki;
    longer.push_back(0);
    CHECK(outcome([&] { Sm2PublicKey::from_spki(longer); }) == "key_invalid");
    Bytes other_curve = spki;
    other_curve[22] ^= 1;  // last octet of the curve's identifier
    CHECK(outcome([&] { Sm2PublicKey::from_spki(other_curve); }) == "key_invalid");
    Bytes wrong_public = to_bytes(der.view());
    wrong_public.back() ^= 1;
    CHECK(outcome([&] { Sm2PrivateKey::from_pkcs8(wrong_public); }) == "key_invalid");
}

TEST_CASE("signature fields convert between DER and 32-byte halves") {
    const Bytes r = from_hex("00000000000000000000000000000000000000000000000000000000000000ff");
    const Bytes s = from_hex("7f00000000000000000000000000000000000000000000000000000000000001");
    const Bytes der = sm2_signature_to_der(r, s);
    CHECK(to_hex(der) ==
          "3026020200ff02207f00000000000000000000000000000000000000000000000000000000000001");
    Bytes r_again(32, 9), s_again(32, 9);
    sm2_signature_from_der(der, r_again, s_again);
    CHECK(r_again == r);
    CHECK(s_again == s);
    CHECK(outcome([&] { sm2_signature_to_der(Bytes(31), s); }) == "encoding_invalid");
}

TEST_CASE("a signature with a zero in it is no signature, for a digest made to fit") {
    // n - x, for x below n
    const auto minus = [](ByteView x, uint8_t plus) {
        const Bytes n =
            from_hex("fffffffeffffffffffffffffffffffff7203df6b21c6052b53bbf40939d54123");
        Sm3Digest result;
        int borrow = -static_cast<int>(plus);
        for (size_t i = 32; i-- > 0;) {
            const int digit = n[i] - x[i] - borrow;
            result.bytes[i] = static_cast<uint8_t>(digit & 0xff);
            borrow = digit < 0 ? 1 : (digit > 0xff ? -1 : 0);
        }
        return result;
    };
    Bytes scalar(32, 0x42);
    const Sm2PublicKey key = Sm2PrivateKey::from_scalar(SecretBytes::copy_of(scalar)).public_key();
    ++scalar.back();
    const Sm2PublicKey next = Sm2PrivateKey::from_scalar(SecretBytes::copy_of(scalar)).public_key();
    const auto x = [](const Sm2PublicKey& k) {
        const Bytes point = k.point();
        return Bytes(point.begin() + 1, point.begin() + 33);
    };
    // r = 0, s = 1: the point is G + P, whose key is the scalar's successor; e = r - x.
    CHECK_FALSE(key.verify_digest(minus(x(next), 0), from_hex("3006020100020101")));
    // r = 1, s = 0: the point is P itself.
    CHECK_FALSE(key.verify_digest(minus(x(key), 1), from_hex("3006020101020100")));
}
