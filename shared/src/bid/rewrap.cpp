#include "bidseal/bid/rewrap.h"

#include "bidseal/base/error.h"
#include "bidseal/bid/limits.h"

#include "exact_signed_data.h"
#include "plan_check.h"
#include "tender_rules.h"

namespace bidseal::bid {

namespace {

constexpr std::string_view content_start = R"({"type":"SBID1-openers",)";

/// The signer must be the company of the bid.
void check_signer(const crypto::ParsedSignedData& signature, const VerifiedIndex& bid,
                  const crypto::TrustStore& trust, Timestamp at, crypto::RevocationPolicy policy) {
    const crypto::Certificate& signer = signature.signer;
    if (signer.digest() == bid.index.certificate) {
        return;
    }
    require(signer.credit_code() == bid.index.supplier_code, ErrorCode::rewrap_refused,
            "signed by another company");
    crypto::TrustStore with_lists = trust;
    with_lists.crls.insert(with_lists.crls.end(), signature.crls.begin(), signature.crls.end());
    crypto::validate_chain(signer, signature.certificates, with_lists, at, signing_usage(signer),
                           policy);
}

}  // namespace

Bytes rewrap_content(const BidIndex& index, const Fingerprint& fingerprint, uint32_t version,
                     const std::vector<EnvelopeSecret>& secrets, const std::vector<WayPlan>& ways,
                     Timestamp created) {
    require(version >= 1 && version <= max_openers_version, ErrorCode::usage, "version 1 to 8");
    OpenersBuilder builder(version, index.nonce, fingerprint, created);
    for (const IndexEnvelope& entry : index.envelopes) {
        for (const EnvelopeSecret& secret : secrets) {
            if (secret.envelope != entry.id) {
                continue;
            }
            const EnvelopeContext context = envelope_context(index, entry.id, entry.stage);
            const crypto::Sm3Digest commitment =
                key_commitment(secret.secret, context, entry.root, entry.length, entry.manifest);
            require(constant_time_equal(commitment.view(), entry.commitment.view()),
                    ErrorCode::commitment_mismatch);
            builder.add(entry.id, ways, secret.secret, context);
        }
    }
    require(builder.openers().envelopes.size() == secrets.size(), ErrorCode::envelope_unknown);
    return builder.openers().serialize();
}

Bytes build_rewrap_file(ByteView content, const crypto::Certificate& signer, ByteView signature,
                        const std::vector<crypto::Certificate>& chain,
                        const std::vector<crypto::RevocationList>& evidence) {
    require(signer.verify(content, signature, signer.signature_kind()),
            ErrorCode::signature_invalid);
    return crypto::build_signed_data(
        {signer, chain, evidence, to_bytes(signature), to_bytes(content)});
}

Openers parse_rewrap_file(ByteView file, const VerifiedIndex& bid, const TenderFile& tender,
                          const crypto::TrustStore& trust, std::optional<Timestamp> received,
                          crypto::RevocationPolicy policy) {
    require(file.size() <= max_signature_bytes, ErrorCode::limit_exceeded);
    const crypto::ParsedSignedData signature = crypto::parse_signed_data(file);
    require(signature.content && !signature.has_signed_attributes, ErrorCode::signature_format);
    check_exact_form(signature, file);
    require(as_text(*signature.content).substr(0, content_start.size()) == content_start,
            ErrorCode::bid_openers, "another type of content");
    require(crypto::verify_signed_data(signature, *signature.content),
            ErrorCode::signature_invalid);
    require(can_sign(signature.signer), ErrorCode::certificate_usage);
    const Openers openers = Openers::parse(*signature.content);
    const Timestamp at = received.value_or(openers.created);
    check_signer(signature, bid, trust, at, policy);
    check_index_against_tender(bid.index, tender);
    check_added_openers(openers, bid.index, bid.fingerprint, tender.tender());
    crypto::TrustStore with_lists = trust;
    with_lists.crls.insert(with_lists.crls.end(), signature.crls.begin(), signature.crls.end());
    check_supplier_openers(openers, signature.certificates, with_lists, at, policy);
    return openers;
}

}  // namespace bidseal::bid
