#include "bridge/ukey/skf/binding.h"

#include <algorithm>

#include "bridge/ukey/room.h"
#include "bridge/ukey/skf/abi.h"
#include "bridge/ukey/skf/answers.h"
#include "bridge/ukey/skf/layout.h"

namespace bidseal::skf {
namespace {

using ukey::Number;
using ukey::PrivateDecrypt;
using ukey::RawCipher;
using ukey::Room;

constexpr uint64_t max_answer = 1u << 20;
constexpr size_t max_plain = 4096;
constexpr size_t kek_size = 16;

// The functions take char*, but only read names.
LPSTR name_argument(const std::string& name) {
    return const_cast<LPSTR>(name.c_str());
}

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

// The text of a fixed field, NUL-terminated or full, without the spaces at its end.
std::string field_text(const uint8_t* field, size_t size) {
    const char* text = reinterpret_cast<const char*>(field);
    std::string result(text, strnlen(text, size));
    while (!result.empty() && result.back() == ' ')
        result.pop_back();
    return result;
}

std::vector<std::string> split_names(ByteView list) {
    std::vector<std::string> names;
    std::string name;
    for (const uint8_t c : list) {
        if (c != 0) {
            name += static_cast<char>(c);
            continue;
        }
        if (name.empty())
            break;
        names.push_back(std::move(name));
        name.clear();
    }
    return names;
}

// Answers that do not depend on the ciphertext may be told apart; everything else is one error, so
// that nobody learns from the kind of failure what was inside.
void check_decrypt(ULONG answer, const char* what) {
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

// Calls a function that costs a try; its error carries the tries that are left.
template <class Ulong, class Try>
void spend_try(const char* what, Try&& attempt) {
    Number<Ulong> left;
    const auto answer = static_cast<ULONG>(attempt(left.pointer()));
    const Ulong tries = left.get(what);
    try {
        check(answer, what);
    } catch (Error& error) {
        // Only this answer spends a try; with the others some libraries leave the count unset.
        if (answer == SAR_PIN_INCORRECT)
            error.retries(static_cast<uint32_t>(tries));
        if (error.code() == ErrorCode::pin_locked)
            error.retries(0);
        throw;
    }
}

template <class A>
class BindingOf : public Binding {
public:
    BindingOf(const os::DynamicLibrary& library, const ukey::Profile& profile)
        : m_library(library), m_profile(profile), f(library) {
        require(f.complete(), ErrorCode::token_driver, "the library lacks functions of GM/T 0016");
    }

    std::vector<std::string> devices() override {
        return names("SKF_EnumDev",
                     [&](LPSTR list, U* size) { return f.SKF_EnumDev(1, list, size); });
    }

    HANDLE connect(const std::string& device) override {
        HANDLE handle = nullptr;
        done(f.SKF_ConnectDev(name_argument(device), &handle), "SKF_ConnectDev");
        return handle;
    }
    void disconnect(HANDLE device) override { f.SKF_DisConnectDev(device); }

    DeviceAbout about(HANDLE device) override {
        Room room(L::device_info_room);
        done(f.SKF_GetDevInfo(device, reinterpret_cast<DEVINFO*>(room.data())), "SKF_GetDevInfo");
        const ByteView info = room.all("SKF_GetDevInfo");
        DeviceAbout about;
        about.manufacturer = field_text(&info[offsetof(DEVINFO, Manufacturer)], 64);
        about.label = field_text(&info[offsetof(DEVINFO, Label)], 32);
        about.serial = field_text(&info[offsetof(DEVINFO, SerialNumber)], 32);
        about.symmetric =
            static_cast<uint32_t>(L::get_number(&info[L::symmetric_at(m_profile.packing)]));
        return about;
    }

    Bytes random(HANDLE device, uint32_t count) override {
        Room room(count);
        done(f.SKF_GenRandom(device, room.data(), count), "SKF_GenRandom");
        return to_bytes(room.all("SKF_GenRandom"));
    }

    std::vector<std::string> applications(HANDLE device) override {
        return names("SKF_EnumApplication", [&](LPSTR list, U* size) {
            return f.SKF_EnumApplication(device, list, size);
        });
    }
    HANDLE open_application(HANDLE device, const std::string& name) override {
        HANDLE handle = nullptr;
        done(f.SKF_OpenApplication(device, name_argument(name), &handle), "SKF_OpenApplication");
        return handle;
    }
    void close_application(HANDLE application) override { f.SKF_CloseApplication(application); }

    ukey::PinState pin_state(HANDLE application) override {
        Number<U> max, left;
        // Some libraries have BOOL as `long`: eight zero bytes hold either.
        Number<uint64_t> is_default;
        done(f.SKF_GetPINInfo(application, USER_TYPE, max.pointer(), left.pointer(),
                              reinterpret_cast<BOOL*>(is_default.pointer())),
             "SKF_GetPINInfo");
        ukey::PinState state;
        state.max = static_cast<uint32_t>(max.get("SKF_GetPINInfo"));
        state.left = static_cast<uint32_t>(left.get("SKF_GetPINInfo"));
        state.is_default = is_default.get("SKF_GetPINInfo") != 0;
        constexpr uint32_t most_tries = 255;
        require(state.max <= most_tries && state.left <= state.max, ErrorCode::token_failed,
                "SKF_GetPINInfo told numbers that cannot be");
        return state;
    }

    void verify_pin(HANDLE application, const SecretBytes& pin) override {
        SecretBytes text = pin_argument(pin);
        spend_try<U>("SKF_VerifyPIN", [&](U* left) {
            return f.SKF_VerifyPIN(application, USER_TYPE, text_of(text), left);
        });
    }

    void change_pin(HANDLE application, const SecretBytes& old_pin,
                    const SecretBytes& new_pin) override {
        offered(f.SKF_ChangePIN);
        SecretBytes before = pin_argument(old_pin), after = pin_argument(new_pin);
        spend_try<U>("SKF_ChangePIN", [&](U* left) {
            return f.SKF_ChangePIN(application, USER_TYPE, text_of(before), text_of(after), left);
        });
    }

    void unblock(HANDLE application, const SecretBytes& admin_pin,
                 const SecretBytes& new_pin) override {
        offered(f.SKF_UnblockPIN);
        SecretBytes admin = pin_argument(admin_pin), after = pin_argument(new_pin);
        spend_try<U>("SKF_UnblockPIN", [&](U* left) {
            return f.SKF_UnblockPIN(application, text_of(admin), text_of(after), left);
        });
    }

    void clear_login(HANDLE application) override {
        if (f.SKF_ClearSecureState)
            f.SKF_ClearSecureState(application);
    }

    std::vector<ukey::RawFile> files(HANDLE application) override {
        std::vector<ukey::RawFile> files;
        if (!f.SKF_EnumFiles || !f.SKF_GetFileInfo || !f.SKF_ReadFile)
            return files;
        const auto listed = names("SKF_EnumFiles", [&](LPSTR list, U* size) {
            return f.SKF_EnumFiles(application, list, size);
        });
        for (const std::string& name : listed)
            files.push_back({name, file_size(application, name)});
        return files;
    }

    Bytes read_file(HANDLE application, const std::string& name) override {
        offered(f.SKF_ReadFile);
        offered(f.SKF_GetFileInfo);
        const uint32_t size = file_size(application, name);
        require(size <= max_answer, ErrorCode::limit_exceeded,
                "the file on the token is too large");
        constexpr uint32_t step = 1024;
        Bytes content;
        while (content.size() < size) {
            const auto at = static_cast<uint32_t>(content.size());
            const uint32_t wanted = std::min(step, size - at);
            Room room(wanted);
            Number<U> got(wanted);
            done(f.SKF_ReadFile(application, name_argument(name), at, wanted, room.data(),
                                got.pointer()),
                 "SKF_ReadFile");
            const ByteView part = room.take(got.get("SKF_ReadFile"), "SKF_ReadFile");
            if (part.empty())
                break;
            append(content, part);
        }
        return content;
    }

    std::vector<std::string> containers(HANDLE application) override {
        return names("SKF_EnumContainer", [&](LPSTR list, U* size) {
            return f.SKF_EnumContainer(application, list, size);
        });
    }
    HANDLE open_container(HANDLE application, const std::string& name) override {
        HANDLE handle = nullptr;
        done(f.SKF_OpenContainer(application, name_argument(name), &handle), "SKF_OpenContainer");
        return handle;
    }
    void close_container(HANDLE container) override { f.SKF_CloseContainer(container); }
    void create_container(HANDLE application, const std::string& name) override {
        offered(f.SKF_CreateContainer);
        HANDLE handle = nullptr;
        done(f.SKF_CreateContainer(application, name_argument(name), &handle),
             "SKF_CreateContainer");
        f.SKF_CloseContainer(handle);
    }
    void delete_container(HANDLE application, const std::string& name) override {
        offered(f.SKF_DeleteContainer);
        done(f.SKF_DeleteContainer(application, name_argument(name)), "SKF_DeleteContainer");
    }

    Bytes certificate(HANDLE container, bool signing) override {
        const BOOL flag = signing ? 1 : 0;
        Number<U> length;
        const auto answer =
            static_cast<ULONG>(f.SKF_ExportCertificate(container, flag, nullptr, length.pointer()));
        // Libraries differ in how they say "there is none"; only a missing device is another
        // matter.
        if (answer == SAR_DEVICE_REMOVED)
            check(answer, "SKF_ExportCertificate");
        if (answer != SAR_OK || length.get("SKF_ExportCertificate") == 0)
            return {};
        return read_bytes("SKF_ExportCertificate", [&](BYTE* out, U* size) {
            return f.SKF_ExportCertificate(container, flag, out, size);
        });
    }
    void import_certificate(HANDLE container, bool signing, ByteView der) override {
        offered(f.SKF_ImportCertificate);
        Bytes copy = to_bytes(der);
        done(f.SKF_ImportCertificate(container, signing ? 1 : 0, copy.data(),
                                     static_cast<U>(copy.size())),
             "SKF_ImportCertificate");
    }

    Bytes public_key(HANDLE container, bool signing) override {
        offered(f.SKF_ExportPublicKey);
        Room room(L::public_key_size);
        Number<U> length(static_cast<U>(room.size()));
        done(f.SKF_ExportPublicKey(container, signing ? 1 : 0, room.data(), length.pointer()),
             "SKF_ExportPublicKey");
        const ByteView blob = room.take(length.get("SKF_ExportPublicKey"), "SKF_ExportPublicKey");
        require(blob.size() == L::public_key_size, ErrorCode::token_failed,
                "SKF_ExportPublicKey gave a key of another size");
        return L::point(blob.data());
    }

    Bytes generate_key(HANDLE container) override {
        offered(f.SKF_GenECCKeyPair);
        Room room(L::public_key_size);
        auto* const blob = reinterpret_cast<ECCPUBLICKEYBLOB*>(room.data());
        // Two numberings of "SM2 signature" are in use: GM/T 0016's and GM/T 0006's.
        auto answer = static_cast<ULONG>(f.SKF_GenECCKeyPair(container, SGD_SM2_1, blob));
        if (answer != SAR_OK && answer != SAR_DEVICE_REMOVED && answer != SAR_USER_NOT_LOGGED_IN)
            answer = static_cast<ULONG>(f.SKF_GenECCKeyPair(container, SGD_SM2_2, blob));
        check(answer, "SKF_GenECCKeyPair");
        return L::point(room.all("SKF_GenECCKeyPair").data());
    }

    void import_key(HANDLE container, const ukey::RawEnvelopedKey& key) override {
        offered(f.SKF_ImportECCKeyPair);
        Bytes blob = L::enveloped_key(key);
        done(f.SKF_ImportECCKeyPair(container, reinterpret_cast<ENVELOPEDKEYBLOB*>(blob.data())),
             "SKF_ImportECCKeyPair");
    }

    Bytes sign(HANDLE container, ByteView e) override {
        Bytes digest = to_bytes(e);
        Room room(L::signature_size);
        done(f.SKF_ECCSignData(container, digest.data(), static_cast<U>(digest.size()),
                               reinterpret_cast<ECCSIGNATUREBLOB*>(room.data())),
             "SKF_ECCSignData");
        const ByteView blob = room.all("SKF_ECCSignData");
        Bytes signature = to_bytes(blob.subspan(L::number_pad, 32));
        append(signature, blob.subspan(max_coordinate + L::number_pad, 32));
        return signature;
    }

    SecretBytes unwrap(HANDLE container, const RawCipher& key, ByteView wrapped) override {
        if (!m_profile.session_key)
            throw Error(ErrorCode::token_unsupported, "the profile has no session keys");
        offered(f.SKF_ImportSessionKey);
        offered(f.SKF_DecryptInit);
        offered(f.SKF_Decrypt);
        offered(f.SKF_CloseHandle);
        require(key.cipher.size() == kek_size, ErrorCode::decrypt_failed);
        Bytes blob = L::cipher_blob(key);
        HANDLE handle = nullptr;
        check_decrypt(static_cast<ULONG>(f.SKF_ImportSessionKey(
                          container, SGD_SM4_ECB, blob.data(),
                          static_cast<U>(L::cipher_blob_length(key)), &handle)),
                      "SKF_ImportSessionKey");
        const Closing closing{f, handle};
        check_decrypt(static_cast<ULONG>(f.SKF_DecryptInit(handle, {})), "SKF_DecryptInit");
        Bytes input = to_bytes(wrapped);
        constexpr size_t spare = 32;  // some libraries use room for a block of padding
        Room room(wrapped.size() + spare);
        Number<U> length(static_cast<U>(room.size()));
        check_decrypt(
            static_cast<ULONG>(f.SKF_Decrypt(handle, input.data(), static_cast<U>(input.size()),
                                             room.data(), length.pointer())),
            "SKF_Decrypt");
        const ByteView plain = room.take(length.get("SKF_Decrypt"), "SKF_Decrypt");
        require(plain.size() == wrapped.size(), ErrorCode::decrypt_failed);
        return SecretBytes::copy_of(plain);
    }

    SecretBytes decrypt(HANDLE container, const RawCipher& cipher) override {
        const char* const name = function_name(m_profile.decrypt.function);
        if (m_profile.decrypt.function == PrivateDecrypt::Function::none)
            throw Error(ErrorCode::token_unsupported, "the profile has no private decryption");
        if (!m_library.has(name))
            throw Error(ErrorCode::token_unsupported, "the library lacks the profile's function")
                .subject(name);
        Bytes input = decrypt_input(cipher);
        constexpr size_t spare = 64;
        Room room(cipher.cipher.size() + spare);
        Number<U> length(static_cast<U>(room.size()));
        const auto answer = call_decrypt(name, container, input, room.data(), length.pointer());
        check_decrypt(answer, name);
        const ByteView plain = room.take(length.get(name), name);
        require(plain.size() == cipher.cipher.size(), ErrorCode::decrypt_failed);
        return SecretBytes::copy_of(plain);
    }

    bool wait_event(std::string& device, bool& plugged_in) override {
        constexpr size_t name_room = 512;
        Room name(name_room);
        Number<U> length(name_room), event;
        const auto answer = static_cast<ULONG>(f.SKF_WaitForDevEvent(
            reinterpret_cast<LPSTR>(name.data()), length.pointer(), event.pointer()));
        if (answer != SAR_OK)
            return false;
        const ByteView text = name.all("SKF_WaitForDevEvent");
        device = field_text(text.data(), text.size());
        plugged_in = event.get("SKF_WaitForDevEvent") == DEV_EVENT_IN;
        return true;
    }
    bool can_wait() const override {
        return f.SKF_WaitForDevEvent != nullptr && f.SKF_CancelWaitForDevEvent != nullptr;
    }
    void cancel_wait() override { f.SKF_CancelWaitForDevEvent(); }

private:
    using U = typename A::ULONG;
    using L = Layout<U>;

    struct Closing {
        const A& f;
        HANDLE handle;
        ~Closing() { f.SKF_CloseHandle(handle); }
    };

    // Answers fit in 32 bits whatever the width; a narrow library leaves rubbish above them.
    static void done(U answer, const char* what) { check(static_cast<ULONG>(answer), what); }

    template <class Function>
    static void offered(Function function) {
        if (function == nullptr)
            throw Error(ErrorCode::token_unsupported, "the library lacks this function");
    }

    // Calls a function that gives bytes: twice, the first time for the size.
    template <class Read>
    static Bytes read_bytes(const char* what, Read&& read) {
        Number<U> length;
        done(read(static_cast<BYTE*>(nullptr), length.pointer()), what);
        const uint64_t size = length.get(what);
        if (size > max_answer)
            throw Error(ErrorCode::token_failed, std::string(what) + " told of too many bytes");
        Room room(static_cast<size_t>(size));
        done(read(room.data(), length.pointer()), what);
        return to_bytes(room.take(length.get(what), what));
    }

    template <class Read>
    static std::vector<std::string> names(const char* what, Read&& read) {
        return split_names(read_bytes(
            what, [&](BYTE* out, U* size) { return read(reinterpret_cast<LPSTR>(out), size); }));
    }

    uint32_t file_size(HANDLE application, const std::string& name) {
        Room room(L::file_attribute_room);
        done(f.SKF_GetFileInfo(application, name_argument(name),
                               reinterpret_cast<FILEATTRIBUTE*>(room.data())),
             "SKF_GetFileInfo");
        const ByteView info = room.all("SKF_GetFileInfo");
        return static_cast<uint32_t>(L::get_number(&info[L::file_size_at]));
    }

    // What goes in where the function takes an ECCCIPHERBLOB or bytes.
    Bytes decrypt_input(const RawCipher& cipher) const {
        const PrivateDecrypt& how = m_profile.decrypt;
        if (how.form != PrivateDecrypt::Form::bytes)
            return L::cipher_blob(cipher);
        Bytes bytes;
        switch (how.content) {
            case PrivateDecrypt::Content::blob:
                bytes = L::cipher_blob(cipher);
                bytes.resize(L::cipher_blob_length(cipher));
                return bytes;
            case PrivateDecrypt::Content::point_c1c3c2:
                bytes.push_back(4);
                break;
            case PrivateDecrypt::Content::c1c3c2:
            case PrivateDecrypt::Content::c1c2c3:
                break;
        }
        append(bytes, cipher.x);
        append(bytes, cipher.y);
        const bool hash_last = how.content == PrivateDecrypt::Content::c1c2c3;
        if (!hash_last)
            append(bytes, cipher.hash);
        append(bytes, cipher.cipher);
        if (hash_last)
            append(bytes, cipher.hash);
        return bytes;
    }

    ULONG call_decrypt(const char* name, HANDLE container, Bytes& input, BYTE* out,
                       U* length) const {
        switch (m_profile.decrypt.form) {
            case PrivateDecrypt::Form::blob:
                return static_cast<ULONG>(m_library.function<typename A::DecryptBlob>(name)(
                    container, input.data(), out, length));
            case PrivateDecrypt::Form::selector_blob:
                return static_cast<ULONG>(m_library.function<typename A::DecryptSelectorBlob>(name)(
                    container, m_profile.decrypt.selector, input.data(), out, length));
            case PrivateDecrypt::Form::bytes:
                return static_cast<ULONG>(m_library.function<typename A::DecryptBytes>(name)(
                    container, input.data(), static_cast<U>(input.size()), out, length));
        }
        throw Error(ErrorCode::internal);
    }

    const os::DynamicLibrary& m_library;
    ukey::Profile m_profile;
    A f;
};

}  // namespace

std::unique_ptr<Binding> bind(const os::DynamicLibrary& library, const ukey::Profile& profile) {
    using ukey::CallConvention;
    const bool wide = profile.ulong_size == ukey::UlongSize::eight;
    if (profile.call == CallConvention::stdcall_) {
#if BIDSEAL_HAS_STDCALL
        if (!wide)
            return std::make_unique<BindingOf<Abi<uint32_t, CallConvention::stdcall_>>>(library,
                                                                                        profile);
#endif
        throw Error(ErrorCode::token_unsupported, "this machine has no such calling convention");
    }
    if (!wide)
        return std::make_unique<BindingOf<Abi<uint32_t, CallConvention::cdecl_>>>(library, profile);
    if constexpr (sizeof(void*) == 8) {
        return std::make_unique<BindingOf<Abi<uint64_t, CallConvention::cdecl_>>>(library, profile);
    }
    throw Error(ErrorCode::token_unsupported, "this machine has no ULONG of eight bytes");
}

}  // namespace bidseal::skf
