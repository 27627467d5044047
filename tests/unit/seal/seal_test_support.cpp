#include "seal_test_support.h"

#include <cstdlib>
#include <fstream>
#include <iterator>

#include <doctest/doctest.h>

#include "bidseal/base/error.h"

namespace bidseal::seal::test {
namespace {

std::optional<Bytes> read_if_there(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    if (!in.good())
        return std::nullopt;
    return Bytes(std::istreambuf_iterator<char>(in), {});
}

Bytes key_file(const std::string& name) {
    return read_test_file("vectors/bid/keys/" + name);
}

}  // namespace

Bytes read_test_file(const std::string& name) {
    const auto bytes = read_if_there(std::string(BIDSEAL_TESTS_DIR) + "/" + name);
    REQUIRE_MESSAGE(bytes.has_value(), "cannot read tests/", name);
    return *bytes;
}

void write_test_file(const std::string& name, ByteView bytes) {
    std::ofstream out(std::string(BIDSEAL_TESTS_DIR) + "/" + name,
                      std::ios::binary | std::ios::trunc);
    out.write(reinterpret_cast<const char*>(bytes.data()),
              static_cast<std::streamsize>(bytes.size()));
    REQUIRE(out.good());
}

bool writing_vectors() {
    return std::getenv("BIDSEAL_WRITE_VECTORS") != nullptr;
}

Certificate certificate(const std::string& name) {
    return Certificate::parse(key_file(name + ".der"));
}

Certificate vector_certificate(const std::string& name) {
    return Certificate::parse(read_test_file("vectors/certificates/" + name + ".der"));
}

Bytes sign_with(const std::string& path, ByteView message) {
    const crypto::Sm3Digest seed = crypto::sm3({as_bytes(path), message});
    crypto::DerivedRandom random(SecretBytes::copy_of(seed.view()));
    return crypto::PrivateKey::from_file(read_test_file(path + ".test-secret.pem"))
        .sign(message, random);
}

Bytes sign(const std::string& name, ByteView message) {
    return sign_with("vectors/bid/keys/" + name, message);
}

Bytes small_png() {
    return read_test_file("vectors/seal/small.png");
}

SealInfo example_info(const std::function<void(SealInfo&)>& change) {
    SealInfo info;
    info.vendor = "BidSeal";
    info.id = "91310000MA1K35X000-1";
    info.type = 1;
    info.name = "上海示例建设有限公司公章";
    info.signers = {to_bytes(certificate("supplier_sign").der())};
    info.created = parse_time("2026-11-23T00:00:00Z");
    info.valid_from = info.created;
    info.valid_until = parse_time("2028-11-22T00:00:00Z");
    info.picture = {"PNG", small_png(), 40, 40};
    if (change)
        change(info);
    return info;
}

ElectronicSeal make_seal(const std::function<void(SealInfo&)>& change, const std::string& issuer) {
    const Bytes content = seal_content(example_info(change));
    return build_seal(content, certificate(issuer), sign(issuer, content));
}

SealSignature make_signature(const ElectronicSeal& seal, const crypto::Sm3Digest& digest,
                             Timestamp at) {
    const Bytes content = seal_signature_content(seal, digest, at, "");
    return build_seal_signature(content, certificate("supplier_sign"),
                                sign("supplier_sign", content));
}

SealTrust test_trust() {
    SealTrust trust;
    trust.issuers.roots = {certificate("root")};
    trust.issuers.crls = {crypto::RevocationList::parse(key_file("root.crl"))};
    trust.signers = trust.issuers;
    return trust;
}

std::optional<Bytes> sample(const std::string& name) {
    const char* set = std::getenv("BIDSEAL_SAMPLES");
    const std::string folder =
        set && *set ? set : std::string(BIDSEAL_TESTS_DIR) + "/../../shared/samples";
    const auto bytes = read_if_there(folder + "/" + name);
    if (!bytes)
        MESSAGE("NOT TESTED: no sample ", name, " in ", folder,
                "; set BIDSEAL_SAMPLES to the folder that has it");
    return bytes;
}

std::string findings(const SealVerdict& verdict) {
    std::string text;
    for (const SealFinding& f : verdict.findings) {
        text += text.empty() ? "" : " ";
        text += seal_part_name(f.part);
        text += ":";
        text += error_name(f.code);
    }
    return text;
}

}  // namespace bidseal::seal::test
