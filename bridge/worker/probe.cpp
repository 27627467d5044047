#include "bridge/worker/probe.h"

#include <algorithm>
#include <fstream>

#include "bidseal/base/text.h"
#include "bidseal/crypto/sm2.h"
#include "bidseal/crypto/sm4.h"

#include "bridge/worker/client.h"

namespace bidseal::worker {
namespace {

using ukey::PrivateDecrypt;
using ukey::Profile;
using Function = PrivateDecrypt::Function;
using Form = PrivateDecrypt::Form;
using Content = PrivateDecrypt::Content;

constexpr char container_name[] = "BIDSEAL-PROBE";
constexpr std::chrono::milliseconds patience{10000};

ukey::Architecture architecture_of(const std::string& library) {
    std::ifstream file(library, std::ios::binary);
    char head[5] = {};
    file.read(head, sizeof head);
    const bool elf = file.good() && std::string_view(head, 4) ==
                                        "\x7f"
                                        "ELF";
    require(elf, ErrorCode::token_driver, "not a library for this system");
    constexpr char class_32 = 1;
    return head[4] == class_32 ? ukey::Architecture::i386 : ukey::Architecture::x86_64;
}

// The answer that is known: an encryption key of ours, and what is wrapped to it. No secret hangs
// on it, so everything may follow from a constant.
class KnownAnswer {
public:
    KnownAnswer() : m_random(key()), m_key(crypto::Sm2PrivateKey::generate(m_random)) {
        const Bytes cipher = m_key.public_key().encrypt(kek.view(), m_random);
        wrap = parts(cipher);
        wrapped = crypto::sm4_ecb_encrypt(kek.view(), share);
    }

    /// Our encryption key on its way to the container with this signing key (x||y).
    ukey::RawEnvelopedKey enveloped(const Bytes& signing_key) {
        ukey::RawEnvelopedKey blob;
        const SecretBytes scalar = crypto::sm4_ecb_encrypt(kek.view(), m_key.scalar().view());
        std::copy(scalar.view().begin(), scalar.view().end(), blob.encrypted_scalar.begin() + 32);
        const Bytes point = m_key.public_key().point();
        std::copy(point.begin() + 1, point.end(), blob.public_key.begin());
        blob.wrap_key =
            parts(crypto::Sm2PublicKey::from_point(signing_key).encrypt(kek.view(), m_random));
        return blob;
    }

    const SecretBytes kek = SecretBytes::copy_of(as_bytes("known answer 16B"));
    const Bytes share = Bytes(32, 0x5a);
    ukey::RawCipher wrap;
    SecretBytes wrapped;

private:
    static SecretBytes key() { return SecretBytes::copy_of(Bytes(32, 0x17)); }
    static ukey::RawCipher parts(ByteView der) {
        crypto::Sm2CipherFields fields = crypto::sm2_cipher_from_der(der);
        return {fields.x, fields.y, fields.hash, std::move(fields.cipher)};
    }

    crypto::DerivedRandom m_random;
    crypto::Sm2PrivateKey m_key;
};

std::vector<PrivateDecrypt> forms_of(Function function) {
    std::vector<PrivateDecrypt> forms{{function, Form::blob, 0, Content::blob}};
    for (const uint8_t selector : {1, 0, 2})
        forms.push_back({function, Form::selector_blob, selector, Content::blob});
    for (const Content content :
         {Content::blob, Content::c1c3c2, Content::point_c1c3c2, Content::c1c2c3})
        forms.push_back({function, Form::bytes, 0, content});
    return forms;
}

class Probe {
public:
    explicit Probe(const ProbeRequest& request) : m_request(request) {
        m_profile.name = request.name;
        m_profile.environment = request.environment;
        m_profile.architecture = architecture_of(request.library);
    }

    Profile run() {
        find_interface();
        find_token();
        if (m_profile.interface_ == ukey::Interface::pkcs11)
            return m_profile;
        m_pin = m_request.pin(m_token.label);
        make_container();
        try {
            find_session_key();
            find_decrypt();
        } catch (...) {
            delete_container();
            throw;
        }
        delete_container();
        require(m_profile.session_key || m_profile.decrypt.function != Function::none,
                ErrorCode::token_unsupported, "no function of the library opens a wrap");
        return m_profile;
    }

private:
    void tell(const std::string& text) const {
        if (m_request.tell)
            m_request.tell(text);
    }

    std::unique_ptr<ukey::RawDriver> start(const Profile& profile) const {
        ClientOptions options;
        options.program =
            m_request.program.empty() ? find_worker(profile.architecture) : m_request.program;
        require(!options.program.empty(), ErrorCode::token_driver,
                "there is no worker program for this architecture");
        options.library = m_request.library;
        options.profile = profile;
        options.call_time = patience;
        return start_client(options);
    }

    // A profile that is wrong may crash or hang the library: that is an answer too.
    template <class Try>
    static bool works(Try&& attempt) {
        try {
            return attempt();
        } catch (const Error&) {
            return false;
        }
    }

    void find_interface() {
        Profile profile = m_profile;
        ErrorCode reason = ErrorCode::token_driver;
        for (const auto size : {ukey::UlongSize::four, ukey::UlongSize::eight}) {
            profile.ulong_size = size;
            try {
                start(profile)->list();
                m_profile = profile;
                tell("SKF, ULONG of " + std::to_string(static_cast<int>(size)) + " bytes");
                return;
            } catch (const Error& error) {
                reason = error.code();
            }
        }
        profile = m_profile;
        profile.interface_ = ukey::Interface::pkcs11;
        if (works([&] {
                start(profile);
                return true;
            })) {
            m_profile = profile;
            tell("PKCS #11");
            return;
        }
        throw Error(reason, "neither SKF nor PKCS #11 in a form that is known");
    }

    void find_token() {
        const ukey::RawList all = start(m_profile)->list();
        for (const ukey::RawToken& token : all.tokens) {
            if (!m_request.device.empty() && token.place.device != m_request.device)
                continue;
            m_token = token;
            for (const std::string* text : {&token.label, &token.manufacturer, &token.serial,
                                            &token.place.application, &token.place.container}) {
                if (!is_valid_utf8(*text))
                    m_profile.charset = ukey::Charset::gbk;
            }
            tell("token found, " + std::to_string(all.tokens.size()) + " container(s) listed");
            return;
        }
        throw Error(ErrorCode::token_absent);
    }

    ukey::RawPlace place(const char* container) const {
        return {m_token.place.device, m_token.place.application, container};
    }

    void make_container() {
        const auto driver = start(m_profile);
        const uint32_t session = driver->open(place(""), m_token.serial).id;
        driver->login(session, m_pin);
        try {
            driver->delete_container(session, container_name);  // left by a probe that was killed
        } catch (const Error&) {
            // There was none.
        }
        driver->create_container(session, container_name);
        try {
            const uint32_t inside = driver->open(place(container_name), m_token.serial).id;
            driver->login(inside, m_pin);
            driver->import_key(inside, m_answer.enveloped(driver->generate_key(inside)));
        } catch (...) {
            delete_container();
            throw;
        }
        tell(std::string("container ") + container_name + " made");
    }

    void delete_container() const {
        const auto driver = start(m_profile);
        const uint32_t session = driver->open(place(""), m_token.serial).id;
        driver->login(session, m_pin);
        driver->delete_container(session, container_name);
    }

    // Runs `attempt` with a session in the container.
    template <class Try>
    bool in_container(const Profile& profile, Try&& attempt) const {
        return works([&] {
            const auto driver = start(profile);
            const uint32_t session = driver->open(place(container_name), m_token.serial).id;
            driver->login(session, m_pin);
            return attempt(*driver, session);
        });
    }

    void find_session_key() {
        for (const auto packing : {ukey::Packing::packed, ukey::Packing::natural}) {
            Profile profile = m_profile;
            profile.packing = packing;
            const bool found = in_container(profile, [&](ukey::RawDriver& driver, uint32_t id) {
                const SecretBytes plain = driver.unwrap(id, m_answer.wrap, m_answer.wrapped.view());
                return equal(plain.view(), m_answer.share);
            });
            if (found) {
                m_profile = profile;
                tell("SKF_ImportSessionKey works");
                return;
            }
        }
        m_profile.session_key = false;
        tell("SKF_ImportSessionKey does not work");
    }

    void find_decrypt() {
        for (const Function function :
             {Function::SKF_ECCDecrypt, Function::SKF_ECCDecryptEx, Function::SKF_PrvKeyDecrypt,
              Function::SKF_ECCPrvKeyDecrypt, Function::SKF_ECCPrvKeyDecryptEx}) {
            for (const PrivateDecrypt& how : forms_of(function)) {
                Profile profile = m_profile;
                profile.decrypt = how;
                bool exported = true;
                const bool found = in_container(profile, [&](ukey::RawDriver& driver, uint32_t id) {
                    try {
                        return driver.decrypt(id, m_answer.wrap).equals(m_answer.kek);
                    } catch (const Error& error) {
                        // A function that is there may answer the same to a form that is not its.
                        exported = error.subject() != function_name(function);
                        throw;
                    }
                });
                if (found) {
                    m_profile = profile;
                    tell(std::string(function_name(function)) + " decrypts");
                    return;
                }
                if (!exported)
                    break;
            }
        }
        tell("no private decryption");
    }

    const ProbeRequest& m_request;
    Profile m_profile;
    ukey::RawToken m_token;
    SecretBytes m_pin;
    KnownAnswer m_answer;
};

}  // namespace

Profile probe(const ProbeRequest& request) {
    return Probe(request).run();
}

}  // namespace bidseal::worker
