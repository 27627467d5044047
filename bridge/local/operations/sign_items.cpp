#include <algorithm>

#include "bridge/local/operations/grant_use.h"
#include "bridge/local/operations/key_use.h"
#include "bridge/local/operations/login.h"

namespace bidseal::bridge {

namespace {

/// Openings of what only the bridge's own methods sign: a document never passes for one of them.
void check_not_reserved(ByteView message) {
    for (std::string_view opening : {std::string_view("{\"type\":\"SBID1-"), login_opening}) {
        if (as_text(message).substr(0, opening.size()) == opening)
            throw Error(ErrorCode::policy_refused).subject("message");
    }
}

/// The item's signature: the one that was made before, or a new one.
Bytes sign_once(GrantUse& use, uint32_t item,
                const std::function<Bytes(ukey::TokenSession&)>& make) {
    Grant& grant = use.grant();
    auto made = grant.signatures.find(item);
    if (made != grant.signatures.end())
        return made->second;
    use.with_session([&](ukey::TokenSession& session) {
        if (grant.journal)
            grant.journal->intend(item);
        Bytes signature = make(session);
        if (grant.journal)
            grant.journal->record(item, signature);
        grant.signatures[item] = std::move(signature);
    });
    return grant.signatures.at(item);
}

protocol::SignaturesResult finish(GrantUse& use, protocol::SignaturesResult result) {
    if (use.grant().journal)
        use.grant().journal->flush();
    result.certificate = to_bytes(use.grant().certificate->der());
    return result;
}

}  // namespace

protocol::SignaturesResult sign_messages(Call& call, const protocol::SignMessagesParams& params) {
    require(!params.items.empty(), ErrorCode::message_invalid, "no items");
    GrantUse use(call, params.grant, protocol::GrantPurpose::sign);
    require(use.terms().input == protocol::SignatureInput::message, ErrorCode::grant_ended);
    // All are looked at before the first is signed.
    for (const protocol::SignItem& item : params.items) {
        use.check_content(item.item, item.message);
        check_not_reserved(item.message);
    }
    protocol::SignaturesResult result;
    for (const protocol::SignItem& item : params.items) {
        Bytes signature = sign_once(use, item.item, [&](ukey::TokenSession& session) {
            return sign_message(session, *use.grant().certificate, item.message).signature;
        });
        result.signatures.push_back({item.item, std::move(signature)});
    }
    return finish(use, std::move(result));
}

protocol::SignaturesResult sign_digests(Call& call, const protocol::SignDigestsParams& params) {
    require(!params.items.empty(), ErrorCode::message_invalid, "no items");
    GrantUse use(call, params.grant, protocol::GrantPurpose::sign);
    require(use.terms().input == protocol::SignatureInput::sm3_e_with_z, ErrorCode::grant_ended);
    for (uint32_t item : params.items)
        use.item(item);
    protocol::SignaturesResult result;
    for (uint32_t item : params.items) {
        Bytes signature = sign_once(use, item, [&](ukey::TokenSession& session) {
            crypto::Sm3Digest e;
            const Bytes& digest = use.terms().items[item].digest;
            std::copy(digest.begin(), digest.end(), e.bytes.begin());
            return session.sign_digest(e);
        });
        result.signatures.push_back({item, std::move(signature)});
    }
    return finish(use, std::move(result));
}

}  // namespace bidseal::bridge
