#include "bridge/ukey/pkcs11/raw_driver.h"

#include <algorithm>
#include <map>
#include <mutex>
#include <set>

#include "bridge/ukey/event_queue.h"
#include "bridge/ukey/pkcs11/module.h"
#include "bridge/ukey/room.h"

namespace bidseal::pkcs11 {
namespace {

using ukey::PinState;
using ukey::RawPlace;

constexpr size_t max_sessions = 64;
constexpr size_t max_certificate = 64 * 1024;
// PKCS #11's own waiting for slots is not there in many libraries and cannot be cancelled.
constexpr std::chrono::milliseconds poll_interval{200};

CK_ATTRIBUTE attribute_of(CK_ATTRIBUTE_TYPE type, const void* value, size_t size) {
    return {type, const_cast<void*>(value), static_cast<CK_ULONG>(size)};
}

PinState pin_state_of(const CK_TOKEN_INFO& info) {
    PinState pin;
    if (info.flags & CKF_USER_PIN_LOCKED)
        pin.flag = PinState::Flag::locked;
    else if (info.flags & CKF_USER_PIN_FINAL_TRY)
        pin.flag = PinState::Flag::last;
    else if (info.flags & CKF_USER_PIN_COUNT_LOW)
        pin.flag = PinState::Flag::low;
    pin.is_default = (info.flags & CKF_USER_PIN_TO_BE_CHANGED) != 0;
    return pin;
}

struct Session {
    Session(const Module& module, CK_SLOT_ID on, const RawPlace& place)
        : slot(on), session(module, on), id(from_hex(place.container)) {}
    CK_SLOT_ID slot;
    OpenSession session;
    Bytes id;  // CKA_ID
};

class Driver : public ukey::PartialDriver {
public:
    explicit Driver(const std::string& path) : m_module(path), m_queue(devices()) {}
    ~Driver() override { m_sessions.clear(); }

    ukey::RawList list() override {
        const std::lock_guard<std::mutex> lock(m_mutex);
        ukey::RawList all;
        for (const CK_SLOT_ID slot : m_module.slots()) {
            try {
                list_slot(slot, all.tokens);
            } catch (const Error& error) {
                if (error.code() == ErrorCode::token_driver_crashed)
                    throw;
                all.skipped.push_back({std::to_string(slot), error.code()});
            }
        }
        return all;
    }

    ukey::RawSession open(const RawPlace& place, const std::string& serial) override {
        const std::lock_guard<std::mutex> lock(m_mutex);
        require(m_sessions.size() < max_sessions, ErrorCode::limit_exceeded, "too many sessions");
        const CK_SLOT_ID slot = slot_named(place.device);
        ukey::RawSession opened;
        opened.token = token_of(slot);
        require(opened.token.serial == serial, ErrorCode::token_removed,
                "another token is in this slot now");
        auto session = std::make_unique<Session>(m_module, slot, place);
        read_certificate(*session, opened.token);
        opened.token.place = place;
        opened.id = ++m_last_session;
        m_sessions[opened.id] = std::move(session);
        return opened;
    }

    void close(uint32_t session) override {
        const std::lock_guard<std::mutex> lock(m_mutex);
        m_sessions.erase(session);
    }

    PinState pin_state(uint32_t session) override {
        const std::lock_guard<std::mutex> lock(m_mutex);
        return pin_state_of(token_info(find(session).slot));
    }

    void login(uint32_t session, const SecretBytes& pin) override {
        const std::lock_guard<std::mutex> lock(m_mutex);
        const Session& on = find(session);
        CK_RV answer = log_in(on, CKU_USER, pin);
        // Somebody's login is still open: it says nothing about this PIN, so it ends.
        if (answer == CKR_USER_ALREADY_LOGGED_IN || answer == CKR_USER_ANOTHER_ALREADY_LOGGED_IN) {
            check(m_module.call().C_Logout(on.session.get()), "C_Logout");
            answer = log_in(on, CKU_USER, pin);
        }
        check_login(answer, "C_Login");
    }
    void logout(uint32_t session) override {
        const std::lock_guard<std::mutex> lock(m_mutex);
        m_module.call().C_Logout(find(session).session.get());
    }
    void change_pin(uint32_t session, const SecretBytes& old_pin,
                    const SecretBytes& new_pin) override {
        const std::lock_guard<std::mutex> lock(m_mutex);
        SecretBytes before = old_pin.clone(), after = new_pin.clone();
        const CK_RV answer =
            m_module.call().C_SetPIN(find(session).session.get(), before.span().data(),
                                     before.size(), after.span().data(), after.size());
        check_new_pin(answer, "C_SetPIN");
    }
    void unblock(uint32_t session, const SecretBytes& admin_pin,
                 const SecretBytes& new_pin) override {
        const std::lock_guard<std::mutex> lock(m_mutex);
        const Session& on = find(session);
        m_module.call().C_Logout(on.session.get());
        check_login(log_in(on, CKU_SO, admin_pin), "C_Login");
        SecretBytes after = new_pin.clone();
        const CK_RV answer =
            m_module.call().C_InitPIN(on.session.get(), after.span().data(), after.size());
        m_module.call().C_Logout(on.session.get());
        check_new_pin(answer, "C_InitPIN");
    }

    Bytes sign(uint32_t session, ukey::RawSignature kind, ByteView digest) override {
        const std::lock_guard<std::mutex> lock(m_mutex);
        const Session& on = find(session);
        CK_MECHANISM mechanism{};
        switch (kind) {
            case ukey::RawSignature::p256:
                mechanism.mechanism = CKM_ECDSA;
                break;
            case ukey::RawSignature::rsa_pkcs1:
                mechanism.mechanism = CKM_RSA_PKCS;
                break;
            case ukey::RawSignature::sm2:
                throw Error(ErrorCode::token_unsupported,
                            "PKCS #11 has no mechanism for SM2 that libraries agree on");
        }
        const CK_OBJECT_HANDLE key = private_key(on);
        check(m_module.call().C_SignInit(on.session.get(), &mechanism, key), "C_SignInit");
        Bytes input = to_bytes(digest);
        constexpr size_t most = 1024;
        ukey::Room room(most);
        ukey::Number<CK_ULONG> length(most);
        check(m_module.call().C_Sign(on.session.get(), input.data(), input.size(), room.data(),
                                     length.pointer()),
              "C_Sign");
        return to_bytes(room.take(length.get("C_Sign"), "C_Sign"));
    }

    SecretBytes decrypt_rsa(uint32_t session, ByteView cipher) override {
        const std::lock_guard<std::mutex> lock(m_mutex);
        const Session& on = find(session);
        const CK_OBJECT_HANDLE key = private_key(on);
        CK_RSA_PKCS_OAEP_PARAMS oaep{};
        oaep.hashAlg = CKM_SHA_1;
        oaep.mgf = CKG_MGF1_SHA1;
        oaep.source = CKZ_DATA_SPECIFIED;
        CK_MECHANISM mechanism{CKM_RSA_PKCS_OAEP, &oaep, sizeof oaep};
        check(m_module.call().C_DecryptInit(on.session.get(), &mechanism, key), "C_DecryptInit");
        Bytes input = to_bytes(cipher);
        ukey::Room room(cipher.size());
        ukey::Number<CK_ULONG> length(static_cast<CK_ULONG>(room.size()));
        const CK_RV answer = m_module.call().C_Decrypt(on.session.get(), input.data(), input.size(),
                                                       room.data(), length.pointer());
        check_decrypt(answer);
        return SecretBytes::copy_of(room.take(length.get("C_Decrypt"), "C_Decrypt"));
    }

    Bytes random(uint32_t session, uint32_t count) override {
        const std::lock_guard<std::mutex> lock(m_mutex);
        ukey::Room room(count);
        check(m_module.call().C_GenerateRandom(find(session).session.get(), room.data(), count),
              "C_GenerateRandom");
        return to_bytes(room.all("C_GenerateRandom"));
    }

    Bytes public_key(uint32_t, bool) override {
        throw Error(ErrorCode::token_unsupported, "no SM2 keys through PKCS #11");
    }

    void import_certificate(uint32_t session, bool, ByteView der, ByteView subject) override {
        const std::lock_guard<std::mutex> lock(m_mutex);
        const Session& on = find(session);
        private_key(on);  // a certificate without its key is of no use
        const CK_OBJECT_CLASS object_class = CKO_CERTIFICATE;
        const CK_CERTIFICATE_TYPE type = CKC_X_509;
        const CK_BBOOL yes = CK_TRUE;
        const auto replaced = certificates(on.session.get(), on.id);
        std::vector<CK_ATTRIBUTE> attributes{
            attribute_of(CKA_CLASS, &object_class, sizeof object_class),
            attribute_of(CKA_CERTIFICATE_TYPE, &type, sizeof type),
            attribute_of(CKA_TOKEN, &yes, sizeof yes),
            attribute_of(CKA_ID, on.id.data(), on.id.size()),
            attribute_of(CKA_SUBJECT, subject.data(), subject.size()),
            attribute_of(CKA_VALUE, der.data(), der.size())};
        CK_OBJECT_HANDLE made = 0;
        check(m_module.call().C_CreateObject(on.session.get(), attributes.data(), attributes.size(),
                                             &made),
              "C_CreateObject");
        for (const CK_OBJECT_HANDLE old : replaced)
            check(m_module.call().C_DestroyObject(on.session.get(), old), "C_DestroyObject");
    }

    std::optional<ukey::RawEvent> wait_event(std::chrono::milliseconds timeout) override {
        const auto deadline = std::chrono::steady_clock::now() + timeout;
        for (;;) {
            m_queue.see(devices());
            const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
                deadline - std::chrono::steady_clock::now());
            const auto pause =
                std::max(std::chrono::milliseconds(0), std::min(left, poll_interval));
            if (auto event = m_queue.take(pause))
                return event;
            if (m_queue.take_cancelled() || left <= pause)
                return std::nullopt;
        }
    }
    void cancel_wait() override { m_queue.cancel(); }

private:
    std::vector<std::string> devices() {
        const std::lock_guard<std::mutex> lock(m_mutex);
        std::vector<std::string> names;
        for (const CK_SLOT_ID slot : m_module.slots())
            names.push_back(std::to_string(slot));
        return names;
    }

    CK_SLOT_ID slot_named(const std::string& device) const {
        for (const CK_SLOT_ID slot : m_module.slots()) {
            if (std::to_string(slot) == device)
                return slot;
        }
        throw Error(ErrorCode::token_absent, "no token is in this slot");
    }

    Session& find(uint32_t session) {
        const auto found = m_sessions.find(session);
        require(found != m_sessions.end(), ErrorCode::token_removed, "the session was closed");
        return *found->second;
    }

    CK_TOKEN_INFO token_info(CK_SLOT_ID slot) const {
        ukey::Room room(sizeof(CK_TOKEN_INFO));
        check(m_module.call().C_GetTokenInfo(slot, reinterpret_cast<CK_TOKEN_INFO*>(room.data())),
              "C_GetTokenInfo");
        CK_TOKEN_INFO info;
        std::memcpy(&info, room.all("C_GetTokenInfo").data(), sizeof info);
        return info;
    }

    ukey::RawToken token_of(CK_SLOT_ID slot) const {
        const CK_TOKEN_INFO info = token_info(slot);
        ukey::RawToken token;
        token.place.device = std::to_string(slot);
        token.place.application = field_text(info.model, sizeof info.model);
        token.serial = field_text(info.serialNumber, sizeof info.serialNumber);
        token.label = field_text(info.label, sizeof info.label);
        token.manufacturer = field_text(info.manufacturerID, sizeof info.manufacturerID);
        token.pin = pin_state_of(info);
        return token;
    }

    std::vector<CK_OBJECT_HANDLE> objects(CK_SESSION_HANDLE session, CK_OBJECT_CLASS object_class,
                                          const Bytes& id) const {
        std::vector<CK_ATTRIBUTE> attributes{
            attribute_of(CKA_CLASS, &object_class, sizeof object_class)};
        if (!id.empty())
            attributes.push_back(attribute_of(CKA_ID, id.data(), id.size()));
        return m_module.find(session, attributes);
    }
    std::vector<CK_OBJECT_HANDLE> certificates(CK_SESSION_HANDLE session, const Bytes& id) const {
        return objects(session, CKO_CERTIFICATE, id);
    }

    // The worker reads no X.509: the same certificate goes to both places, and the bridge keeps it
    // where its key usage fits.
    void read_certificate(const Session& on, ukey::RawToken& token) const {
        for (const CK_OBJECT_HANDLE object : certificates(on.session.get(), on.id)) {
            const Bytes der = m_module.attribute(on.session.get(), object, CKA_VALUE);
            if (der.empty() || der.size() > max_certificate)
                continue;
            token.signing_certificate = token.encryption_certificate = der;
            return;
        }
    }

    void list_slot(CK_SLOT_ID slot, std::vector<ukey::RawToken>& tokens) const {
        const CK_TOKEN_INFO info = token_info(slot);
        if ((info.flags & CKF_TOKEN_INITIALIZED) == 0)
            return;
        const OpenSession session(m_module, slot);
        std::set<Bytes> ids;
        for (const CK_OBJECT_CLASS object_class : {CKO_CERTIFICATE, CKO_PUBLIC_KEY}) {
            for (const CK_OBJECT_HANDLE object : objects(session.get(), object_class, {}))
                ids.insert(m_module.attribute(session.get(), object, CKA_ID));
        }
        ids.erase(Bytes{});
        for (const Bytes& id : ids) {
            ukey::RawToken token = token_of(slot);
            token.place.container = to_hex(id);
            const Session on(m_module, slot, token.place);
            read_certificate(on, token);
            tokens.push_back(std::move(token));
        }
    }

    // Throws Error(key_not_found), pin_required when nobody has logged in: private keys are not
    // seen then.
    CK_OBJECT_HANDLE private_key(const Session& on) const {
        const auto found = objects(on.session.get(), CKO_PRIVATE_KEY, on.id);
        if (!found.empty())
            return found.front();
        CK_SESSION_INFO info{};
        check(m_module.call().C_GetSessionInfo(on.session.get(), &info), "C_GetSessionInfo");
        const bool logged_in =
            info.state == CKS_RO_USER_FUNCTIONS || info.state == CKS_RW_USER_FUNCTIONS;
        throw Error(logged_in ? ErrorCode::key_not_found : ErrorCode::pin_required,
                    "no private key with this CKA_ID");
    }

    CK_RV log_in(const Session& on, CK_USER_TYPE user, const SecretBytes& pin) const {
        SecretBytes copy = pin.clone();
        return m_module.call().C_Login(on.session.get(), user, copy.span().data(), copy.size());
    }

    // No count of tries here: PKCS #11 tells none.
    static void check_login(CK_RV answer, const char* what) {
        try {
            check(answer, what);
        } catch (Error& error) {
            if (error.code() == ErrorCode::pin_locked)
                error.retries(0);
            throw;
        }
    }

    static void check_new_pin(CK_RV answer, const char* what) {
        if (answer == CKR_PIN_INVALID || answer == CKR_PIN_LEN_RANGE)
            throw Error(ErrorCode::pin_unfit);
        check_login(answer, what);
    }

    // Padding that does not fit is told in several ways; nobody shall learn which.
    static void check_decrypt(CK_RV answer) {
        if (answer == CKR_OK)
            return;
        switch (error_of(answer)) {
            case ErrorCode::token_removed:
            case ErrorCode::pin_required:
            case ErrorCode::token_unsupported:
                check(answer, "C_Decrypt");
                return;
            default:
                throw Error(ErrorCode::decrypt_failed);
        }
    }

    Module m_module;
    std::mutex m_mutex;
    ukey::EventQueue m_queue;
    std::map<uint32_t, std::unique_ptr<Session>> m_sessions;
    uint32_t m_last_session = 0;
};

}  // namespace

std::unique_ptr<ukey::RawDriver> load_raw(const std::string& path) {
    return std::make_unique<Driver>(path);
}

}  // namespace bidseal::pkcs11
