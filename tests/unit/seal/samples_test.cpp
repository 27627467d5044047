// Seals and signatures that another project made: read, verified, and refused when a byte changes.
#include <doctest/doctest.h>

#include "bidseal/base/error.h"

#include "seal_test_support.h"

using namespace bidseal;
using namespace bidseal::seal;
using namespace bidseal::seal::test;

namespace {

/// How often a changed byte leaves something that still verifies, among every `step`th byte.
template <class Fits>
size_t survivors(const Bytes& good, size_t step, Fits fits) {
    size_t count = 0;
    for (size_t i = 0; i < good.size(); i += step) {
        Bytes bad = good;
        bad[i] ^= 0x10;
        try {
            count += fits(bad) ? 1 : 0;
        } catch (const Error&) {
        }
    }
    return count;
}

void check_seal_sample(const std::string& name, SealStandard standard, uint32_t version,
                       const std::string& title, const std::string& id, const std::string& until) {
    const auto bytes = sample(name);
    if (!bytes)
        return;
    const ElectronicSeal seal = ElectronicSeal::parse(*bytes);
    const SealInfo& info = seal.info();
    CHECK(info.standard() == standard);
    CHECK(info.version == version);
    CHECK(info.vendor == "OFDR&WTest");
    CHECK(info.id == id);
    CHECK(info.name == title);
    CHECK(info.signers.size() == 1);
    CHECK(format_time(info.valid_until) == until);
    CHECK(info.picture.width_mm == 40);
    CHECK(info.picture.height_mm == 40);
    CHECK(picture_kind(info.picture.data) == "png");
    CHECK(seal.signature_fits());
    // From 2020 on the issuer's certificate is outside of what the issuer signs: its own chain has
    // to vouch for it, which these samples bring no root for.
    Bytes good = *bytes;
    const std::string certificate(as_text(seal.issuer().der()));
    const size_t at = as_text(good).rfind(certificate);
    REQUIRE(at != std::string::npos);
    const auto outside = [&](const Bytes& bad) {
        return standard == SealStandard::gmt_0031_2014 ||
               equal(ByteView(bad).subspan(at, certificate.size()), as_bytes(certificate));
    };
    CHECK(survivors(good, 37, [&](const Bytes& bad) {
              return ElectronicSeal::parse(bad).signature_fits() && outside(bad);
          }) == 0);
}

}  // namespace

TEST_CASE("sample: a seal of GM/T 0031-2014") {
    check_seal_sample("UserV1.esl", SealStandard::gmt_0031_2014, 1, "OFDRW测试用印章",
                      "40C8CDD24DEF43388B86E62CCE1D6832", "2022-04-22T02:18:07Z");
}

TEST_CASE("sample: a seal of GB/T 38540-2020") {
    check_seal_sample("UserV4.esl", SealStandard::gbt_38540_2020, 4, "OFD R&W 测试用印章",
                      "51f044b76510434e9bc67a1185c2fba5", "2022-04-22T02:09:00Z");
}

TEST_CASE("sample: a signature of GB/T 38540-2020") {
    const auto bytes = sample("SignedValueV4.dat");
    if (!bytes)
        return;
    const SealSignature signature = SealSignature::parse(*bytes);
    CHECK(signature.version() == 4);
    CHECK(signature.property() == "/Doc_0/Signs/Sign_0/Signature.xml");
    REQUIRE(signature.signed_at().has_value());
    CHECK(format_time(*signature.signed_at()) == "2020-10-12T11:14:03Z");
    CHECK(signature.document_digest().size() == 32);
    CHECK(signature.signature_fits());
    CHECK(signature.seal().signature_fits());
    CHECK(signature.seal().lists(signature.signer()));

    // Its maker's certificates end in themselves or in nobody we know: that, and nothing else, is
    // what stands against it.
    crypto::Sm3Digest digest;
    std::copy(signature.document_digest().begin(), signature.document_digest().end(),
              digest.bytes.begin());
    const SealVerdict verdict =
        verify_seal_signature(signature, digest, test_trust(), verifying_time);
    CHECK(findings(verdict) == "signer:certificate_untrusted issuer:certificate_untrusted");
    CHECK(survivors(*bytes, 37, [&](const Bytes& bad) {
              const SealSignature read = SealSignature::parse(bad);
              return read.signature_fits() && read.seal().signature_fits() &&
                     read.seal().lists(read.signer());
          }) == 0);
}
