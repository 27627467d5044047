#include "bridge/local/tokens/token_service.h"

#include <algorithm>

#include "bidseal/crypto/certificate.h"
#include "bidseal/crypto/sm3.h"

#include "bridge/local/base/display.h"

namespace bidseal::bridge {

namespace {

/// A short name from the parts: 32 hex digits of SM3 over them, each with its length.
std::string short_name(std::initializer_list<ByteView> parts) {
    Bytes text;
    for (ByteView part : parts) {
        append_u32(text, static_cast<uint32_t>(part.size()));
        append(text, part);
    }
    return to_hex(crypto::sm3(text).view().subspan(0, 16));
}

TokenKey name_key(ukey::TokenInfo info, ukey::TokenDriver* driver) {
    TokenKey key;
    key.token = short_name({as_bytes(info.library), as_bytes(info.device), as_bytes(info.serial),
                            as_bytes(info.application)});
    key.key =
        short_name({as_bytes(info.serial), as_bytes(info.application), as_bytes(info.container),
                    info.signing_certificate, info.encryption_certificate});
    key.info = std::move(info);
    key.driver = driver;
    return key;
}

protocol::PinState describe_pin(const ukey::PinState& pin) {
    if (pin.locked())
        return protocol::PinState::locked;
    if (pin.last_try())
        return protocol::PinState::last;
    if (pin.low())
        return protocol::PinState::low;
    // A token that does not count only says when it becomes critical.
    return pin.counted() ? protocol::PinState::ok : protocol::PinState::unknown;
}

protocol::TokenInfo describe_token(const TokenKey& key) {
    protocol::TokenInfo token;
    token.token = key.token;
    token.label = display_text(key.info.label, 128);
    token.maker = display_text(key.info.manufacturer, 128);
    token.model = display_text(key.info.application, 128);
    token.serial = display_text(key.info.serial, 128);
    token.pin_state = describe_pin(key.info.pin);
    if (key.info.pin.counted()) {
        token.retries_left = std::min<uint32_t>(key.info.pin.left, 255);
        token.retries_max = std::min<uint32_t>(key.info.pin.max, 255);
    }
    token.default_pin = key.info.pin.is_default;
    return token;
}

protocol::KeyAlgorithm algorithm_of(crypto::KeyKind kind) {
    switch (kind) {
        case crypto::KeyKind::sm2:
            return protocol::KeyAlgorithm::sm2;
        case crypto::KeyKind::p256:
            return protocol::KeyAlgorithm::p256;
        case crypto::KeyKind::rsa:
            return protocol::KeyAlgorithm::rsa;
    }
    throw Error(ErrorCode::internal);
}

protocol::CertificateStatus status_of(const crypto::Certificate& certificate, Timestamp now) {
    if (now < certificate.not_before())
        return protocol::CertificateStatus::not_yet_valid;
    if (now > certificate.not_after())
        return protocol::CertificateStatus::expired;
    return protocol::CertificateStatus::active;
}

/// Nothing for an absent certificate and for one that cannot be read or is too large.
std::optional<protocol::CertificateInfo> describe_certificate(const Bytes& der, Timestamp now) {
    constexpr size_t max_der = 16384;
    if (der.empty() || der.size() > max_der)
        return std::nullopt;
    try {
        crypto::Certificate certificate = crypto::Certificate::parse(der);
        protocol::CertificateInfo info;
        info.der = der;
        info.algorithm = algorithm_of(certificate.key_kind());
        info.subject = display_text(certificate.subject_text(), 1024);
        info.issuer = display_text(certificate.issuer_text(), 1024);
        info.holder = display_text(certificate.holder_name(), 512);
        info.credit_code = display_text(certificate.credit_code(), 64);
        info.not_before = certificate.not_before();
        info.not_after = certificate.not_after();
        info.status = status_of(certificate, now);
        return info;
    } catch (const Error&) {
        return std::nullopt;
    }
}

}  // namespace

TokenService::TokenService(std::vector<std::unique_ptr<ukey::TokenDriver>> drivers)
    : m_drivers(std::move(drivers)) {}

std::vector<TokenKey> TokenService::list() const {
    std::vector<TokenKey> keys;
    std::optional<Error> failed;
    size_t answered = 0;
    for (const std::unique_ptr<ukey::TokenDriver>& driver : m_drivers) {
        try {
            for (ukey::TokenInfo& info : driver->list()) {
                keys.push_back(name_key(std::move(info), driver.get()));
            }
            ++answered;
        } catch (const Error& error) {
            if (!failed)
                failed = error;
        }
    }
    if (failed && answered == 0)
        throw *failed;
    return keys;
}

TokenKey TokenService::find(const std::string& key) const {
    std::vector<TokenKey> keys = list();
    require(!keys.empty(), ErrorCode::token_absent);
    for (TokenKey& candidate : keys) {
        if (candidate.key == key)
            return std::move(candidate);
    }
    throw Error(ErrorCode::key_not_found);
}

std::vector<protocol::TokenInfo> describe_tokens(const std::vector<TokenKey>& keys) {
    constexpr size_t most = 16;
    std::vector<protocol::TokenInfo> tokens;
    for (const TokenKey& key : keys) {
        bool known = std::any_of(tokens.begin(), tokens.end(), [&](const protocol::TokenInfo& t) {
            return t.token == key.token;
        });
        if (!known && tokens.size() < most)
            tokens.push_back(describe_token(key));
    }
    return tokens;
}

std::vector<protocol::KeyInfo> describe_keys(const std::vector<TokenKey>& keys, Timestamp now) {
    constexpr size_t most = 64;
    std::vector<protocol::KeyInfo> described;
    for (const TokenKey& key : keys) {
        protocol::KeyInfo info;
        info.key = key.key;
        info.token = key.token;
        info.label = display_text(key.info.container, 128);
        info.signing = describe_certificate(key.info.signing_certificate, now);
        info.encryption = describe_certificate(key.info.encryption_certificate, now);
        if ((info.signing || info.encryption) && described.size() < most) {
            described.push_back(std::move(info));
        }
    }
    return described;
}

}  // namespace bidseal::bridge
