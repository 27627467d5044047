#include "bridge/local/policy/signed_policy.h"

#include "bidseal/base/error.h"
#include "bidseal/crypto/cms.h"
#include "bidseal/protocol/json.h"

#include "bridge/local/base/private_files.h"

namespace bidseal::bridge {

namespace {

constexpr std::string_view policy_type = "bidseal-bridge-policy-1";
constexpr size_t max_policy_bytes = 256 * 1024;
constexpr size_t max_pages = 256, max_page_bytes = 255;
constexpr uint32_t max_policy_number = 2147483647;

}  // namespace

std::string write_policy(const SignedPolicy& policy) {
    return protocol::write_json(protocol::ObjectBuilder()
                                    .text("type", policy_type)
                                    .integer("number", policy.number)
                                    .time("issued", policy.issued)
                                    .time("expires", policy.expires)
                                    .texts("origins", policy.pages.origins)
                                    .texts("preloaded_origins", policy.pages.preloaded_origins)
                                    .texts("digest_origins", policy.pages.digest_origins)
                                    .texts("decrypt_origins", policy.pages.decrypt_origins)
                                    .build());
}

SignedPolicy parse_policy(ByteView json) {
    protocol::Json value = protocol::parse_canonical_json(json, {max_policy_bytes, 3});
    protocol::ObjectReader r(value);
    SignedPolicy policy;
    r.constant("type", policy_type);
    policy.number = static_cast<uint32_t>(r.integer("number", 1, max_policy_number));
    policy.issued = r.time("issued");
    policy.expires = r.time("expires");
    policy.pages.origins = r.texts("origins", 0, max_pages, max_page_bytes);
    policy.pages.preloaded_origins = r.texts("preloaded_origins", 0, max_pages, max_page_bytes);
    policy.pages.digest_origins = r.texts("digest_origins", 0, max_pages, max_page_bytes);
    policy.pages.decrypt_origins = r.texts("decrypt_origins", 0, max_pages, max_page_bytes);
    r.finish();
    return policy;
}

Bytes sign_policy(const SignedPolicy& policy, const crypto::PrivateKey& key,
                  const crypto::Certificate& signer, const std::vector<crypto::Certificate>& chain,
                  Random& random) {
    require(key.fits(signer), ErrorCode::key_invalid, "the key is not the certificate's");
    const Bytes content = to_bytes(as_bytes(write_policy(policy)));
    return crypto::build_signed_data({signer, chain, {}, key.sign(content, random), content});
}

SignedPolicy open_signed_policy(ByteView file, const crypto::TrustStore& roots, Timestamp now) {
    const crypto::ParsedSignedData signed_data = crypto::parse_signed_data(file);
    require(signed_data.content.has_value(), ErrorCode::signature_format, "no policy inside");
    require(crypto::verify_signed_data(signed_data, *signed_data.content),
            ErrorCode::signature_invalid);
    crypto::validate_chain(signed_data.signer, signed_data.certificates, roots, now,
                           crypto::KeyUsage::digital_signature,
                           crypto::RevocationPolicy::use_if_present);
    SignedPolicy policy = parse_policy(*signed_data.content);
    require(now >= policy.issued && now <= policy.expires, ErrorCode::policy_refused,
            "the signed policy is not valid now");
    return policy;
}

void refuse_older_policy(const std::string& folder, uint32_t number) {
    const std::string path = folder + "/policy-number";
    uint32_t seen = 0;
    if (std::optional<Bytes> content = read_private_file(path, 64)) {
        protocol::Json value = protocol::parse_json(*content);
        seen = static_cast<uint32_t>(
            protocol::ObjectReader(value).integer("number", 0, max_policy_number));
    }
    require(number >= seen, ErrorCode::policy_refused, "an older policy than one seen before");
    if (number == seen)
        return;
    const std::string text =
        protocol::write_json(protocol::ObjectBuilder().integer("number", number).build());
    write_private_file(path, as_bytes(text));
}

}  // namespace bidseal::bridge
