#include "bidseal/bid/openers.h"
#include "bidseal/bid/reader.h"

#include "bridge/local/operations/key_use.h"
#include "bridge/local/operations/operations.h"

namespace bidseal::bridge {

namespace {

std::string certificate_names(const bid::Openers& openers) {
    std::string names;
    for (const crypto::Certificate& certificate : openers.certificates) {
        names += (names.empty() ? "" : ", ") + certificate.subject_text();
    }
    return names;
}

}  // namespace

protocol::SignResult sign_openers(Call& call, const protocol::SignOpenersParams& params) {
    bid::TenderFile tender = open_tender(call, params.tender);
    bid::VerifiedIndex bid = bid::verify_bid_parts(params.index, params.openers, params.signature);
    bid::check_index_against_tender(bid.index, tender);
    bid::Openers rewrap = bid::Openers::parse(params.rewrap);
    bid::check_added_openers(rewrap, bid.index, bid.fingerprint, tender.tender());
    TokenKey key = find_key(call, params.key);
    crypto::Certificate signer = signing_certificate(key, call.services.clock.now());
    require(signer.digest() == bid.index.certificate ||
                (!signer.credit_code().empty() && signer.credit_code() == bid.index.supplier_code),
            ErrorCode::rewrap_refused);
    bid::check_supplier_openers(rewrap, helping_certificates(params.intermediates),
                                tender.tender().trust(), call.services.clock.now(),
                                crypto::RevocationPolicy::use_if_present);

    const Texts& texts = texts_of(call.services.language);
    ConsentRequest consent;
    consent.purpose = Purpose::sign_openers;
    consent.origin = call.origin;
    consent.lines = common_lines(call, tender, bid.index.lot, key, signer);
    consent.lines.push_back({texts.fingerprint, fingerprint_line(bid.fingerprint)});
    consent.lines.push_back({texts.adds, certificate_names(rewrap)});

    protocol::SignResult result;
    use_key(call, key, consent, [&](ukey::TokenSession& session) {
        result = sign_message(session, signer, params.rewrap);
    });
    return result;
}

}  // namespace bidseal::bridge
