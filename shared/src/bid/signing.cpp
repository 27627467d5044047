#include "bidseal/bid/signing.h"

#include "bidseal/base/error.h"
#include "bidseal/bid/limits.h"

#include "tender_rules.h"

namespace bidseal::bid {

namespace {

SigningDescription::Envelope describe_envelope(const IndexEnvelope& entry,
                                               const SigningRequest::EnvelopeManifest& given,
                                               const EnvelopeWays& ways, const Openers& openers) {
    require(given.envelope == entry.id && ways.envelope == entry.id, ErrorCode::manifest_mismatch,
            "manifests in another order than the index");
    require(given.salt.size() == 32 && given.manifest.size() <= max_manifest_bytes &&
                manifest_commitment(given.salt, given.manifest) == entry.manifest,
            ErrorCode::manifest_mismatch, "unlike its commitment");
    SigningDescription::Envelope described;
    described.entry = entry;
    described.manifest = Manifest::parse(given.manifest);
    require(described.manifest.envelope == entry.id, ErrorCode::manifest_mismatch);
    for (size_t w = 0; w < ways.ways.size(); ++w) {
        for (const Part& part : ways.ways[w].parts) {
            SigningDescription::Envelope::Opener opener{w, part.role, part.threshold, {}};
            for (const Slot& slot : part.slots) {
                opener.names.push_back(openers.certificates[slot.certificate].holder_name());
            }
            described.openers.push_back(std::move(opener));
        }
    }
    return described;
}

}  // namespace

SigningDescription describe_signing_request(const SigningRequest& request, const TenderFile& file,
                                            const crypto::Certificate& signer,
                                            const std::vector<crypto::Certificate>& extra) {
    const Tender& tender = file.tender();
    SigningDescription description;
    description.index = BidIndex::parse(request.index);
    const BidIndex& index = description.index;
    check_index_against_tender(index, file);
    require(index.certificate == signer.digest() && index.supplier_name == signer.holder_name() &&
                index.supplier_code == signer.credit_code(),
            ErrorCode::supplier_mismatch);
    require(can_sign(signer), ErrorCode::certificate_usage);
    require(crypto::sm3(request.openers) == index.openers, ErrorCode::bid_openers,
            "unlike the digest in the index");
    const Openers openers = Openers::parse(request.openers);
    check_openers_of_bid(openers, index);
    check_openers_policy(openers, tender, index.supplier_code);
    check_supplier_openers(openers, extra, tender.trust(), index.created,
                           crypto::RevocationPolicy::use_if_present);
    require(openers.envelopes.size() == index.envelopes.size() &&
                request.manifests.size() == index.envelopes.size(),
            ErrorCode::manifest_mismatch, "not one manifest for each envelope");
    for (size_t i = 0; i < index.envelopes.size(); ++i) {
        description.envelopes.push_back(describe_envelope(index.envelopes[i], request.manifests[i],
                                                          openers.envelopes[i], openers));
    }
    description.fingerprint = fingerprint_of(request.index);
    description.project_title = tender.project_title;
    description.lot_title = tender.find_lot(index.lot)->title;
    description.buyer = tender.buyer;
    description.platform_name = tender.platform_name;
    description.to_be_signed = request.index;
    return description;
}

}  // namespace bidseal::bid
