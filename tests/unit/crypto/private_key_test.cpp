// Key files as OpenSSL writes them (tests/vectors/certificates/make.sh).
#include "bidseal/crypto/private_key.h"

#include <doctest/doctest.h>

#include "crypto_test_support.h"

using namespace bidseal;
using namespace bidseal::crypto;
using namespace bidseal::test;

namespace {

Bytes key_file(const std::string& name) {
    return read_test_file("vectors/certificates/" + name + ".test-secret.pem");
}

}  // namespace

TEST_CASE("keys sign, and their certificates verify") {
    CountingRandom random;
    const Bytes message = to_bytes(as_bytes("sealed bid"));
    for (const char* name : {"sm2_sign", "p256", "rsa"}) {
        CAPTURE(name);
        const PrivateKey key = PrivateKey::from_file(key_file(name));
        const Certificate certificate = load(name);
        CHECK(key.kind() == certificate.key_kind());
        CHECK(key.signature_kind() == certificate.signature_kind());
        CHECK(key.fits(certificate));
        CHECK_FALSE(key.fits(load("sm2_other")));
        const Bytes signature = key.sign(message, random);
        CHECK(certificate.verify(message, signature, key.signature_kind()));
        CHECK_FALSE(certificate.verify(as_bytes("sealed bie"), signature, key.signature_kind()));
        for (const SignatureKind other :
             {SignatureKind::sm2_sm3, SignatureKind::ecdsa_sha256, SignatureKind::rsa_pkcs1_sha256})
            if (other != key.signature_kind())
                CHECK_FALSE(certificate.verify(message, signature, other));
        for (size_t i = 0; i < signature.size(); i++) {
            Bytes bad = signature;
            bad[i] ^= 0x40;
            CHECK_FALSE(certificate.verify(message, bad, key.signature_kind()));
        }
        Bytes longer = signature;
        longer.push_back(0);
        CHECK_FALSE(certificate.verify(message, longer, key.signature_kind()));
        CHECK_FALSE(certificate.verify(message, {}, key.signature_kind()));
    }
}

TEST_CASE("SM2 and RSA keys decrypt") {
    CountingRandom random(5);
    const PrivateKey sm2 = PrivateKey::from_file(key_file("sm2_encrypt"));
    const Bytes secret(16, 0x77);
    const Bytes cipher = load("sm2_encrypt").sm2_key().encrypt(secret, random);
    CHECK(equal(sm2.decrypt(cipher, random).view(), secret));
    const PrivateKey other = PrivateKey::from_file(key_file("sm2_sign"));
    CHECK(outcome([&] { other.decrypt(cipher, random); }) == "decrypt_failed");
    const PrivateKey rsa = PrivateKey::from_file(key_file("rsa"));
    CHECK(outcome([&] { rsa.decrypt(cipher, random); }) == "decrypt_failed");
    CHECK(outcome([&] { rsa.decrypt(Bytes(256, 1), random, true); }) == "decrypt_failed");
    CHECK(outcome([&] { PrivateKey::from_file(key_file("p256")).decrypt(cipher, random); }) ==
          "key_invalid");
    CHECK(outcome([&] { rsa.sm2(); }) == "key_invalid");
}

TEST_CASE("SEC 1 keys are read") {
    CHECK(PrivateKey::from_file(key_file("sm2_sign.sec1")).fits(load("sm2_sign")));
}

TEST_CASE("encrypted keys open with their passphrase only") {
    CHECK_FALSE(PrivateKey::is_encrypted(key_file("sm2_sign")));
    struct {
        const char *file, *certificate;
        bool needs_aes;
    } const cases[] = {{"sm2_sign.aes256", "sm2_sign", true},
                       {"rsa.aes128", "rsa", true},
                       {"p256.sm4", "p256", false}};
    for (const auto& c : cases) {
        CAPTURE(c.file);
        const Bytes file = key_file(c.file);
        CHECK(PrivateKey::is_encrypted(file));
#ifdef __EMSCRIPTEN__
        if (c.needs_aes) {
            CHECK(outcome([&] { PrivateKey::from_file(file, "test-secret"); }) == "key_invalid");
            continue;
        }
#endif
        CHECK(PrivateKey::from_file(file, "test-secret").fits(load(c.certificate)));
        CHECK(outcome([&] { PrivateKey::from_file(file, "test-secre"); }) == "decrypt_failed");
        CHECK(outcome([&] { PrivateKey::from_file(file); }) == "decrypt_failed");
    }
}

TEST_CASE("files that hold no key are refused") {
    CHECK(outcome([] { PrivateKey::from_file({}); }) == "key_invalid");
    CHECK(outcome([] { PrivateKey::from_file(as_bytes("hello")); }) == "key_invalid");
    CHECK(outcome([] {
              PrivateKey::from_file(read_test_file("vectors/certificates/bundle.pem"));
          }) == "key_invalid");
    CHECK(outcome([] { PrivateKey::from_pkcs8(load("root").der()); }) == "key_invalid");
}
