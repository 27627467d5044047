// Certificates, lists and paths made by OpenSSL (tests/vectors/certificates/make.sh).
#include "bidseal/crypto/certificate.h"

#include <doctest/doctest.h>

#include "crypto_test_support.h"

using namespace bidseal;
using namespace bidseal::crypto;
using namespace bidseal::test;

namespace {

TrustStore sm2_trust(std::vector<std::string> lists = {"intermediate", "root"}) {
    TrustStore trust;
    trust.roots.push_back(load("root"));
    trust.intermediates.push_back(load("intermediate"));
    for (const std::string& name : lists)
        trust.crls.push_back(load_list(name));
    return trust;
}

const Timestamp in_march = parse_time("2026-03-15T00:00:00Z");

std::string validate(const std::string& leaf, const TrustStore& trust, Timestamp at = in_march,
                     KeyUsage usage = KeyUsage::digital_signature,
                     RevocationPolicy policy = RevocationPolicy::use_if_present,
                     const std::vector<Certificate>& extra = {}) {
    return outcome([&] { validate_chain(load(leaf), extra, trust, at, usage, policy); });
}

}  // namespace

TEST_CASE("an SM2 certificate's fields") {
    const Certificate c = load("sm2_sign");
    CHECK(c.key_kind() == KeyKind::sm2);
    CHECK(c.signature_kind() == SignatureKind::sm2_sm3);
    CHECK(c.common_name() == "投标证书");
    CHECK(c.organization() == "上海示例建设有限公司");
    CHECK(c.holder_name() == "上海示例建设有限公司");
    CHECK(c.credit_code() == "91310000MA1K35X000");
    CHECK(c.subject_text() == "CN=投标证书,O=上海示例建设有限公司,C=CN");
    CHECK(c.issuer_text() == "CN=Example SM2 CA 1,O=Example CA,C=CN");
    CHECK(format_time(c.not_before()) == "2026-01-01T00:00:00Z");
    CHECK(format_time(c.not_after()) == "2036-01-01T00:00:00Z");
    CHECK(c.has_key_usage());
    CHECK(c.allows(KeyUsage::digital_signature));
    CHECK(c.allows(KeyUsage::non_repudiation));
    CHECK_FALSE(c.allows(KeyUsage::key_encipherment));
    CHECK_FALSE(c.is_ca());
    CHECK_FALSE(c.self_issued());
    CHECK(c.crl_urls() == std::vector<std::string>{"http://crl.example/1.crl"});
    CHECK(c.serial().size() == 16);
    CHECK(c.digest().view().size() == 32);
    CHECK(c.digest().bytes == sm3(c.der()).bytes);
    CHECK(equal(c.sm2_key().spki(), c.spki()));
    CHECK(c.issued_by(load("intermediate")));
    CHECK_FALSE(c.issued_by(load("root")));
    CHECK_FALSE(load("sm2_other").issued_by(load("root")));  // same name, another key
    CHECK(load("root").self_issued());
    CHECK(load("root").is_ca());
}

TEST_CASE("identity codes of other makers") {
    CHECK(load("sm2_old_code").credit_code() == "91310000MA1K35X000");
    CHECK(load("rsa").credit_code() == "VATXX-123456");
    CHECK(load("root").credit_code().empty());
}

TEST_CASE("encryption certificates have other usages") {
    const Certificate c = load("sm2_encrypt");
    CHECK_FALSE(c.allows(KeyUsage::digital_signature));
    CHECK(c.allows(KeyUsage::key_encipherment));
    CHECK(c.allows(KeyUsage::data_encipherment));
    CHECK(c.allows(KeyUsage::key_agreement));
}

TEST_CASE("international certificates") {
    const Certificate rsa = load("rsa");
    CHECK(rsa.key_kind() == KeyKind::rsa);
    CHECK(rsa.issued_by(load("rsa_root")));
    CHECK(outcome([&] { rsa.sm2_key(); }) == "key_invalid");
    const Certificate p256 = load("p256");
    CHECK(p256.key_kind() == KeyKind::p256);
    CHECK(p256.subject_text() == R"(CN=P-256,O=Works\, \"Great\" \+ #1 \<Ltd\>,C=XX)");
    CHECK(load("sm2_by_p256").issued_by(load("p256_root")));
}

TEST_CASE("keys that are too weak or unknown are refused") {
    CHECK(outcome([] { load("rsa1024"); }) == "certificate_invalid");
    CHECK(outcome([] { load("p384"); }) == "certificate_invalid");
}

TEST_CASE("a certificate altered at any byte does not pass") {
    const Bytes good = read_test_file("vectors/certificates/sm2_sign.der");
    const Certificate issuer = load("intermediate");
    for (size_t i = 0; i < good.size(); i++) {
        Bytes bad = good;
        bad[i] ^= 0x01;
        bool accepted = false;
        try {
            accepted = Certificate::parse(bad).issued_by(issuer);
        } catch (const Error& error) {
            CHECK(error.code() == ErrorCode::certificate_invalid);
        }
        CAPTURE(i);
        CHECK_FALSE(accepted);
    }
}

TEST_CASE("a certificate cut at any byte, or with bytes behind it, is refused") {
    const Bytes good = read_test_file("vectors/certificates/sm2_sign.der");
    for (size_t i = 0; i < good.size(); i++)
        CHECK(outcome([&] { Certificate::parse(ByteView(good).first(i)); }) ==
              "certificate_invalid");
    Bytes longer = good;
    longer.push_back(0);
    CHECK(outcome([&] { Certificate::parse(longer); }) == "certificate_invalid");
    CHECK(outcome([&] { Certificate::parse(Bytes(70000, 0x30)); }) == "certificate_invalid");
}

TEST_CASE("files hold one certificate in DER or several in PEM") {
    const auto bundle = Certificate::parse_file(read_test_file("vectors/certificates/bundle.pem"));
    REQUIRE(bundle.size() == 3);
    CHECK(bundle[0] == load("sm2_sign"));
    CHECK(bundle[1] == load("intermediate"));
    CHECK(bundle[2] == load("root"));
    CHECK(Certificate::parse_file(load("root").der()).size() == 1);
    CHECK(outcome([] {
              Certificate::parse_file(
                  read_test_file("vectors/certificates/sm2_sign.test-secret.pem"));
          }) == "certificate_invalid");
    CHECK(outcome([] { Certificate::parse_file(as_bytes("-----BEGIN CERTIFICATE-----\nAAAA")); }) ==
          "certificate_invalid");
    CHECK(outcome([] { Certificate::parse_file({}); }) == "certificate_invalid");
}

TEST_CASE("a revocation list's fields") {
    const RevocationList list = load_list("intermediate");
    CHECK(format_time(list.this_update()) == "2026-03-01T00:00:00Z");
    REQUIRE(list.next_update().has_value());
    CHECK(format_time(*list.next_update()) == "2026-04-01T00:00:00Z");
    CHECK(list.issued_by(load("intermediate")));
    CHECK_FALSE(list.issued_by(load("root")));
    CHECK_FALSE(load_list("impostor").issued_by(load("root")));
    const auto when = list.revoked_at(load("sm2_revoked").serial());
    REQUIRE(when.has_value());
    CHECK(format_time(*when) == "2026-02-01T00:00:00Z");
    CHECK_FALSE(list.revoked_at(load("sm2_sign").serial()).has_value());
    const auto from_pem =
        RevocationList::parse(read_test_file("vectors/certificates/intermediate.crl.pem"));
    CHECK(equal(from_pem.der(), list.der()));
}

TEST_CASE("lists that do not tell the whole are refused") {
    CHECK(outcome([] { load_list("delta"); }) == "crl_invalid");
    CHECK(outcome([] { load_list("plain_delta"); }) == "crl_invalid");  // not even marked critical
    CHECK(outcome([] { load_list("indirect"); }) == "crl_invalid");
    CHECK(outcome([] { load_list("unknown_critical"); }) == "crl_invalid");
    Bytes longer = to_bytes(load_list("root").der());
    longer.push_back(0);
    CHECK(outcome([&] { RevocationList::parse(longer); }) == "crl_invalid");
}

TEST_CASE("a good path: leaf, authority, root, with its evidence") {
    const ChainResult result =
        validate_chain(load("sm2_sign"), {}, sm2_trust(), in_march, KeyUsage::digital_signature,
                       RevocationPolicy::require_evidence);
    REQUIRE(result.path.size() == 3);
    CHECK(result.path[0] == load("sm2_sign"));
    CHECK(result.path[2] == load("root"));
    CHECK(result.revocation_checked);
    CHECK(result.evidence.size() == 2);
}

TEST_CASE("certificates that came along help, but are not trusted") {
    TrustStore trust = sm2_trust();
    trust.intermediates.clear();
    CHECK(validate("sm2_sign", trust) == "certificate_untrusted");
    CHECK(validate("sm2_sign", trust, in_march, KeyUsage::digital_signature,
                   RevocationPolicy::use_if_present, {load("intermediate")}) == "ok");
    CHECK(validate("sm2_other", trust, in_march, KeyUsage::digital_signature,
                   RevocationPolicy::use_if_present,
                   {load("other_root")}) == "certificate_untrusted");
}

TEST_CASE("paths that do not hold") {
    const TrustStore trust = sm2_trust();
    const std::vector<Certificate> extra = {load("sm2_sign"), load("deep_ca"),
                                            load("constrained_ca"), load("quiet_ca")};
    const auto result = [&](const std::string& leaf, KeyUsage usage = KeyUsage::digital_signature) {
        return validate(leaf, trust, in_march, usage, RevocationPolicy::use_if_present, extra);
    };
    CHECK(result("sm2_sign") == "ok");
    CHECK(result("sm2_old_code") == "ok");
    CHECK(result("sm2_sign", KeyUsage::key_encipherment) == "certificate_usage");
    CHECK(result("sm2_encrypt") == "certificate_usage");
    CHECK(result("sm2_encrypt", KeyUsage::key_encipherment) == "ok");
    CHECK(result("sm2_time_stamping") == "certificate_usage");
    CHECK(result("sm2_unknown_critical") == "certificate_untrusted");
    CHECK(result("sm2_under_leaf") == "certificate_untrusted");   // issued by no authority
    CHECK(result("sm2_too_deep") == "certificate_untrusted");     // path length 0 above
    CHECK(result("sm2_constrained") == "certificate_untrusted");  // name constraints
    CHECK(result("sm2_other") == "certificate_untrusted");
    CHECK(result("rsa") == "certificate_untrusted");
    CHECK(result("sm2_revoked") == "certificate_revoked");
}

TEST_CASE("time: before, within and after the validity, to the second") {
    const TrustStore trust = sm2_trust({});
    CHECK(validate("sm2_sign", trust, parse_time("2025-12-31T23:59:59Z")) ==
          "certificate_not_yet_valid");
    CHECK(validate("sm2_sign", trust, parse_time("2026-01-01T00:00:00Z")) == "ok");
    CHECK(validate("sm2_sign", trust, parse_time("2036-01-01T00:00:00Z")) == "ok");
    CHECK(validate("sm2_sign", trust, parse_time("2036-01-01T00:00:01Z")) == "certificate_expired");
    CHECK(validate("sm2_expired", trust, in_march) == "certificate_expired");
}

TEST_CASE("revocation: from its time on, whatever the list's age") {
    TrustStore trust = sm2_trust();
    CHECK(validate("sm2_revoked", trust, parse_time("2026-01-31T23:59:59Z")) == "ok");
    CHECK(validate("sm2_revoked", trust, parse_time("2026-02-01T00:00:00Z")) ==
          "certificate_revoked");
    CHECK(validate("sm2_revoked", trust, parse_time("2026-12-01T00:00:00Z")) ==
          "certificate_revoked");
    trust.crls.clear();
    CHECK(validate("sm2_revoked", trust) == "ok");
}

TEST_CASE("evidence must be current, complete and of the right authority") {
    const auto result = [](std::vector<std::string> lists, Timestamp at = in_march) {
        return validate("sm2_sign", sm2_trust(std::move(lists)), at, KeyUsage::digital_signature,
                        RevocationPolicy::require_evidence);
    };
    CHECK(result({"intermediate", "root"}) == "ok");
    CHECK(result({"partition", "root"}) == "ok");
    CHECK(result({}) == "revocation_unknown");
    CHECK(result({"intermediate"}) == "revocation_unknown");
    CHECK(result({"root"}) == "revocation_unknown");
    CHECK(result({"old", "root"}) == "revocation_unknown");
    CHECK(result({"other_partition", "root"}) == "revocation_unknown");
    CHECK(result({"intermediate", "impostor"}) == "revocation_unknown");
    CHECK(result({"intermediate", "root"}, parse_time("2026-02-28T23:59:59Z")) ==
          "revocation_unknown");
    CHECK(result({"intermediate", "root"}, parse_time("2026-04-01T00:00:01Z")) ==
          "revocation_unknown");
}

TEST_CASE("absent evidence is reported where it is not required") {
    const ChainResult result =
        validate_chain(load("sm2_sign"), {}, sm2_trust({"root"}), in_march,
                       KeyUsage::digital_signature, RevocationPolicy::use_if_present);
    CHECK_FALSE(result.revocation_checked);
    CHECK(result.evidence.size() == 1);
}

TEST_CASE("an authority that may not sign lists gives no evidence") {
    TrustStore trust = sm2_trust({"root", "quiet"});
    trust.intermediates.push_back(load("quiet_ca"));
    CHECK(validate("sm2_quiet", trust) == "ok");
    CHECK(validate("sm2_quiet", trust, in_march, KeyUsage::digital_signature,
                   RevocationPolicy::require_evidence) == "revocation_unknown");
}

TEST_CASE("an authority needs to be one, and the key usage to sign certificates") {
    for (const std::string name : {"lists_only", "no_authority"}) {
        TrustStore trust;
        trust.roots.push_back(load(name + "_root"));
        CHECK(load("sm2_under_" + name).issued_by(trust.roots.front()));
        CHECK(validate("sm2_under_" + name, trust) == "certificate_untrusted");
    }
}
