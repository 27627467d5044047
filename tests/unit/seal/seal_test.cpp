// Electronic seals and what is sealed with them: made, read, judged.
#include <doctest/doctest.h>

#include "bidseal/crypto/der_reader.h"
#include "bidseal/crypto/der_writer.h"

#include "seal_test_support.h"
#include "support/error_of.h"

using namespace bidseal;
using namespace bidseal::seal;
using namespace bidseal::seal::test;
using bidseal::test::error_name_of;

namespace {

namespace der = crypto::der;

const crypto::Sm3Digest document = crypto::sm3(as_bytes("a bid"));

/// Replaces the one place where `from` stands in `bytes` by `to` of the same length.
Bytes replaced(Bytes bytes, ByteView from, ByteView to) {
    const std::string_view text = as_text(bytes);
    const size_t at = text.find(as_text(from));
    REQUIRE(at != std::string_view::npos);
    REQUIRE(text.find(as_text(from), at + 1) == std::string_view::npos);
    REQUIRE(from.size() == to.size());
    std::copy(to.begin(), to.end(), bytes.begin() + static_cast<ptrdiff_t>(at));
    return bytes;
}

/// A seal of the 2014 form: no list type, UTCTime, signature over content, certificate, algorithm.
Bytes seal_of_2014(uint32_t version) {
    const auto text = [](uint8_t tag, std::string_view t) {
        return der::value(tag, as_bytes(t));
    };
    const Certificate issuer = certificate("platform_sign");
    const Bytes header = der::sequence_of(
        {text(der::ia5_string, "ES"), der::small_integer(version), text(der::ia5_string, "old")});
    const Bytes property = der::sequence_of(
        {der::small_integer(1), text(der::utf8_string, "旧章"),
         der::sequence_of({der::octets(certificate("supplier_sign").der())}),
         text(der::utc_time, "261123000000Z"), text(der::utc_time, "261123000000Z"),
         text(der::utc_time, "281122000000Z")});
    const Bytes picture = der::sequence_of({text(der::ia5_string, "PNG"), der::octets(small_png()),
                                            der::small_integer(40), der::small_integer(40)});
    const Bytes content =
        der::sequence_of({header, text(der::ia5_string, "old-1"), property, picture});
    const Bytes algorithm = der::oid("1.2.156.10197.1.501");
    const Bytes to_sign = der::sequence_of({content, der::octets(issuer.der()), algorithm});
    const Bytes sign_info = der::sequence_of(
        {der::octets(issuer.der()), algorithm, der::bits(sign("platform_sign", to_sign))});
    return der::sequence_of({content, sign_info});
}

}  // namespace

TEST_CASE("a seal that was made is read as the same") {
    const ElectronicSeal seal = make_seal([](SealInfo& info) {
        info.extensions = {{"1.2.3.4", false, to_bytes(as_bytes("extra"))}};
    });
    const ElectronicSeal again = ElectronicSeal::parse(seal.der());
    const SealInfo& info = again.info();
    CHECK(info.version == 4);
    CHECK(info.standard() == SealStandard::gbt_38540_2020);
    CHECK(info.vendor == "BidSeal");
    CHECK(info.id == "91310000MA1K35X000-1");
    CHECK(info.type == 1);
    CHECK(info.name == "上海示例建设有限公司公章");
    REQUIRE(info.signers.size() == 1);
    CHECK(equal(info.signers[0], certificate("supplier_sign").der()));
    CHECK(info.signer_digests.empty());
    CHECK(format_time(info.created) == "2026-11-23T00:00:00Z");
    CHECK(format_time(info.valid_from) == "2026-11-23T00:00:00Z");
    CHECK(format_time(info.valid_until) == "2028-11-22T00:00:00Z");
    CHECK(info.picture.type == "PNG");
    CHECK(info.picture.data == small_png());
    CHECK(info.picture.width_mm == 40);
    CHECK(info.picture.height_mm == 40);
    REQUIRE(info.extensions.size() == 1);
    CHECK(info.extensions[0].type == "1.2.3.4");
    CHECK_FALSE(info.extensions[0].critical);
    CHECK(as_text(info.extensions[0].value) == "extra");
    CHECK(again.issuer() == certificate("platform_sign"));
    CHECK(again.signature_fits());
    CHECK(again.lists(certificate("supplier_sign")));
    CHECK_FALSE(again.lists(certificate("rival_sign")));
    const SealVerdict verdict = verify_seal(again, test_trust(), sealing_time, verifying_time);
    CHECK(findings(verdict) == "");
    CHECK(verdict.revocation_checked);
}

TEST_CASE("a seal may name its users by digest") {
    const ElectronicSeal seal = make_seal([](SealInfo& info) {
        info.signers.clear();
        info.signer_digests = {{"SM3", to_bytes(certificate("supplier_sign").digest().view())}};
    });
    CHECK(seal.lists(certificate("supplier_sign")));
    CHECK_FALSE(seal.lists(certificate("renewed_sign")));
    const SealSignature signature = make_signature(seal, document, sealing_time);
    CHECK(findings(verify_seal_signature(signature, document, test_trust(), verifying_time)) == "");
}

TEST_CASE("a seal of the form of 2014 is read and judged") {
    for (const uint32_t version : {1u, 3u}) {
        const ElectronicSeal seal = ElectronicSeal::parse(seal_of_2014(version));
        CHECK(seal.info().standard() == SealStandard::gmt_0031_2014);
        CHECK(seal.info().name == "旧章");
        CHECK(format_time(seal.info().valid_until) == "2028-11-22T00:00:00Z");
        CHECK(findings(verify_seal(seal, test_trust(), sealing_time, verifying_time)) == "");
        // We read old seals, and put only those of 2020 on documents.
        CHECK(error_name_of([&] { seal_signature_content(seal, document, sealing_time, ""); }) ==
              "seal_version");
    }
}

TEST_CASE("versions that nobody defined are refused") {
    CHECK(error_name_of([] { ElectronicSeal::parse(seal_of_2014(0)); }) == "seal_version");
    CHECK(error_name_of([] { ElectronicSeal::parse(seal_of_2014(6)); }) == "seal_version");
    // A seal of 2014 that calls itself one of 2020 lacks what that one must have.
    CHECK(error_name_of([] { ElectronicSeal::parse(seal_of_2014(4)); }) == "seal_format");
}

TEST_CASE("what cannot be a seal is not made") {
    const auto made = [](const std::function<void(SealInfo&)>& change) {
        return error_name_of([&] { seal_content(example_info(change)); });
    };
    CHECK(made({}) == "");
    CHECK(made([](SealInfo& i) { i.version = 5; }) == "seal_version");
    CHECK(made([](SealInfo& i) { i.name = "a\nb"; }) == "seal_format");
    CHECK(made([](SealInfo& i) { i.id = "编号"; }) == "seal_format");
    CHECK(made([](SealInfo& i) { i.id.clear(); }) == "seal_format");
    CHECK(made([](SealInfo& i) { i.signers.clear(); }) == "seal_format");
    CHECK(made([](SealInfo& i) { i.signers[0].pop_back(); }) == "seal_format");
    CHECK(made([](SealInfo& i) { i.signer_digests = {{"SM3", Bytes(32)}}; }) == "seal_format");
    CHECK(made([](SealInfo& i) { i.valid_until = parse_time("2026-11-22T00:00:00Z"); }) ==
          "seal_format");
    CHECK(made([](SealInfo& i) { i.picture.width_mm = 0; }) == "seal_picture");
    CHECK(made([](SealInfo& i) { i.picture.type = "jpg"; }) == "seal_picture");
    CHECK(made([](SealInfo& i) { i.picture.data = Bytes(max_picture_size + 1, 0x89); }) ==
          "seal_picture");
    CHECK(made([](SealInfo& i) {
              i.extensions.assign(max_seal_extensions + 1, {"1.2.3", false, {}});
          }) == "seal_format");
}

TEST_CASE("a seal's signature must be its issuer's") {
    const Bytes content = seal_content(example_info());
    CHECK(error_name_of([&] {
              build_seal(content, certificate("platform_sign"), sign("rival_sign", content));
          }) == "signature_invalid");
    CHECK(error_name_of([&] {
              build_seal(content, certificate("supplier_rsa"), sign("supplier_rsa", content));
          }) == "key_invalid");
    // A changed name in a finished seal is found.
    const ElectronicSeal seal = make_seal();
    const Bytes changed = replaced(to_bytes(seal.der()), as_bytes("示例建设有限公司公章"),
                                   as_bytes("另一建设有限公司公章"));
    const ElectronicSeal forged = ElectronicSeal::parse(changed);
    CHECK_FALSE(forged.signature_fits());
    CHECK(findings(verify_seal(forged, test_trust(), sealing_time, verifying_time)) ==
          "issuer:signature_invalid");
}

TEST_CASE("a seal is good from its first to its last second") {
    const ElectronicSeal seal = make_seal();
    const auto at = [&](const char* time) {
        return findings(verify_seal(seal, test_trust(), parse_time(time), parse_time(time)));
    };
    CHECK(at("2026-11-22T23:59:59Z") == "seal:seal_not_yet_valid");
    CHECK(at("2026-11-23T00:00:00Z") == "");
    CHECK(at("2028-11-22T00:00:00Z") == "");
    CHECK(at("2028-11-22T00:00:01Z") == "seal:seal_expired");
}

TEST_CASE("a seal whose issuer is not trusted, or revoked, is not trusted") {
    SealTrust nobody = test_trust();
    nobody.issuers.roots = {Certificate::parse(read_test_file("vectors/certificates/root.der"))};
    CHECK(findings(verify_seal(make_seal(), nobody, sealing_time, verifying_time)) ==
          "issuer:certificate_untrusted");
    const ElectronicSeal by_revoked = make_seal({}, "revoked_sign");
    CHECK(findings(verify_seal(by_revoked, test_trust(), sealing_time, verifying_time)) ==
          "issuer:certificate_revoked");
    SealTrust no_lists = test_trust();
    no_lists.issuers.crls.clear();
    const SealVerdict unknown = verify_seal(make_seal(), no_lists, sealing_time, verifying_time);
    CHECK(findings(unknown) == "");
    CHECK_FALSE(unknown.revocation_checked);
    no_lists.revocation = crypto::RevocationPolicy::require_evidence;
    CHECK(findings(verify_seal(make_seal(), no_lists, sealing_time, verifying_time)) ==
          "issuer:revocation_unknown");
}

TEST_CASE("an extension that must be understood stops the seal") {
    const ElectronicSeal seal = make_seal([](SealInfo& info) {
        info.extensions = {{"1.2.3.4", true, {}}};
    });
    CHECK(findings(verify_seal(seal, test_trust(), sealing_time, verifying_time)) ==
          "seal:seal_extension_unknown");
}

TEST_CASE("a sealed digest is read as it was made") {
    const ElectronicSeal seal = make_seal();
    const Bytes content =
        seal_signature_content(seal, document, sealing_time, "/Doc_0/Signs/Sign_0/Signature.xml");
    const Bytes by_key = sign("supplier_sign", content);
    const SealSignature made = build_seal_signature(content, certificate("supplier_sign"), by_key);
    CHECK(made.der().size() <=
          max_seal_signature_length(content.size(), certificate("supplier_sign")));
    const SealSignature again = SealSignature::parse(made.der());
    CHECK(again.version() == 4);
    CHECK(equal(again.seal().der(), seal.der()));
    CHECK(again.signer() == certificate("supplier_sign"));
    REQUIRE(again.signed_at().has_value());
    CHECK(*again.signed_at() == sealing_time);
    CHECK(equal(again.document_digest(), document.view()));
    CHECK(again.property() == "/Doc_0/Signs/Sign_0/Signature.xml");
    CHECK(again.signature_fits());
    const SealVerdict verdict =
        verify_seal_signature(again, document, test_trust(), verifying_time);
    CHECK(findings(verdict) == "");
    CHECK(verdict.revocation_checked);
}

TEST_CASE("a seal does not move to another document") {
    const SealSignature signature = make_signature(make_seal(), document, sealing_time);
    CHECK(findings(verify_seal_signature(signature, crypto::sm3(as_bytes("another bid")),
                                         test_trust(), verifying_time)) ==
          "document:seal_document_mismatch");
}

TEST_CASE("a seal is of no use to whom it does not name") {
    const ElectronicSeal seal = make_seal();
    const Bytes content = seal_signature_content(seal, document, sealing_time, "");
    CHECK(error_name_of([&] {
              build_seal_signature(content, certificate("rival_sign"), sign("rival_sign", content));
          }) == "seal_signer_not_listed");
    // The same, put together by hand.
    const Bytes whole =
        der::sequence_of({content, der::octets(certificate("rival_sign").der()),
                          der::oid("1.2.156.10197.1.501"), der::bits(sign("rival_sign", content))});
    CHECK(findings(verify_seal_signature(SealSignature::parse(whole), document, test_trust(),
                                         verifying_time)) == "signer:seal_signer_not_listed");
}

TEST_CASE("a signature that the signer did not make is found") {
    const ElectronicSeal seal = make_seal();
    const Bytes content = seal_signature_content(seal, document, sealing_time, "");
    CHECK(error_name_of([&] {
              build_seal_signature(content, certificate("supplier_sign"),
                                   sign("rival_sign", content));
          }) == "signature_invalid");
    const Bytes whole =
        der::sequence_of({content, der::octets(certificate("supplier_sign").der()),
                          der::oid("1.2.156.10197.1.501"), der::bits(sign("rival_sign", content))});
    CHECK(findings(verify_seal_signature(SealSignature::parse(whole), document, test_trust(),
                                         verifying_time)) == "signer:signature_invalid");
}

TEST_CASE("the time of sealing decides about the seal, not the time of looking") {
    const auto judged = [](const char* sealed, const char* now) {
        const SealSignature s = make_signature(make_seal(), document, parse_time(sealed));
        return findings(verify_seal_signature(s, document, test_trust(), parse_time(now)));
    };
    CHECK(judged("2026-12-01T08:00:00Z", "2030-01-01T00:00:00Z") == "");
    CHECK(judged("2028-11-22T00:00:01Z", "2030-01-01T00:00:00Z") == "seal:seal_expired");
    // A time ahead of the clock is a lie, but for clocks that differ a little.
    CHECK(judged("2026-12-01T08:15:00Z", "2026-12-01T08:00:00Z") == "");
    CHECK(judged("2026-12-01T08:15:01Z", "2026-12-01T08:00:00Z") == "signature:seal_time_invalid");
}

TEST_CASE("who is revoked cannot seal in the past") {
    // Revoked on 2026-02-01, as a list of March says; the stated time is in January.
    const Certificate revoked = vector_certificate("sm2_revoked");
    const Certificate issuer = vector_certificate("sm2_sign");
    const Timestamp stated = parse_time("2026-01-15T00:00:00Z");
    const Bytes seal_bytes = seal_content(example_info([&](SealInfo& info) {
        info.signers = {to_bytes(revoked.der())};
        info.created = info.valid_from = parse_time("2026-01-10T00:00:00Z");
    }));
    const ElectronicSeal seal =
        build_seal(seal_bytes, issuer, sign_with("vectors/certificates/sm2_sign", seal_bytes));
    const Bytes content = seal_signature_content(seal, document, stated, "");
    const Bytes whole =
        der::sequence_of({content, der::octets(revoked.der()), der::oid("1.2.156.10197.1.501"),
                          der::bits(as_bytes("no signature"))});
    const SealSignature signature = SealSignature::parse(whole);
    SealTrust trust;
    trust.issuers.roots = {vector_certificate("root")};
    trust.issuers.intermediates = {vector_certificate("intermediate")};
    trust.signers = trust.issuers;
    trust.signers.crls = {
        crypto::RevocationList::parse(read_test_file("vectors/certificates/intermediate.crl"))};
    const auto judged = [&](const char* now) {
        return findings(verify_seal_signature(signature, document, trust, parse_time(now)));
    };
    CHECK(judged("2026-01-31T00:00:00Z") == "signer:signature_invalid");
    CHECK(judged("2026-03-15T00:00:00Z") == "signer:signature_invalid signer:certificate_revoked");
}

TEST_CASE("every bit of a sealed digest counts") {
    const SealSignature signature = make_signature(make_seal(), document, sealing_time);
    const Bytes good = to_bytes(signature.der());
    size_t unreadable = 0, refused = 0;
    for (size_t i = 0; i < good.size(); i += i < 400 || i + 700 > good.size() ? 1 : 7) {
        Bytes bad = good;
        bad[i] ^= 0x01;
        try {
            const SealVerdict verdict = verify_seal_signature(SealSignature::parse(bad), document,
                                                              test_trust(), verifying_time);
            CHECK_MESSAGE(!verdict.valid(), "byte ", i);
            refused++;
        } catch (const Error& error) {
            const bool named =
                error.code() == ErrorCode::seal_format || error.code() == ErrorCode::seal_version;
            CHECK_MESSAGE(named, "byte ", i, ": ", error_name(error.code()));
            unreadable++;
        }
    }
    CHECK(refused > 100);
    CHECK(unreadable > 20);
}

TEST_CASE("pictures are known by their first bytes") {
    CHECK(picture_kind(small_png()) == "png");
    CHECK(picture_kind(as_bytes("\xff\xd8\xff\xe0")) == "jpeg");
    CHECK(picture_kind(as_bytes("GIF89a")) == "gif");
    CHECK(picture_kind(as_bytes("BM1234")) == "bmp");
    CHECK(picture_kind(as_bytes("<svg/>")) == "");
    CHECK(picture_fits_type({"JPG", to_bytes(as_bytes("\xff\xd8\xff\xe0")), 1, 1}));
    CHECK_FALSE(picture_fits_type({"GIF", small_png(), 1, 1}));
    CHECK_FALSE(picture_fits_type({"exe", to_bytes(as_bytes("MZ")), 1, 1}));
    CHECK_FALSE(picture_fits_type({"", to_bytes(as_bytes("MZ")), 1, 1}));
}

TEST_CASE("the fuzzer's first inputs are a seal, an old seal and a signature") {
    const std::pair<const char*, Bytes> inputs[] = {
        {"seal", to_bytes(make_seal().der())},
        {"seal-2014", seal_of_2014(1)},
        {"signature", to_bytes(make_signature(make_seal(), document, sealing_time).der())}};
    for (const auto& [name, bytes] : inputs) {
        const std::string file = std::string("fuzz/corpus/seal/") + name;
        if (writing_vectors())
            write_test_file(file, bytes);
        CHECK_MESSAGE(read_test_file(file) == bytes, file);
    }
}
