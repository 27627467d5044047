#include <cstring>
#include <optional>

#include "bidseal/crypto/certificate.h"
#include "bidseal/crypto/sm2.h"

#include "bridge/ukey/skf/library.h"

namespace bidseal::skf {
namespace {

constexpr size_t kek_size = 16;
constexpr size_t max_wrapped = 4096;
constexpr size_t pad = max_coordinate - 32;

// A PIN as the functions take it: ended by NUL, wiped afterwards.
SecretBytes pin_argument(const SecretBytes& pin) {
    for (const uint8_t c : pin.view())
        require(c != 0, ErrorCode::usage, "a PIN holds no NUL");
    SecretBytes text(pin.size() + 1);
    std::memcpy(text.span().data(), pin.view().data(), pin.size());
    return text;
}

LPSTR text_of(SecretBytes& text) {
    return reinterpret_cast<LPSTR>(text.span().data());
}

// The KEK's ciphertext as an ECCCIPHERBLOB.
Bytes cipher_blob(ByteView der) {
    crypto::Sm2CipherFields fields;
    try {
        fields = crypto::sm2_cipher_from_der(der);
    } catch (const Error&) {
        throw Error(ErrorCode::decrypt_failed);
    }
    require(fields.cipher.size() == kek_size, ErrorCode::decrypt_failed);
    // A few bytes more than the standard's size, for libraries with natural alignment.
    Bytes blob(cipher_blob_size(kek_size) + 16, 0);
    auto* out = reinterpret_cast<ECCCIPHERBLOB*>(blob.data());
    std::memcpy(out->XCoordinate + pad, fields.x.data(), 32);
    std::memcpy(out->YCoordinate + pad, fields.y.data(), 32);
    std::memcpy(out->HASH, fields.hash.data(), 32);
    out->CipherLen = kek_size;
    std::memcpy(blob.data() + cipher_blob_size(0), fields.cipher.data(), kek_size);
    return blob;
}

// Answers that do not depend on the ciphertext may be told apart; everything else is one error, so
// that nobody learns from the kind of failure what was inside.
void check_unwrap(ULONG answer, const char* what) {
    if (answer == SAR_OK)
        return;
    switch (error_of(answer)) {
        case ErrorCode::token_removed:
        case ErrorCode::pin_required:
        case ErrorCode::key_not_found:
        case ErrorCode::token_unsupported:
        case ErrorCode::timed_out:
            check(answer, what);
            return;
        default:
            throw Error(ErrorCode::decrypt_failed);
    }
}

class Session : public ukey::TokenSession {
public:
    Session(std::shared_ptr<Device> device, const ukey::TokenInfo& token)
        : m_device(std::move(device)),
          m_info(token),
          m_application(open_application(*m_device, token.application)),
          m_container(open_container(*m_device, m_application->get(), token.container)) {
        m_info.signing_certificate = read_certificate(call(), m_container->get(), true);
        m_info.encryption_certificate = read_certificate(call(), m_container->get(), false);
        m_info.pin = read_pin_state(call(), m_application->get());
    }
    ~Session() override {
        logout();
        const auto guard = m_device->library().lock();
        m_container.reset();
        m_application.reset();
    }

    const ukey::TokenInfo& info() const override { return m_info; }

    ukey::PinState pin_state() override {
        const auto guard = m_device->library().lock();
        return read_pin_state(call(), m_application->get());
    }

    void login(const SecretBytes& pin) override {
        const auto guard = m_device->library().lock();
        m_logged_in = false;
        SecretBytes text = pin_argument(pin);
        spend_try("SKF_VerifyPIN", [&](ULONG* left) {
            return call().SKF_VerifyPIN(m_application->get(), USER_TYPE, text_of(text), left);
        });
        m_logged_in = true;
    }

    bool logged_in() const override { return m_logged_in; }

    void logout() override {
        if (!m_logged_in)
            return;
        m_logged_in = false;
        const auto guard = m_device->library().lock();
        if (call().SKF_ClearSecureState)
            call().SKF_ClearSecureState(m_application->get());
    }

    void change_pin(const SecretBytes& old_pin, const SecretBytes& new_pin) override {
        const auto guard = m_device->library().lock();
        require(call().SKF_ChangePIN != nullptr, ErrorCode::token_unsupported, "no SKF_ChangePIN");
        SecretBytes before = pin_argument(old_pin), after = pin_argument(new_pin);
        check_new_pin(new_pin);
        spend_try("SKF_ChangePIN", [&](ULONG* left) {
            return call().SKF_ChangePIN(m_application->get(), USER_TYPE, text_of(before),
                                        text_of(after), left);
        });
    }

    void unblock(const SecretBytes& admin_pin, const SecretBytes& new_pin) override {
        const auto guard = m_device->library().lock();
        require(call().SKF_UnblockPIN != nullptr, ErrorCode::token_unsupported,
                "no SKF_UnblockPIN");
        SecretBytes admin = pin_argument(admin_pin), after = pin_argument(new_pin);
        check_new_pin(new_pin);
        spend_try("SKF_UnblockPIN", [&](ULONG* left) {
            return call().SKF_UnblockPIN(m_application->get(), text_of(admin), text_of(after),
                                         left);
        });
    }

    Bytes sign_digest(const crypto::Sm3Digest& e) override {
        require(!m_info.signing_certificate.empty(), ErrorCode::key_not_found,
                "the container holds no signing certificate");
        require_login();
        const auto key = crypto::Certificate::parse(m_info.signing_certificate).sm2_key();
        const auto guard = m_device->library().lock();
        crypto::Sm3Digest copy = e;
        ECCSIGNATUREBLOB blob{};
        check(call().SKF_ECCSignData(m_container->get(), copy.data(),
                                     static_cast<ULONG>(copy.size()), &blob),
              "SKF_ECCSignData");
        const Bytes der = crypto::sm2_signature_to_der({blob.r + pad, 32}, {blob.s + pad, 32});
        require(key.verify_digest(e, der), ErrorCode::signature_invalid,
                "the token's signature does not fit its certificate");
        return der;
    }

    SecretBytes unwrap(ByteView kek_cipher, ByteView wrapped) override {
        require(!wrapped.empty() && wrapped.size() % 16 == 0 && wrapped.size() <= max_wrapped,
                ErrorCode::decrypt_failed);
        require_login();
        Bytes blob = cipher_blob(kek_cipher);
        const auto guard = m_device->library().lock();
        HANDLE handle = nullptr;
        check_unwrap(
            call().SKF_ImportSessionKey(m_container->get(), SGD_SM4_ECB, blob.data(),
                                        static_cast<ULONG>(cipher_blob_size(kek_size)), &handle),
            "SKF_ImportSessionKey");
        const Scoped key(handle, call().SKF_CloseHandle);
        check_unwrap(call().SKF_DecryptInit(key.get(), BLOCKCIPHERPARAM{}), "SKF_DecryptInit");
        Bytes input = to_bytes(wrapped);
        SecretBytes room(wrapped.size() + 32);
        ULONG length = static_cast<ULONG>(room.size());
        check_unwrap(call().SKF_Decrypt(key.get(), input.data(), static_cast<ULONG>(input.size()),
                                        room.span().data(), &length),
                     "SKF_Decrypt");
        require(length == wrapped.size(), ErrorCode::decrypt_failed);
        return SecretBytes::copy_of(room.view().first(length));
    }

    Bytes random(size_t count) override {
        const auto guard = m_device->library().lock();
        Bytes out(count);
        if (count == 0)
            return out;
        check(call().SKF_GenRandom(m_device->handle(), out.data(), static_cast<ULONG>(count)),
              "SKF_GenRandom");
        return out;
    }

private:
    const Functions& call() const { return m_device->call(); }

    // A login of another session on the same token opens nothing for this one.
    void require_login() const {
        require(m_logged_in, ErrorCode::pin_required, "this session has not logged in");
    }

    // The standard's PIN is 6 to 16 bytes.
    static void check_new_pin(const SecretBytes& pin) {
        require(pin.size() >= 6 && pin.size() <= 16, ErrorCode::usage, "a PIN has 6 to 16 bytes");
    }

    // Calls a function that costs a try; its error carries the tries that are left.
    template <class Try>
    static void spend_try(const char* what, Try&& attempt) {
        ULONG left = 0;
        const ULONG answer = attempt(&left);
        try {
            check(answer, what);
        } catch (Error& error) {
            if (error.code() == ErrorCode::pin_wrong)
                error.retries(left);
            if (error.code() == ErrorCode::pin_locked)
                error.retries(0);
            throw;
        }
    }

    std::shared_ptr<Device> m_device;
    ukey::TokenInfo m_info;
    std::optional<Scoped> m_application;
    std::optional<Scoped> m_container;
    bool m_logged_in = false;
};

}  // namespace

std::unique_ptr<ukey::TokenSession> open_session(std::shared_ptr<Device> device,
                                                 const ukey::TokenInfo& token) {
    const auto guard = device->library().lock();
    return std::make_unique<Session>(device, token);
}

}  // namespace bidseal::skf
