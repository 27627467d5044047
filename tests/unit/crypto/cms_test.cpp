// SignedData and EnvelopedData: round trips, other makers' habits, and one fault each.
#include "bidseal/crypto/cms.h"

#include <algorithm>

#include <doctest/doctest.h>

#include "bidseal/crypto/der_writer.h"
#include "bidseal/crypto/oids.h"
#include "bidseal/crypto/private_key.h"
#include "bidseal/crypto/sha256.h"
#include "bidseal/crypto/sm4.h"

#include "crypto_test_support.h"

using namespace bidseal;
using namespace bidseal::crypto;
using namespace bidseal::test;

namespace {

PrivateKey load_key(const std::string& name) {
    return PrivateKey::from_file(
        read_test_file("vectors/certificates/" + name + ".test-secret.pem"));
}

const Bytes content = to_bytes(as_bytes("{\"type\":\"SBID1-index\",...}"));

/// A SignedData put together by hand, so that each part can be another than ours.
struct Recipe {
    std::string outer_type{oid::gm_signed_data};
    std::string content_type{oid::gm_data};
    std::string digest{oid::sm3}, listed_digest{oid::sm3};
    std::string signature_algorithm{oid::sm2_with_sm3};
    uint32_t version = 1, signer_version = 1;
    Bytes signature;
    Bytes attributes;  // [0], whole
    std::vector<Bytes> certificates{to_bytes(load("sm2_sign").der())};
    int signers = 1;
    bool null_parameters = false;
    Certificate named = load("sm2_sign");

    Recipe() {
        CountingRandom random;
        signature = load_key("sm2_sign").sign(content, random);
    }

    Bytes algorithm(const std::string& name) const {
        return null_parameters ? der::algorithm(name, der::null_value()) : der::algorithm(name);
    }

    Bytes build() const {
        const Bytes name = der::sequence_of({named.issuer_der(), der::value(0x02, named.serial())});
        const Bytes info =
            der::sequence_of({der::small_integer(signer_version), name, algorithm(digest),
                              attributes, algorithm(signature_algorithm), der::octets(signature)});
        Bytes certificate_field;
        if (!certificates.empty())
            certificate_field = der::set_of(certificates, 0xa0);
        const Bytes data =
            der::sequence_of({der::small_integer(version), der::set_of({algorithm(listed_digest)}),
                              der::sequence_of({der::oid(content_type)}), certificate_field,
                              der::set_of(std::vector<Bytes>(static_cast<size_t>(signers), info))});
        return der::sequence_of({der::oid(outer_type), der::value(0xa0, data)});
    }
};

std::string parse(const Recipe& recipe) {
    const Bytes der = recipe.build();
    return outcome([&] { parse_signed_data(der); });
}

bool verifies(const Recipe& recipe) {
    return verify_signed_data(parse_signed_data(recipe.build()), content);
}

Bytes attribute(std::string_view type, ByteView value) {
    return der::sequence_of({der::oid(type), der::value(0x31, value)});
}

Bytes good_attributes(ByteView data, std::string_view type = oid::gm_data) {
    const Sm3Digest digest = sm3(data);
    return der::set_of({attribute(oid::attribute_content_type, der::oid(type)),
                        attribute(oid::attribute_message_digest, der::octets(digest.view()))});
}

/// Signs the attributes as a SET and puts them in as [0].
void sign_attributes(Recipe& recipe, Bytes set) {
    CountingRandom random(3);
    recipe.signature = load_key("sm2_sign").sign(set, random);
    set[0] = 0xa0;
    recipe.attributes = std::move(set);
}

}  // namespace

TEST_CASE("SignedData of each key kind, detached and embedded") {
    CountingRandom random;
    for (const char* name : {"sm2_sign", "p256", "rsa"}) {
        for (const bool embedded : {false, true}) {
            CAPTURE(name);
            CAPTURE(embedded);
            SignedDataParts parts;
            parts.signer = load(name);
            parts.chain = {load("root"), load("intermediate"), load(name)};
            parts.evidence = {load_list("root"), load_list("intermediate")};
            parts.signature = load_key(name).sign(content, random);
            if (embedded)
                parts.content = content;
            const Bytes der = build_signed_data(parts);
            const ParsedSignedData parsed = parse_signed_data(der);
            CHECK(parsed.signer == parts.signer);
            CHECK(parsed.certificates.size() == 3);
            CHECK(parsed.crls.size() == 2);
            CHECK(parsed.kind == parts.signer.signature_kind());
            CHECK(parsed.signature == parts.signature);
            CHECK(parsed.content.has_value() == embedded);
            CHECK_FALSE(parsed.has_signed_attributes);
            CHECK(parsed.signed_attributes.empty());
            CHECK(verify_signed_data(parsed, content));
            Bytes other = content;
            other[0] ^= 1;
            CHECK_FALSE(verify_signed_data(parsed, other));
            CHECK_FALSE(verify_signed_data(parsed, {}));
        }
    }
}

TEST_CASE("SignedData cut or lengthened is refused; altered, it does not verify as the same") {
    const Bytes good = Recipe().build();
    for (size_t i = 0; i < good.size(); i++)
        CHECK(outcome([&] { parse_signed_data(ByteView(good).first(i)); }) == "signature_format");
    Bytes longer = good;
    longer.push_back(0);
    CHECK(outcome([&] { parse_signed_data(longer); }) == "signature_format");
    const Certificate signer = load("sm2_sign");
    for (size_t i = 0; i < good.size(); i++) {
        Bytes bad = good;
        bad[i] ^= 0x01;
        std::string result = "accepted";
        try {
            const ParsedSignedData parsed = parse_signed_data(bad);
            if (!(parsed.signer == signer))
                result = "another certificate";
            if (!verify_signed_data(parsed, content))
                result = "wrong";
        } catch (const Error& error) {
            result = error_name(error.code());
        }
        CAPTURE(i);
        CHECK(result != "accepted");
    }
}

TEST_CASE("what other makers write is read") {
    Recipe recipe;
    CHECK(verifies(recipe));
    for (const std::string_view name : {oid::sm2_with_sm3, oid::sm2_sign, oid::sm2}) {
        recipe.signature_algorithm = std::string(name);
        CHECK(verifies(recipe));
    }
    recipe.null_parameters = true;
    CHECK(verifies(recipe));
    recipe.outer_type = std::string(oid::cms_signed_data);
    recipe.content_type = std::string(oid::cms_data);
    CHECK(verifies(recipe));
    recipe.digest = recipe.listed_digest = std::string(oid::sm3_plain);
    CHECK(verifies(recipe));
    recipe.version = 3;
    CHECK(verifies(recipe));
}

TEST_CASE("one fault each in SignedData") {
    CHECK(parse(Recipe()) == "ok");
    const auto with = [](void (*change)(Recipe&)) {
        Recipe recipe;
        change(recipe);
        return parse(recipe);
    };
    CHECK(with([](Recipe& r) { r.signers = 0; }) == "signature_format");
    CHECK(with([](Recipe& r) { r.signers = 2; }) == "signature_format");
    CHECK(with([](Recipe& r) { r.version = 2; }) == "signature_format");
    CHECK(with([](Recipe& r) { r.signer_version = 3; }) == "signature_format");
    CHECK(with([](Recipe& r) { r.certificates.clear(); }) == "signature_format");
    CHECK(with([](Recipe& r) { r.certificates = {to_bytes(load("root").der())}; }) ==
          "signature_format");
    CHECK(with([](Recipe& r) { r.named = load("sm2_encrypt"); }) == "signature_format");
    CHECK(with([](Recipe& r) { r.outer_type = std::string(oid::gm_enveloped_data); }) ==
          "signature_format");
    CHECK(with([](Recipe& r) { r.content_type = std::string(oid::gm_signed_data); }) ==
          "signature_format");
    CHECK(with([](Recipe& r) { r.digest = std::string(oid::sha256); }) == "signature_format");
    CHECK(with([](Recipe& r) { r.listed_digest = std::string(oid::sha256); }) ==
          "signature_format");
    CHECK(with([](Recipe& r) { r.signature_algorithm = std::string(oid::ecdsa_sha256); }) ==
          "signature_format");
    CHECK(with([](Recipe& r) { r.signature.clear(); }) == "signature_format");
    CHECK(with([](Recipe& r) { r.certificates[0].pop_back(); }) == "signature_format");
    CHECK(outcome([] { parse_signed_data({}); }) == "signature_format");
    CHECK(outcome([] { parse_signed_data(Bytes{0x30, 0x80, 0, 0}); }) == "signature_format");
}

TEST_CASE("signed attributes: digest of the content, signature over the set") {
    Recipe recipe;
    sign_attributes(recipe, good_attributes(content));
    const ParsedSignedData parsed = parse_signed_data(recipe.build());
    CHECK(parsed.has_signed_attributes);
    CHECK(parsed.signed_attributes == good_attributes(content));
    CHECK(equal(parsed.attribute_digest, sm3(content).view()));
    CHECK(verify_signed_data(parsed, content));
    CHECK_FALSE(verify_signed_data(parsed, as_bytes("other")));

    sign_attributes(recipe, good_attributes(as_bytes("other")));
    CHECK_FALSE(verifies(recipe));
    CHECK(verify_signed_data(parse_signed_data(recipe.build()), as_bytes("other")));
}

TEST_CASE("a signature over attributes does not pass as one over content, nor the reverse") {
    // Content that itself is the DER of a set of attributes.
    const Bytes disguised = good_attributes(content);
    CountingRandom random;
    Recipe plain;
    plain.signature = load_key("sm2_sign").sign(disguised, random);
    const ParsedSignedData as_content = parse_signed_data(plain.build());
    CHECK_FALSE(as_content.has_signed_attributes);
    CHECK(verify_signed_data(as_content, disguised));
    CHECK_FALSE(verify_signed_data(as_content, content));

    Recipe moved = plain;  // the same signature with the content moved into the attributes
    moved.attributes = disguised;
    moved.attributes[0] = 0xa0;
    const ParsedSignedData as_attributes = parse_signed_data(moved.build());
    CHECK(as_attributes.has_signed_attributes);  // which is why a bid forbids attributes
    CHECK_FALSE(verify_signed_data(as_attributes, disguised));
}

TEST_CASE("one fault each in signed attributes") {
    const Bytes type = attribute(oid::attribute_content_type, der::oid(oid::gm_data));
    const Bytes digest = attribute(oid::attribute_message_digest, der::octets(sm3(content).view()));
    const Bytes other_digest = attribute(oid::attribute_message_digest, der::octets(Bytes(32, 1)));
    const auto result = [](Bytes set) {
        Recipe recipe;
        sign_attributes(recipe, std::move(set));
        return parse(recipe);
    };
    CHECK(result(der::set_of({type, digest})) == "ok");
    CHECK(result(der::set_of({digest})) == "signature_format");
    CHECK(result(der::set_of({type})) == "signature_format");
    CHECK(result(der::set_of({})) == "signature_format");
    CHECK(result(der::set_of({type, digest, other_digest})) == "signature_format");
    CHECK(result(der::set_of({type, type, digest})) == "signature_format");
    CHECK(result(der::value(0x31, {digest, type})) == "signature_format");  // not in DER order
    CHECK(result(der::set_of({type, attribute(oid::attribute_message_digest,
                                              der::octets(Bytes(31)))})) == "signature_format");
    const Bytes two_values =
        der::sequence_of({der::oid(oid::attribute_message_digest),
                          der::set_of({der::octets(Bytes(32)), der::octets(sm3(content).view())})});
    CHECK(result(der::set_of({type, two_values})) == "signature_format");
    CHECK(result(good_attributes(content, oid::gm_signed_data)) == "signature_format");
}

TEST_CASE("embedded content must be the content") {
    CountingRandom random;
    SignedDataParts parts;
    parts.signer = load("sm2_sign");
    parts.signature = load_key("sm2_sign").sign(content, random);
    parts.content = to_bytes(as_bytes("something else"));
    const ParsedSignedData parsed = parse_signed_data(build_signed_data(parts));
    CHECK_FALSE(verify_signed_data(parsed, content));
    CHECK_FALSE(verify_signed_data(parsed, as_bytes("something else")));
}

TEST_CASE("EnvelopedData opens for each recipient, and for nobody else") {
    CountingRandom random(21);
    const std::vector<Certificate> recipients = {load("sm2_encrypt"), load("sm2_sign")};
    for (const size_t length : {0, 1, 15, 16, 17, 1000}) {
        const Bytes plain(length, 0x33);
        const ParsedEnvelopedData env =
            parse_enveloped_data(build_enveloped_data(recipients, plain, random));
        CHECK(env.recipients.size() == 2);
        CHECK(env.content_algorithm == "1.2.156.10197.1.104.2");
        for (const char* name : {"sm2_encrypt", "sm2_sign"}) {
            const auto* recipient = find_recipient(env, load(name));
            REQUIRE(recipient != nullptr);
            CHECK(recipient->algorithm == "1.2.156.10197.1.301.3");
            const SecretBytes key = load_key(name).decrypt(recipient->encrypted_key, random);
            CHECK(equal(open_enveloped_content(env, key.view()).view(), plain));
        }
        CHECK(find_recipient(env, load("root")) == nullptr);
        CHECK(outcome([&] { open_enveloped_content(env, Bytes(15)); }) == "decrypt_failed");
    }
}

TEST_CASE("EnvelopedData for RSA with both OAEP profiles") {
    CountingRandom random(4);
    const PrivateKey key = load_key("rsa");
    for (const bool sha1 : {false, true}) {
        const ParsedEnvelopedData env =
            parse_enveloped_data(build_enveloped_data({load("rsa")}, content, random, sha1));
        REQUIRE(env.recipients.size() == 1);
        CHECK(env.recipients[0].algorithm == "1.2.840.113549.1.1.7");
        const Bytes& encrypted = env.recipients[0].encrypted_key;
        CHECK(equal(open_enveloped_content(env, key.decrypt(encrypted, random, sha1).view()).view(),
                    content));
        CHECK(outcome([&] { key.decrypt(encrypted, random, !sha1); }) == "decrypt_failed");
    }
    CHECK(outcome([&] { build_enveloped_data({load("p256")}, content, random); }) == "key_invalid");
    CHECK(outcome([&] { build_enveloped_data({}, content, random); }) == "usage");
}

TEST_CASE("the same derived randomness makes the same EnvelopedData") {
    const auto build = [](uint8_t seed) {
        DerivedRandom random(SecretBytes::copy_of(Bytes(32, seed)));
        return build_enveloped_data({load("sm2_encrypt"), load("rsa")}, content, random);
    };
    CHECK(build(1) == build(1));
    CHECK(build(1) != build(2));

    // What is drawn, in order: key, IV, 48 bytes for SM2, the seed for RSA. Nothing else.
    FixedRandom random(Bytes(16 + 16 + 48 + 32, 0x5a));
    build_enveloped_data({load("sm2_encrypt"), load("rsa")}, content, random);
    CHECK(random.left() == 0);
    FixedRandom shorter(Bytes(16 + 16 + 20, 0x5a));
    const Bytes sha1 = build_enveloped_data({load("rsa")}, content, shorter, true);
    CHECK(shorter.left() == 0);
    CHECK(parse_enveloped_data(sha1).iv == Bytes(16, 0x5a));
}

TEST_CASE("EnvelopedData of other makers, and faults") {
    CountingRandom random(8);
    const Certificate holder = load("sm2_encrypt");
    const Bytes key16(16, 9), iv(16, 8);
    const Bytes cipher = holder.sm2_key().encrypt(key16, random);
    const Sm2CipherFields fields = sm2_cipher_from_der(cipher);
    Bytes raw;  // x, y, C2, C3
    append(raw, fields.x);
    append(raw, fields.y);
    append(raw, fields.cipher);
    append(raw, fields.hash);
    Bytes raw_04{0x04};
    append(raw_04, raw);

    const auto build = [&](std::string_view algorithm, ByteView encrypted_key,
                           std::string_view content_algorithm, ByteView shared = {},
                           std::string_view type = oid::gm_enveloped_data) {
        const Bytes info = der::sequence_of(
            {der::small_integer(1),
             der::sequence_of({holder.issuer_der(), der::value(0x02, holder.serial())}),
             der::algorithm(algorithm), der::octets(encrypted_key)});
        const Bytes data = der::sequence_of(
            {der::small_integer(1), der::set_of({info}),
             der::sequence_of({der::oid(oid::gm_data),
                               der::algorithm(content_algorithm, der::octets(iv)),
                               der::value(0x80, sm4_cbc_encrypt(key16, iv, content)), shared})});
        return der::sequence_of({der::oid(type), der::value(0xa0, data)});
    };
    const auto opens = [&](const Bytes& der) {
        const ParsedEnvelopedData env = parse_enveloped_data(der);
        const auto* recipient = find_recipient(env, holder);
        REQUIRE(recipient != nullptr);
        const SecretBytes key = load_key("sm2_encrypt").decrypt(recipient->encrypted_key, random);
        return equal(open_enveloped_content(env, key.view()).view(), content);
    };
    for (const std::string_view algorithm :
         {oid::sm2_encrypt, oid::sm2_exchange, oid::sm2, oid::sm2_sign})
        CHECK(opens(build(algorithm, cipher, oid::sm4_cbc)));
    CHECK(opens(build(oid::sm2_encrypt, cipher, oid::sm4)));
    CHECK(opens(build(oid::sm2_encrypt, raw, oid::sm4_cbc)));
    CHECK(opens(build(oid::sm2_encrypt, raw_04, oid::sm4_cbc)));
    CHECK(opens(build(oid::sm2_encrypt, cipher, oid::sm4_cbc, der::value(0x81, Bytes(3)))));

    const auto result = [](const Bytes& der) {
        return outcome([&] { parse_enveloped_data(der); });
    };
    const Bytes good = build(oid::sm2_encrypt, cipher, oid::sm4_cbc);
    CHECK(result(good) == "ok");
    CHECK(result(build(oid::sm2_encrypt, Bytes(5), oid::sm4_cbc)) == "decrypt_failed");
    CHECK(result(build(oid::sm2_encrypt, {}, oid::sm4_cbc)) == "decrypt_failed");
    CHECK(result(build(oid::sm2_encrypt, cipher, oid::aes128_cbc)) == "decrypt_failed");
    CHECK(result(build(oid::sm2_encrypt, cipher, oid::sm4_cbc, der::null_value())) ==
          "decrypt_failed");
    CHECK(result(build(oid::sm2_encrypt, cipher, oid::sm4_cbc, {}, oid::gm_signed_data)) ==
          "decrypt_failed");
    for (size_t i = 0; i < good.size(); i++)
        CHECK(result(Bytes(good.begin(), good.begin() + static_cast<ptrdiff_t>(i))) ==
              "decrypt_failed");
}

TEST_CASE("a recipient may be named by its key identifier") {
    CountingRandom random(8);
    const Certificate holder = load("sm2_encrypt");
    // OpenSSL writes the identifier as SHA-1 of the key: find it in the certificate.
    const Bytes der = to_bytes(holder.der());
    const Bytes marker = from_hex("0603551d0e04160414");
    const auto at = std::search(der.begin(), der.end(), marker.begin(), marker.end());
    REQUIRE(at != der.end());
    const Bytes identifier(at + 9, at + 29);
    const Bytes info = der::sequence_of({der::small_integer(2), der::value(0x80, identifier),
                                         der::algorithm(oid::sm2_encrypt),
                                         der::octets(holder.sm2_key().encrypt(Bytes(16), random))});
    const Bytes data =
        der::sequence_of({der::small_integer(1), der::set_of({info}),
                          der::sequence_of({der::oid(oid::gm_data),
                                            der::algorithm(oid::sm4_cbc, der::octets(Bytes(16))),
                                            der::value(0x80, Bytes(16))})});
    const ParsedEnvelopedData env = parse_enveloped_data(
        der::sequence_of({der::oid(oid::gm_enveloped_data), der::value(0xa0, data)}));
    CHECK(find_recipient(env, holder) == &env.recipients[0]);
    CHECK(find_recipient(env, load("sm2_sign")) == nullptr);
}

TEST_CASE("what is signed may be attributes with the content's digest") {
    const Bytes content = to_bytes(as_bytes("a large document"));
    for (const char* name : {"sm2_sign", "rsa", "p256"}) {
        const Certificate signer = load(name);
        Sha256 sha256;
        sha256.update(ByteView(content).first(5));
        sha256.update(ByteView(content).subspan(5));
        const Bytes digest =
            signer.key_kind() == KeyKind::sm2 ? to_bytes(sm3(content).view()) : sha256.finish();
        SignedDataParts parts;
        parts.signer = signer;
        parts.signed_attributes = signed_attributes(signer, digest);
        CountingRandom random(3);
        parts.signature =
            PrivateKey::from_file(
                read_test_file(std::string("vectors/certificates/") + name + ".test-secret.pem"))
                .sign(parts.signed_attributes, random);
        const ParsedSignedData parsed = parse_signed_data(build_signed_data(parts));
        CHECK(parsed.has_signed_attributes);
        CHECK(parsed.signed_attributes == parts.signed_attributes);
        CHECK(parsed.attribute_digest == digest);
        CHECK(verify_signed_data(parsed, content));
        CHECK_FALSE(verify_signed_data(parsed, as_bytes("another document")));
        CHECK(outcome([&] { signed_attributes(signer, ByteView(digest).first(31)); }) ==
              "internal");
    }
}
