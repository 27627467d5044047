#include "bridge/local/operations/key_use.h"

#include "bidseal/bid/fingerprint_words.h"

#include "bridge/local/dialogs/login.h"

namespace bidseal::bridge {

namespace {

/// Logs out at the end of the scope.
class LoggedIn {
public:
    explicit LoggedIn(ukey::TokenSession& session) : m_session(session) {}
    LoggedIn(const LoggedIn&) = delete;
    LoggedIn& operator=(const LoggedIn&) = delete;
    ~LoggedIn() { m_session.logout(); }

private:
    ukey::TokenSession& m_session;
};

crypto::Certificate parse_certificate(const Bytes& der) {
    require(!der.empty(), ErrorCode::key_not_found, "the container holds no such certificate");
    return crypto::Certificate::parse(der);
}

}  // namespace

TokenKey find_key(Call& call, const std::string& key) {
    TokenKey found = call.services.tokens.find(key);
    call.uses_token(found.token);
    return found;
}

crypto::Certificate signing_certificate(const TokenKey& key, Timestamp now) {
    crypto::Certificate certificate = parse_certificate(key.info.signing_certificate);
    require(now >= certificate.not_before(), ErrorCode::certificate_not_yet_valid);
    require(now <= certificate.not_after(), ErrorCode::certificate_expired);
    require(certificate.allows(crypto::KeyUsage::digital_signature) ||
                certificate.allows(crypto::KeyUsage::non_repudiation),
            ErrorCode::certificate_usage);
    return certificate;
}

crypto::Certificate encryption_certificate(const TokenKey& key) {
    return parse_certificate(key.info.encryption_certificate);
}

std::vector<crypto::Certificate> helping_certificates(
    const std::optional<std::vector<Bytes>>& intermediates) {
    std::vector<crypto::Certificate> certificates;
    if (!intermediates)
        return certificates;
    for (const Bytes& der : *intermediates)
        certificates.push_back(crypto::Certificate::parse(der));
    return certificates;
}

bid::TenderFile open_tender(const Call& call, ByteView file) {
    bid::TenderFile tender = bid::TenderFile::parse(file);
    if (call.services.platforms) {
        tender.verify_trust(*call.services.platforms, call.services.clock.now());
    }
    return tender;
}

std::vector<ConsentLine> common_lines(const Call& call, const bid::TenderFile& tender,
                                      const std::string& lot, const TokenKey& key,
                                      const crypto::Certificate& certificate) {
    const Texts& texts = texts_of(call.services.language);
    const bid::Tender& content = tender.tender();
    const bid::LotRule* rule = content.find_lot(lot);
    require(rule != nullptr, ErrorCode::tender_lot_unknown);
    std::string platform = content.platform_name;
    if (!call.services.platforms)
        platform += std::string(" (") + texts.platform_unchecked + ")";
    return {
        {texts.project, content.project_title + " (" + content.project_id + ")"},
        {texts.lot, rule->title + " (" + rule->id + ")"},
        {texts.certificate, certificate.subject_text()},
        {texts.ukey, key.info.label + " (" + key.info.serial + ")"},
        {texts.platform, platform},
    };
}

std::string fingerprint_line(const bid::Fingerprint& fingerprint) {
    constexpr size_t shown_groups = 4 * 5 - 1;  // four groups of four digits
    std::string line = bid::fingerprint_text(fingerprint).substr(0, shown_groups) + " …";
    std::vector<std::string> words = bid::fingerprint_words(fingerprint);
    for (size_t i = 0; i < 3 && i < words.size(); ++i)
        line += " " + words[i];
    return line;
}

std::unique_ptr<ukey::TokenSession> unlock_key(Call& call, const TokenKey& key,
                                               const ConsentRequest& consent,
                                               bool stop_at_wrong_pin) {
    Services& services = call.services;
    const Texts& texts = texts_of(services.language);
    call.interrupt.check();
    std::unique_ptr<ukey::TokenSession> session = key.driver->open(key.info);
    if (session->pin_state().locked())
        throw Error(ErrorCode::pin_locked).retries(0);
    services.windows.take(call.origin);

    call.stage(protocol::RequestStage::consent);
    ask_consent(services.dialogs, consent, texts, call.interrupt);
    call.stage(protocol::RequestStage::pin);
    try {
        log_in(*session, services.dialogs, texts, consent.purpose, call.origin, call.interrupt,
               stop_at_wrong_pin);
        call.stage(protocol::RequestStage::token);
        call.interrupt.check();
    } catch (...) {
        session->logout();
        throw;
    }
    return session;
}

void use_key(Call& call, const TokenKey& key, const ConsentRequest& consent,
             const std::function<void(ukey::TokenSession&)>& use) {
    std::unique_ptr<ukey::TokenSession> session = unlock_key(call, key, consent);
    LoggedIn logged_in(*session);
    use(*session);
}

protocol::SignResult sign_message(ukey::TokenSession& session,
                                  const crypto::Certificate& certificate, ByteView message) {
    protocol::SignResult result;
    result.certificate = to_bytes(certificate.der());
    result.signature = session.sign(message);
    require(certificate.verify(message, result.signature, certificate.signature_kind()),
            ErrorCode::signature_invalid, "token and certificate disagree");
    result.digest = to_bytes(crypto::sm3(message).view());
    return result;
}

}  // namespace bidseal::bridge
