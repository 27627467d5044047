#include <algorithm>

#include "bidseal/bid/signing.h"

#include "bridge/local/operations/key_use.h"
#include "bridge/local/operations/operations.h"

namespace bidseal::bridge {

namespace {

/// Every kind of signed thing begins with its own words, so that none passes for another.
constexpr std::string_view index_opening = "{\"type\":\"SBID1-index\",";

bid::SigningRequest signing_request(const protocol::SignBidParams& params) {
    bid::SigningRequest request;
    request.index = params.index;
    request.openers = params.openers;
    for (const protocol::SealedManifest& sealed : params.manifests) {
        request.manifests.push_back({sealed.envelope, sealed.salt, sealed.manifest});
    }
    request.fingerprint = bid::fingerprint_of(params.index);
    return request;
}

/// `Price envelope: 3 documents; Total price 1250000.00 CNY`
std::string describe_envelope(const bid::SigningDescription::Envelope& envelope,
                              const bid::Tender& tender, const Texts& texts) {
    std::string line = envelope.entry.title + ": " +
                       fill_in(texts.documents, std::to_string(envelope.manifest.documents.size()));
    for (const bid::SummaryValue& value : envelope.manifest.summary) {
        const bid::SummaryField* field = tender.find_field(value.id);
        line += "; " + (field ? field->title : value.id) + " " + value.value;
        if (field && !field->unit.empty())
            line += " " + field->unit;
    }
    return line;
}

std::string file_names(const bid::SigningDescription& description) {
    std::string names;
    for (const auto& envelope : description.envelopes) {
        for (const bid::ManifestDocument& document : envelope.manifest.documents) {
            if (names.size() > 200)
                return names;
            names += (names.empty() ? "" : ", ") + document.path;
        }
    }
    return names;
}

/// Who can open, each name once.
std::string opener_names(const bid::SigningDescription& description) {
    std::vector<std::string> seen;
    std::string names;
    for (const auto& envelope : description.envelopes) {
        for (const auto& opener : envelope.openers) {
            for (const std::string& name : opener.names) {
                if (std::find(seen.begin(), seen.end(), name) != seen.end())
                    continue;
                seen.push_back(name);
                names += (names.empty() ? "" : ", ") + name;
            }
        }
    }
    return names;
}

}  // namespace

protocol::SignResult sign_bid(Call& call, const protocol::SignBidParams& params) {
    require(as_text(params.index).substr(0, index_opening.size()) == index_opening,
            ErrorCode::bid_index, "does not begin as an index");
    bid::TenderFile tender = open_tender(call, params.tender);
    TokenKey key = find_key(call, params.key);
    crypto::Certificate signer = signing_certificate(key, call.services.clock.now());
    bid::SigningDescription description = bid::describe_signing_request(
        signing_request(params), tender, signer, helping_certificates(params.intermediates));
    require(equal(description.to_be_signed, params.index), ErrorCode::bid_index);

    const Texts& texts = texts_of(call.services.language);
    ConsentRequest consent;
    consent.purpose = Purpose::sign_bid;
    consent.origin = call.origin;
    consent.lines = common_lines(call, tender, description.index.lot, key, signer);
    consent.lines.push_back({texts.fingerprint, fingerprint_line(description.fingerprint)});
    consent.lines.push_back(
        {texts.supplier,
         description.index.supplier_name + " (" + description.index.supplier_code + ")", true});
    consent.lines.push_back({texts.openers, opener_names(description)});
    for (const auto& envelope : description.envelopes) {
        consent.lines.push_back(
            {texts.envelopes, describe_envelope(envelope, tender.tender(), texts)});
    }
    consent.lines.push_back({texts.files, file_names(description), true});

    protocol::SignResult result;
    use_key(call, key, consent, [&](ukey::TokenSession& session) {
        result = sign_message(session, signer, description.to_be_signed);
    });
    return result;
}

}  // namespace bidseal::bridge
