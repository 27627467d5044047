#include "tools/cli/keys.h"

#include "bidseal/crypto/private_key.h"
#include "bidseal/crypto/sm4.h"

#include "bridge/worker/start.h"
#include "tools/cli/host.h"

namespace bidseal::cli {
namespace {

constexpr uint64_t max_key_file = 64 * 1024;
constexpr uint64_t max_certificate_file = 1 << 20;
constexpr uint64_t max_crl_file = 16 << 20;

SecretBytes pin_of(const Args& args, const std::string& prompt) {
    if (args.has("pin-file"))
        return read_secret(args.get("pin-file"));
    return ask_secret(prompt, args.has("pin-stdin"));
}

/// A UKey through its vendor's library, logged in when the first operation asks for it.
class UkeyHolder : public KeyHolder {
public:
    explicit UkeyHolder(const Args& args) : m_args(args) {
        m_driver = worker::start_driver(args.get("ukey"), ukey::Profile::unlisted());
        std::vector<ukey::TokenInfo> fitting;
        for (ukey::TokenInfo& token : m_driver->list()) {
            if (args.has("device") && token.device != args.get("device"))
                continue;
            if (token.container.empty())
                continue;
            if (args.has("container") && token.container != args.get("container"))
                continue;
            fitting.push_back(std::move(token));
        }
        if (fitting.empty())
            throw Error(ErrorCode::token_absent);
        if (fitting.size() > 1)
            throw Error(ErrorCode::usage,
                        "several UKey containers are there: choose with --device and --container");
        m_session = m_driver->open(fitting.front());
        const ukey::TokenInfo& info = m_session->info();
        if (!info.signing_certificate.empty())
            m_signing = crypto::Certificate::parse(info.signing_certificate);
        if (!info.encryption_certificate.empty())
            m_encryption.push_back(crypto::Certificate::parse(info.encryption_certificate));
    }

    const crypto::Certificate& signing_certificate() const override {
        if (!m_signing)
            throw Error(ErrorCode::key_not_found, "no signing certificate on the UKey");
        return *m_signing;
    }
    const std::vector<crypto::Certificate>& encryption_certificates() const override {
        return m_encryption;
    }
    Bytes sign(ByteView message) override {
        login();
        return m_session->sign(message);
    }
    SecretBytes unwrap(const bid::UnwrapTask& task, const crypto::Certificate&) override {
        if (task.kind != bid::WrapKind::ukey)
            throw Error(ErrorCode::token_unsupported, bid::wrap_kind_name(task.kind));
        login();
        return m_session->unwrap(task.encrypted_key, task.encrypted_share);
    }

private:
    void login() {
        if (m_session->logged_in())
            return;
        const ukey::PinState pin = m_session->pin_state();
        if (pin.locked())
            throw Error(ErrorCode::pin_locked).retries(0);
        std::string prompt = "PIN of " + m_session->info().label;
        if (pin.counted())
            prompt +=
                " (" + std::to_string(pin.left) + " of " + std::to_string(pin.max) + " tries left)";
        m_session->login(pin_of(m_args, prompt + ": "));
    }

    const Args& m_args;
    std::unique_ptr<ukey::TokenDriver> m_driver;
    std::unique_ptr<ukey::TokenSession> m_session;
    std::optional<crypto::Certificate> m_signing;
    std::vector<crypto::Certificate> m_encryption;
};

crypto::PrivateKey load_key(const Args& args, const std::string& path) {
    const Bytes file = read_file(path, max_key_file);
    if (!crypto::PrivateKey::is_encrypted(file))
        return crypto::PrivateKey::from_file(file);
    const SecretBytes password = pin_of(args, "Password of " + path + ": ");
    return crypto::PrivateKey::from_file(file, as_text(password.view()));
}

/// Keys in PKCS #8 files.
class FileHolder : public KeyHolder {
public:
    explicit FileHolder(const Args& args) {
        if (args.has("sign-key")) {
            m_signing_key = load_key(args, args.get("sign-key"));
            m_signing = certificates_of(args, "sign-cert").at(0);
            if (!m_signing_key->fits(*m_signing))
                throw Error(ErrorCode::key_invalid, "--sign-key does not belong to --sign-cert");
        }
        m_encryption = certificates_of(args, "encrypt-cert");
        for (const std::string& path : args.all("encrypt-key"))
            m_encryption_keys.push_back(load_key(args, path));
        if (!m_encryption_keys.empty() && m_encryption_keys.size() != m_encryption.size())
            throw Error(ErrorCode::usage, "each --encrypt-key needs its --encrypt-cert, in order");
    }

    const crypto::Certificate& signing_certificate() const override {
        if (!m_signing)
            throw Error(ErrorCode::key_not_found, "no --sign-cert and --sign-key, and no --ukey");
        return *m_signing;
    }
    const std::vector<crypto::Certificate>& encryption_certificates() const override {
        return m_encryption;
    }
    Bytes sign(ByteView message) override {
        signing_certificate();
        return m_signing_key->sign(message, m_random);
    }
    SecretBytes unwrap(const bid::UnwrapTask& task, const crypto::Certificate& by) override {
        for (size_t i = 0; i < m_encryption_keys.size(); ++i) {
            if (m_encryption[i].digest() != by.digest())
                continue;
            SecretBytes key = m_encryption_keys[i].decrypt(
                task.encrypted_key, m_random, task.kind == bid::WrapKind::cms_oaep_sha1);
            if (task.kind == bid::WrapKind::ukey)
                return crypto::sm4_ecb_decrypt(key.view(), task.encrypted_share);
            return key;
        }
        throw Error(ErrorCode::key_not_found, "no --encrypt-key for this certificate");
    }

private:
    SystemRandom m_random;
    std::optional<crypto::PrivateKey> m_signing_key;
    std::optional<crypto::Certificate> m_signing;
    std::vector<crypto::Certificate> m_encryption;
    std::vector<crypto::PrivateKey> m_encryption_keys;
};

}  // namespace

std::vector<Option> key_options() {
    return {
        {"ukey", "LIBRARY", "the UKey's GM/T 0016 library"},
        {"device", "NAME", "which UKey, when several are plugged in"},
        {"container", "NAME", "which key container on it"},
        {"pin-file", "FILE", "read the PIN (or a key file's password) from the first line"},
        {"pin-stdin", "", "read the PIN from standard input instead of the terminal"},
        {"sign-cert", "FILE", "signing certificate, with keys in files"},
        {"sign-key", "FILE", "its private key, PKCS #8"},
        {"encrypt-cert", "FILE", "encryption certificate", false, true},
        {"encrypt-key", "FILE", "its private key, PKCS #8, in the same order", false, true},
    };
}

std::unique_ptr<KeyHolder> open_keys(const Args& args) {
    if (args.has("ukey")) {
        if (args.has("sign-cert") || args.has("encrypt-key"))
            throw Error(ErrorCode::usage, "give either --ukey or key files");
        return std::make_unique<UkeyHolder>(args);
    }
    if (args.has("sign-key") != args.has("sign-cert"))
        throw Error(ErrorCode::usage, "--sign-cert and --sign-key go together");
    return std::make_unique<FileHolder>(args);
}

std::vector<crypto::Certificate> certificates_of(const Args& args, const std::string& option) {
    std::vector<crypto::Certificate> all;
    for (const std::string& path : args.all(option))
        for (crypto::Certificate& certificate :
             crypto::Certificate::parse_file(read_file(path, max_certificate_file)))
            all.push_back(std::move(certificate));
    return all;
}

std::vector<crypto::RevocationList> crls_of(const Args& args) {
    std::vector<crypto::RevocationList> all;
    for (const std::string& path : args.all("crl"))
        all.push_back(crypto::RevocationList::parse(read_file(path, max_crl_file)));
    return all;
}

}  // namespace bidseal::cli
