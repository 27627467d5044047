#include "bridge/ukey/driver.h"

#include <algorithm>

#include "bidseal/base/text.h"
#include "bidseal/crypto/certificate.h"
#include "bidseal/crypto/certificate_request.h"
#include "bidseal/crypto/sha256.h"
#include "bidseal/crypto/sm4.h"

#include "bridge/os/charset.h"

namespace bidseal::ukey {
namespace {

constexpr size_t kek_size = 16;
constexpr size_t max_wrapped = 4096;
constexpr size_t max_plain = 1024;
constexpr size_t max_random = 65536;

std::string readable(const std::string& text, Charset charset) {
    if (charset == Charset::gbk)
        return os::utf8_from_gbk(text);
    if (is_valid_utf8(text))
        return text;
    std::string plain = text;
    for (char& c : plain) {
        if (static_cast<unsigned char>(c) >= 0x80)
            c = '?';
    }
    return plain;
}

// Tokens of the PKCS #11 kind do not say what a certificate is for; its key usage does.
Bytes only_if(const Bytes& der, std::initializer_list<crypto::KeyUsage> usages) {
    if (der.empty())
        return {};
    try {
        const auto certificate = crypto::Certificate::parse(der);
        const bool fits = std::any_of(usages.begin(), usages.end(), [&](crypto::KeyUsage usage) {
            return certificate.allows(usage);
        });
        return fits ? der : Bytes{};
    } catch (const Error&) {
        return {};
    }
}

TokenInfo describe(RawToken&& raw, const std::string& library, const Profile& profile) {
    TokenInfo info;
    info.library = library;
    info.device = readable(raw.place.device, profile.charset);
    info.serial = readable(raw.serial, profile.charset);
    info.label = readable(raw.label, profile.charset);
    info.manufacturer = readable(raw.manufacturer, profile.charset);
    info.application = readable(raw.place.application, profile.charset);
    info.container = readable(raw.place.container, profile.charset);
    info.signing_certificate = std::move(raw.signing_certificate);
    info.encryption_certificate = std::move(raw.encryption_certificate);
    if (profile.interface_ == Interface::pkcs11) {
        info.signing_certificate =
            only_if(info.signing_certificate,
                    {crypto::KeyUsage::digital_signature, crypto::KeyUsage::non_repudiation});
        info.encryption_certificate =
            only_if(info.encryption_certificate,
                    {crypto::KeyUsage::key_encipherment, crypto::KeyUsage::data_encipherment});
    }
    info.pin = raw.pin;
    info.place = std::move(raw.place);
    info.raw_serial = std::move(raw.serial);
    return info;
}

RawCipher cipher_parts(ByteView der) {
    try {
        crypto::Sm2CipherFields fields = crypto::sm2_cipher_from_der(der);
        return {fields.x, fields.y, fields.hash, std::move(fields.cipher)};
    } catch (const Error&) {
        throw Error(ErrorCode::decrypt_failed);
    }
}

Bytes spki_of(ByteView xy) {
    return crypto::Sm2PublicKey::from_point(xy).spki();
}

// The standard's PIN is 6 to 16 bytes.
void check_new_pin(const SecretBytes& pin) {
    require(pin.size() >= 6 && pin.size() <= 16, ErrorCode::pin_unfit);
}

// DigestInfo of SHA-256 (RFC 8017 section 9.2, note 1).
Bytes digest_info(ByteView sha256) {
    Bytes info = from_hex("3031300d060960864801650304020105000420");
    append(info, sha256);
    return info;
}

class Session : public TokenSession {
public:
    Session(std::shared_ptr<RawDriver> raw, RawSession opened, const std::string& library,
            const Profile& profile)
        : m_raw(std::move(raw)),
          m_id(opened.id),
          m_info(describe(std::move(opened.token), library, profile)),
          m_profile(profile) {}
    ~Session() override {
        logout();
        m_raw->close(m_id);
    }

    const TokenInfo& info() const override { return m_info; }
    PinState pin_state() override { return m_raw->pin_state(m_id); }

    void login(const SecretBytes& pin) override {
        m_logged_in = false;
        m_raw->login(m_id, pin);
        m_logged_in = true;
    }
    bool logged_in() const override { return m_logged_in; }
    void logout() override {
        if (!std::exchange(m_logged_in, false))
            return;
        try {
            m_raw->logout(m_id);
        } catch (const Error&) {
            // The token or its driver is gone, and the login with it.
        }
    }

    void change_pin(const SecretBytes& old_pin, const SecretBytes& new_pin) override {
        check_new_pin(new_pin);
        m_raw->change_pin(m_id, old_pin, new_pin);
    }
    void unblock(const SecretBytes& admin_pin, const SecretBytes& new_pin) override {
        check_new_pin(new_pin);
        m_raw->unblock(m_id, admin_pin, new_pin);
    }

    Bytes sign(ByteView message) override {
        const crypto::Certificate certificate = certificate_to_sign_with();
        const Bytes signature = make_signature(certificate, message);
        require(certificate.verify(message, signature, certificate.signature_kind()),
                ErrorCode::signature_invalid, "the token's signature does not fit its certificate");
        return signature;
    }

    Bytes sign_digest(const crypto::Sm3Digest& e) override {
        const crypto::Certificate certificate = certificate_to_sign_with();
        require(certificate.key_kind() == crypto::KeyKind::sm2, ErrorCode::token_unsupported,
                "only SM2 keys sign digests");
        const Bytes signature = sm2_signature(e);
        require(certificate.sm2_key().verify_digest(e, signature), ErrorCode::signature_invalid,
                "the token's signature does not fit its certificate");
        return signature;
    }

    SecretBytes unwrap(ByteView kek_cipher, ByteView wrapped) override {
        require(!wrapped.empty() && wrapped.size() % 16 == 0 && wrapped.size() <= max_wrapped,
                ErrorCode::decrypt_failed);
        require_login();
        const RawCipher key = cipher_parts(kek_cipher);
        require(key.cipher.size() == kek_size, ErrorCode::decrypt_failed);
        if (m_profile.decrypt.function == PrivateDecrypt::Function::none)
            return checked_size(m_raw->unwrap(m_id, key, wrapped), wrapped.size());
        const SecretBytes kek = checked_size(m_raw->decrypt(m_id, key), kek_size);
        return crypto::sm4_ecb_decrypt(kek.view(), wrapped);
    }

    SecretBytes decrypt(ByteView cipher) override {
        require(!m_info.encryption_certificate.empty(), ErrorCode::key_not_found,
                "the container holds no encryption certificate");
        require_login();
        const auto certificate = crypto::Certificate::parse(m_info.encryption_certificate);
        if (certificate.key_kind() == crypto::KeyKind::rsa)
            return m_raw->decrypt_rsa(m_id, cipher);
        const RawCipher parts = cipher_parts(cipher);
        require(!parts.cipher.empty() && parts.cipher.size() <= max_plain,
                ErrorCode::decrypt_failed);
        return checked_size(m_raw->decrypt(m_id, parts), parts.cipher.size());
    }

    Bytes random(size_t count) override {
        require(count <= max_random, ErrorCode::usage, "too many random bytes at once");
        if (count == 0)
            return {};
        return m_raw->random(m_id, static_cast<uint32_t>(count));
    }

    Bytes public_key(bool signing) override { return spki_of(m_raw->public_key(m_id, signing)); }

    Bytes generate_signing_key() override {
        require_login();
        return spki_of(m_raw->generate_key(m_id));
    }

    Bytes certificate_request(ByteView subject) override {
        require_login();
        const auto key = crypto::Sm2PublicKey::from_point(m_raw->public_key(m_id, true));
        const Bytes body = crypto::certificate_request_info(subject, key.spki());
        const Bytes signature = sm2_signature(key.message_digest(body));
        require(key.verify(body, signature), ErrorCode::signature_invalid,
                "the token does not sign with the key that it showed");
        return crypto::certificate_request(body, signature);
    }

    void import_encryption_key(ByteView blob) override {
        require_login();
        m_raw->import_key(m_id, parse_enveloped_key(blob));
    }

    void import_certificate(bool signing, ByteView der) override {
        require_login();
        const auto certificate = crypto::Certificate::parse(der);
        using crypto::KeyUsage;
        const bool fits = signing ? certificate.allows(KeyUsage::digital_signature)
                                  : certificate.allows(KeyUsage::key_encipherment) ||
                                        certificate.allows(KeyUsage::data_encipherment) ||
                                        certificate.allows(KeyUsage::key_agreement);
        require(fits, ErrorCode::certificate_usage);
        if (m_profile.interface_ == Interface::skf) {
            require(certificate.key_kind() == crypto::KeyKind::sm2 &&
                        equal(certificate.sm2_key().spki(), public_key(signing)),
                    ErrorCode::key_invalid, "the certificate is for another key");
        }
        m_raw->import_certificate(m_id, signing, der, certificate.subject_der());
        (signing ? m_info.signing_certificate : m_info.encryption_certificate) = to_bytes(der);
    }

    std::vector<RawFile> files() override { return m_raw->files(m_id); }
    Bytes read_file(const std::string& name) override { return m_raw->read_file(m_id, name); }

private:
    // A login of another session on the same token opens nothing for this one.
    void require_login() const {
        require(m_logged_in, ErrorCode::pin_required, "this session has not logged in");
    }

    static SecretBytes checked_size(SecretBytes plain, size_t size) {
        require(plain.size() == size, ErrorCode::decrypt_failed);
        return plain;
    }

    // The two halves that a token gives, as DER.
    static Bytes halves_to_der(const Bytes& halves) {
        require(halves.size() == 64, ErrorCode::token_failed, "a signature of another length");
        const ByteView view = halves;
        return crypto::sm2_signature_to_der(view.first(32), view.last(32));
    }

    crypto::Certificate certificate_to_sign_with() const {
        require(!m_info.signing_certificate.empty(), ErrorCode::key_not_found,
                "the container holds no signing certificate");
        require_login();
        return crypto::Certificate::parse(m_info.signing_certificate);
    }

    Bytes sm2_signature(const crypto::Sm3Digest& e) {
        return halves_to_der(m_raw->sign(m_id, RawSignature::sm2, e.view()));
    }

    Bytes make_signature(const crypto::Certificate& certificate, ByteView message) {
        switch (certificate.key_kind()) {
            case crypto::KeyKind::sm2:
                return sm2_signature(certificate.sm2_key().message_digest(message));
            case crypto::KeyKind::p256:
                return halves_to_der(
                    m_raw->sign(m_id, RawSignature::p256, crypto::sha256(message).view()));
            case crypto::KeyKind::rsa:
                return m_raw->sign(m_id, RawSignature::rsa_pkcs1,
                                   digest_info(crypto::sha256(message).view()));
        }
        throw Error(ErrorCode::internal);
    }

    std::shared_ptr<RawDriver> m_raw;
    uint32_t m_id;
    TokenInfo m_info;
    Profile m_profile;
    bool m_logged_in = false;
};

class Driver : public TokenDriver {
public:
    Driver(std::unique_ptr<RawDriver> raw, std::string library, const Profile& profile)
        : m_raw(std::move(raw)), m_library(std::move(library)), m_profile(profile) {}

    const std::string& library() const override { return m_library; }

    std::vector<TokenInfo> list(std::vector<Skipped>* skipped) override {
        RawList all = m_raw->list();
        std::vector<TokenInfo> tokens;
        for (RawToken& token : all.tokens)
            tokens.push_back(describe(std::move(token), m_library, m_profile));
        if (skipped != nullptr) {
            for (const RawSkipped& one : all.skipped)
                skipped->push_back({readable(one.device, m_profile.charset), one.reason});
        }
        return tokens;
    }

    std::unique_ptr<TokenSession> open(const TokenInfo& token) override {
        return std::make_unique<Session>(m_raw, m_raw->open(token.place, token.raw_serial),
                                         m_library, m_profile);
    }

    std::optional<DeviceEvent> wait_event(std::chrono::milliseconds timeout) override {
        const auto event = m_raw->wait_event(timeout);
        if (!event)
            return std::nullopt;
        const auto kind =
            event->plugged_in ? DeviceEvent::Kind::plugged_in : DeviceEvent::Kind::pulled_out;
        return DeviceEvent{kind, readable(event->device, m_profile.charset)};
    }
    void cancel_wait() override { m_raw->cancel_wait(); }

private:
    std::shared_ptr<RawDriver> m_raw;
    std::string m_library;
    Profile m_profile;
};

uint32_t little_endian(ByteView bytes) {
    return bytes[0] | static_cast<uint32_t>(bytes[1]) << 8 | static_cast<uint32_t>(bytes[2]) << 16 |
           static_cast<uint32_t>(bytes[3]) << 24;
}

// A coordinate of 64 bytes, right-aligned.
void take_coordinate(ByteView field, uint8_t* to) {
    constexpr size_t pad = 32;
    for (const uint8_t byte : field.first(pad))
        require(byte == 0, ErrorCode::encoding_invalid, "a coordinate of more than 256 bits");
    std::memcpy(to, field.data() + pad, 32);
}

}  // namespace

std::unique_ptr<TokenDriver> make_driver(std::unique_ptr<RawDriver> raw, std::string library,
                                         const Profile& profile) {
    return std::make_unique<Driver>(std::move(raw), std::move(library), profile);
}

RawEnvelopedKey parse_enveloped_key(ByteView blob) {
    // Version, ulSymmAlgID, ulBits, cbEncryptedPriKey[64], PubKey, ECCCipherBlob.
    constexpr size_t public_key_at = 76, cipher_at = 208, cipher_head = 164;
    const auto refuse_unless = [](bool good) {
        require(good, ErrorCode::encoding_invalid, "not an ENVELOPEDKEYBLOB");
    };
    refuse_unless(blob.size() > cipher_at + cipher_head);
    refuse_unless(little_endian(blob) == 1 && little_endian(blob.subspan(8)) == 256);
    refuse_unless(little_endian(blob.subspan(public_key_at)) == 256);
    RawEnvelopedKey key;
    key.algorithm = little_endian(blob.subspan(4));
    std::memcpy(key.encrypted_scalar.data(), blob.data() + 12, 64);
    take_coordinate(blob.subspan(public_key_at + 4, 64), key.public_key.data());
    take_coordinate(blob.subspan(public_key_at + 68, 64), key.public_key.data() + 32);
    const ByteView cipher = blob.subspan(cipher_at);
    take_coordinate(cipher.first(64), key.wrap_key.x.data());
    take_coordinate(cipher.subspan(64, 64), key.wrap_key.y.data());
    std::memcpy(key.wrap_key.hash.data(), cipher.data() + 128, 32);
    const uint32_t length = little_endian(cipher.subspan(160));
    // Some CAs send a few bytes of alignment at the end.
    refuse_unless(length == kek_size && cipher.size() >= cipher_head + length &&
                  cipher.size() <= cipher_head + length + 8);
    key.wrap_key.cipher = to_bytes(cipher.subspan(cipher_head, length));
    return key;
}

}  // namespace bidseal::ukey
