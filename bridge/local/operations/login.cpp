#include "bridge/local/operations/login.h"

#include "bidseal/protocol/json.h"

#include "bridge/local/operations/key_use.h"
#include "bridge/local/operations/operations.h"

namespace bidseal::bridge {

std::string login_message(const std::string& origin, ByteView challenge, Timestamp now,
                          const crypto::Certificate& certificate) {
    return protocol::write_json(protocol::ObjectBuilder()
                                    .text("type", "bidseal-login-1")
                                    .text("origin", origin)
                                    .base64("challenge", challenge)
                                    .time("time", now)
                                    .hex("certificate", certificate.digest().view())
                                    .build());
}

protocol::LoginResult login(Call& call, const protocol::LoginParams& params) {
    constexpr size_t least_challenge = 16;
    require(params.challenge.size() >= least_challenge, ErrorCode::message_invalid,
            "a challenge that could be guessed");
    TokenKey key = find_key(call, params.key);
    const Timestamp now = call.services.clock.now();
    const crypto::Certificate signer = signing_certificate(key, now);
    const std::string message = login_message(call.origin, params.challenge, now, signer);

    const Texts& texts = texts_of(call.services.language);
    ConsentRequest consent;
    consent.purpose = Purpose::login;
    consent.origin = call.origin;
    consent.lines = {{texts.certificate, signer.subject_text()},
                     {texts.ukey, key.info.label + " (" + key.info.serial + ")"}};

    protocol::LoginResult result;
    use_key(call, key, consent, [&](ukey::TokenSession& session) {
        protocol::SignResult made = sign_message(session, signer, as_bytes(message));
        result.certificate = std::move(made.certificate);
        result.signature = std::move(made.signature);
    });
    result.message = to_bytes(as_bytes(message));
    return result;
}

}  // namespace bidseal::bridge
