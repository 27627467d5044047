#include <algorithm>

#include "bridge/local/operations/key_use.h"
#include "bridge/local/operations/operations.h"

namespace bidseal::bridge {

namespace {

void check_params(const Call& call, const protocol::GrantOpenParams& params) {
    using protocol::GrantPurpose;
    using protocol::SignatureInput;
    require(!params.items.empty(), ErrorCode::message_invalid, "no items");
    require(!params.minutes || *params.minutes > 0, ErrorCode::message_invalid, "no time");
    bool decrypts = params.purpose == GrantPurpose::decrypt;
    // What was opened is not kept, so that there is nothing to take up again.
    require(!decrypts || (params.input == SignatureInput::message && !params.batch),
            ErrorCode::message_invalid, "a member that decrypting does not have");
    const OriginPolicy& policy = call.services.origins;
    if (decrypts)
        require(policy.may(call.origin, Feature::decrypt), ErrorCode::policy_refused);
    else if (params.input != SignatureInput::message)
        require(policy.may(call.origin, Feature::digests), ErrorCode::policy_refused);
}

/// Only what the key's own algorithm hashes can be signed.
void check_input(protocol::SignatureInput input, const crypto::Certificate& certificate) {
    bool sm2 = certificate.key_kind() == crypto::KeyKind::sm2;
    bool fits = input == protocol::SignatureInput::message ||
                (input == protocol::SignatureInput::sm3_e_with_z && sm2);
    // Tokens with RSA and P-256 keys take whole messages so far.
    require(fits, ErrorCode::token_unsupported, "a digest of another algorithm than the key's");
}

/// The batch's file is named by page and batch, so that no page takes up another's.
std::string journal_name(const std::string& origin, const Bytes& batch) {
    return to_hex(crypto::sm3({as_bytes(origin), as_bytes(" "), batch}).view().first(16));
}

Purpose purpose_of(const GrantTerms& terms) {
    if (terms.purpose == protocol::GrantPurpose::decrypt)
        return Purpose::decrypt;
    return terms.input == protocol::SignatureInput::message ? Purpose::sign_messages
                                                            : Purpose::sign_digests;
}

/// `3F2A 90C1 4B2D 77E0 …`: of the one item, or over all items' digests.
std::string digest_line(const std::vector<protocol::GrantItem>& items) {
    Bytes all;
    for (const protocol::GrantItem& item : items)
        append(all, item.digest);
    const crypto::Sha256Digest joined = crypto::sha256({all});
    std::string hex = to_hex(items.size() == 1 ? ByteView(all).first(8) : joined.view().first(8));
    std::string line;
    for (size_t i = 0; i < hex.size(); ++i) {
        if (i > 0 && i % 4 == 0)
            line += ' ';
        line += static_cast<char>(hex[i] >= 'a' ? hex[i] - 'a' + 'A' : hex[i]);
    }
    return line + " …";
}

std::string item_names(const Grant& grant) {
    std::string names;
    for (uint32_t i = 0; i < grant.terms.items.size() && names.size() < 400; ++i) {
        if (grant.signatures.count(i) == 0)
            names += (names.empty() ? "" : ", ") + grant.terms.items[i].name;
    }
    return names;
}

ConsentRequest describe_grant(const Call& call, const Grant& grant, uint32_t minutes,
                              size_t unsure) {
    const Texts& texts = texts_of(call.services.language);
    const GrantTerms& terms = grant.terms;
    const size_t all = terms.items.size(), rest = all - grant.signatures.size();
    ConsentRequest consent;
    consent.purpose = purpose_of(terms);
    consent.origin = call.origin;
    if (consent.purpose == Purpose::sign_digests)
        consent.lines.push_back({texts.blind_note, texts.blind_advice});
    if (consent.purpose == Purpose::decrypt)
        consent.lines.push_back({texts.decrypt_note, texts.decrypt_advice});
    consent.lines.push_back(
        {texts.count, rest == all
                          ? std::to_string(all)
                          : fill_in(texts.count_rest, std::to_string(rest), std::to_string(all))});
    if (unsure > 0)
        consent.lines.push_back({texts.count, fill_in(texts.unsure, std::to_string(unsure))});
    consent.lines.push_back({texts.files, item_names(grant)});
    consent.lines.push_back({texts.digest, digest_line(terms.items)});
    consent.lines.push_back({texts.certificate, grant.certificate->subject_text()});
    consent.lines.push_back(
        {texts.ukey, terms.key.info.label + " (" + terms.key.info.serial + ")"});
    if (all > 1)
        consent.lines.push_back(
            {texts.count, fill_in(texts.minutes, std::to_string(minutes)), true});
    return consent;
}

/// Takes up what is left of the batch. The number of items that are in doubt.
size_t take_up_journal(Call& call, Grant& grant, const Bytes& batch,
                       protocol::GrantOpenResult& result) {
    remove_old_journals(call.services.journal_folder, call.services.clock.now());
    grant.journal = BatchJournal::open(
        call.services.journal_folder, journal_name(call.origin, batch),
        digest_of_terms(grant.terms), static_cast<uint32_t>(grant.terms.items.size()));
    grant.signatures = grant.journal->done();
    for (const auto& [item, signature] : grant.signatures)
        result.done.push_back(item);
    result.unsure = grant.journal->unsure();
    return result.unsure.size();
}

}  // namespace

protocol::GrantOpenResult open_grant(Call& call, const protocol::GrantOpenParams& params) {
    check_params(call, params);
    Services& services = call.services;
    auto grant = std::make_shared<Grant>();
    grant->terms = {call.connection, call.origin,  find_key(call, params.key),
                    params.purpose,  params.input, params.items};
    const TokenKey& key = grant->terms.key;
    services.grants.check_room(call.connection, key.token);
    const Timestamp now = services.clock.now();
    if (params.purpose == protocol::GrantPurpose::sign) {
        grant->certificate = signing_certificate(key, now);
        check_input(params.input, *grant->certificate);
    } else {
        grant->certificate = encryption_certificate(key);
    }
    protocol::GrantOpenResult result;
    const size_t unsure = params.batch ? take_up_journal(call, *grant, *params.batch, result) : 0;
    const std::chrono::minutes lasting =
        params.minutes ? std::chrono::minutes(*params.minutes) : usual_grant_time;
    // A batch that was finished before the interruption needs nobody.
    if (grant->signatures.size() < params.items.size()) {
        const ConsentRequest consent =
            describe_grant(call, *grant, static_cast<uint32_t>(lasting.count()), unsure);
        const bool stop_at_wrong_pin = params.items.size() > 1;
        grant->session = unlock_key(call, key, consent, stop_at_wrong_pin);
    }
    result.grant = services.grants.add(grant, lasting, services.random);
    if (call.interrupt.raised()) {
        // The page went away, or the token, before the grant could be found.
        services.grants.take(result.grant, call.connection);
        call.interrupt.check();
    }
    result.expires = {now.seconds + std::chrono::seconds(lasting).count()};
    return result;
}

protocol::GrantCloseResult close_grant(Call& call, const protocol::GrantCloseParams& params) {
    std::shared_ptr<Grant> grant = call.services.grants.take(params.grant, call.connection);
    if (!grant)
        return {false};
    std::lock_guard<std::mutex> use(grant->use);
    if (grant->journal && grant->signatures.size() == grant->terms.items.size())
        grant->journal->remove();
    return {true};
}

}  // namespace bidseal::bridge
