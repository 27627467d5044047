// A vendor's library as vendors build them: the software UKey behind another width of ULONG,
// another alignment, or with one of the private decryption functions in use (ADAPTER_* say which).
// On order it misbehaves: the file that BIDSEAL_TEST_FAULTS names holds lines "FUNCTION FAULT".
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include <dlfcn.h>
#include <unistd.h>

#include "bridge/ukey/skf/skf.h"

#ifndef ADAPTER_ULONG
#define ADAPTER_ULONG uint32_t
#endif
#ifndef ADAPTER_PACKING
#define ADAPTER_PACKING 1
#endif

namespace real = bidseal::skf;
using real::BOOL;
using real::BYTE;
using real::CHAR;
using real::HANDLE;
using real::LPSTR;

#if ADAPTER_PACKING == 1  // the compiler takes no macro in the pragma itself
#pragma pack(push, 1)
#else
#pragma pack(push, 8)
#endif

using ULONG = ADAPTER_ULONG;

struct DEVINFO {
    real::VERSION Version;
    CHAR Manufacturer[64];
    CHAR Issuer[64];
    CHAR Label[32];
    CHAR SerialNumber[32];
    real::VERSION HWVersion;
    real::VERSION FirmwareVersion;
    ULONG AlgSymCap, AlgAsymCap, AlgHashCap, DevAuthAlgId, TotalSpace, FreeSpace, MaxECCBufferSize,
        MaxBufferSize;
    BYTE Reserved[64];
};
struct ECCPUBLICKEYBLOB {
    ULONG BitLen;
    BYTE XCoordinate[64];
    BYTE YCoordinate[64];
};
struct ECCCIPHERBLOB {
    BYTE XCoordinate[64];
    BYTE YCoordinate[64];
    BYTE HASH[32];
    ULONG CipherLen;
    BYTE Cipher[1];
};
struct BLOCKCIPHERPARAM {
    BYTE IV[32];
    ULONG IVLen;
    ULONG PaddingType;
    ULONG FeedBitLen;
};
struct ENVELOPEDKEYBLOB {
    ULONG Version;
    ULONG ulSymmAlgID;
    ULONG ulBits;
    BYTE cbEncryptedPriKey[64];
    ECCPUBLICKEYBLOB PubKey;
    ECCCIPHERBLOB ECCCipherBlob;
};
struct FILEATTRIBUTE {
    CHAR FileName[32];
    ULONG FileSize;
    ULONG ReadRights;
    ULONG WriteRights;
};

#pragma pack(pop)

namespace {

using DecryptFunction = real::ULONG (*)(HANDLE, real::ULONG, BYTE*, BYTE*, real::ULONG*);

struct Software {
    Software() {
        void* const library = ::dlopen(BIDSEAL_SOFTUKEY, RTLD_NOW | RTLD_LOCAL);
        if (library == nullptr)
            return;
#define RESOLVE(name, parameters) \
    f.name = reinterpret_cast<real::name##_fn>(::dlsym(library, #name));
        BIDSEAL_SKF_FUNCTIONS(RESOLVE)
#undef RESOLVE
        decrypt = reinterpret_cast<DecryptFunction>(::dlsym(library, "SKF_BidsealDecrypt"));
    }
    real::Functions f;
    DecryptFunction decrypt = nullptr;
};

const Software& software() {
    static const Software instance;
    return instance;
}

const real::Functions& f() {
    return software().f;
}

// The fault ordered for this function, or an empty text.
std::string fault(const char* function) {
    const char* const path = std::getenv("BIDSEAL_TEST_FAULTS");
    if (path == nullptr)
        return {};
    std::ifstream in(path);
    std::string name, kind;
    while (in >> name >> kind) {
        if (name != function)
            continue;
        if (kind == "crash")
            *static_cast<volatile int*>(nullptr) = 1;
        if (kind == "abort")
            std::abort();
        if (kind == "exit")
            ::_exit(0);
        if (kind == "throw")
            throw 42;
        while (kind == "hang")
            std::this_thread::sleep_for(std::chrono::seconds(1));
        if (kind == "unplug") {
            const std::string folder = std::getenv("BIDSEAL_SOFTUKEY_DIR");
            std::rename((folder + "/donghai.ukey").c_str(), (folder + "/drawer").c_str());
        }
        return kind;
    }
    return {};
}

// The faults of functions that fill a buffer of the caller.
template <class Length>
bool spoil(const std::string& kind, void* out, Length* length, ULONG& answer) {
    answer = real::SAR_OK;
    if (kind == "overflow" && out != nullptr) {
        std::memset(out, 'x', static_cast<size_t>(*length) + 16);
        return true;
    }
    if (kind == "too_long" && out != nullptr) {
        *length = *length + 1;  // told, not written
        return true;
    }
    if (kind == "huge") {
        *length = static_cast<Length>(0xFFFFFFF0u);
        return true;
    }
    if (kind == "lie") {
        if (out == nullptr)
            *length = 4;
        else
            std::memset(out, 'x', 400);
        return true;
    }
    if (kind == "rubbish" && out != nullptr) {
        std::memset(out, 0xff, static_cast<size_t>(*length));
        return true;
    }
    return false;
}

template <class Call>
ULONG with_length(ULONG* length, Call&& call) {
    real::ULONG narrow = static_cast<real::ULONG>(*length);
    const ULONG answer = call(&narrow);
    *length = narrow;
    return answer;
}

// A function that lists or exports.
template <class Call>
ULONG give(const char* name, void* out, ULONG* length, Call&& call) {
    const std::string kind = fault(name);
    ULONG answer = 0;
    if (spoil(kind, out, length, answer))
        return answer;
    return with_length(length, call);
}

real::ECCPUBLICKEYBLOB narrow(const ECCPUBLICKEYBLOB& wide) {
    real::ECCPUBLICKEYBLOB blob{};
    blob.BitLen = static_cast<real::ULONG>(wide.BitLen);
    std::memcpy(blob.XCoordinate, wide.XCoordinate, 64);
    std::memcpy(blob.YCoordinate, wide.YCoordinate, 64);
    return blob;
}

void widen(const real::ECCPUBLICKEYBLOB& blob, ECCPUBLICKEYBLOB* wide) {
    wide->BitLen = blob.BitLen;
    std::memcpy(wide->XCoordinate, blob.XCoordinate, 64);
    std::memcpy(wide->YCoordinate, blob.YCoordinate, 64);
}

std::vector<BYTE> narrow_cipher(const BYTE* bytes) {
    const auto* wide = reinterpret_cast<const ECCCIPHERBLOB*>(bytes);
    const size_t length = static_cast<size_t>(wide->CipherLen);
    if (length == 0 || length > 4096)
        return {};
    std::vector<BYTE> blob(real::cipher_blob_size(length), 0);
    std::memcpy(blob.data(), bytes, 160);
    const auto told = static_cast<real::ULONG>(length);
    std::memcpy(blob.data() + 160, &told, 4);
    std::memcpy(blob.data() + 164, bytes + offsetof(ECCCIPHERBLOB, Cipher), length);
    return blob;
}

ULONG decrypt_blob(HANDLE container, std::vector<BYTE> blob, BYTE* out, ULONG* length) {
    if (blob.empty())
        return real::SAR_INDATALENERR;
    return with_length(length, [&](real::ULONG* told) {
        return software().decrypt(container, 1, blob.data(), out, told);
    });
}

// From the raw bytes x||y||hash||cipher.
std::vector<BYTE> blob_of_raw(const BYTE* bytes, size_t length) {
    if (length <= 96 || length > 96 + 4096)
        return {};
    std::vector<BYTE> blob(real::cipher_blob_size(length - 96), 0);
    std::memcpy(&blob[32], bytes, 32);
    std::memcpy(&blob[96], bytes + 32, 32);
    std::memcpy(&blob[128], bytes + 64, 32);
    const auto told = static_cast<real::ULONG>(length - 96);
    std::memcpy(&blob[160], &told, 4);
    std::memcpy(&blob[164], bytes + 96, length - 96);
    return blob;
}

// What a variant departs in, by the name that the library was loaded under.
struct Variant {
    const char* name;
    const char* function;  // of private decryption; it has no session keys then
    enum Form { blob, selector_blob, blob_bytes, raw_bytes } form;
    ULONG selector;
};

const Variant variants[] = {
    {"vendor_a1", "SKF_ECCDecrypt", Variant::blob, 0},
    {"vendor_a2", "SKF_ECCDecrypt", Variant::selector_blob, 0},
    {"vendor_a3", "SKF_ECCDecrypt", Variant::blob_bytes, 0},
    {"vendor_a4", "SKF_ECCDecryptEx", Variant::blob, 0},
    {"vendor_b1", "SKF_PrvKeyDecrypt", Variant::selector_blob, 1},
    {"vendor_b2", "SKF_PrvKeyDecrypt", Variant::blob, 0},
    {"vendor_c1", "SKF_ECCPrvKeyDecrypt", Variant::blob, 0},
    {"vendor_c2", "SKF_ECCPrvKeyDecrypt", Variant::raw_bytes, 0},
    {"vendor_c3", "SKF_ECCPrvKeyDecryptEx", Variant::selector_blob, 1},
};

std::string own_name() {
    Dl_info info{};
    ::dladdr(reinterpret_cast<void*>(&own_name), &info);
    return info.dli_fname;
}

const Variant& variant() {
    static const Variant& found = []() -> const Variant& {
        static const Variant none{"", nullptr, Variant::blob, 0};
        for (const Variant& one : variants) {
            if (own_name().find(one.name) != std::string::npos)
                return one;
        }
        return none;
    }();
    return found;
}

ULONG private_decrypt(const char* name, HANDLE container, uintptr_t a, uintptr_t b, uintptr_t c,
                      uintptr_t d) {
    const Variant& has = variant();
    if (has.function == nullptr || std::strcmp(has.function, name) != 0)
        return real::SAR_NOTSUPPORTYETERR;
    const auto bytes = [](uintptr_t value) {
        return reinterpret_cast<BYTE*>(value);
    };
    const auto number = [](uintptr_t value) {
        return reinterpret_cast<ULONG*>(value);
    };
    switch (has.form) {
        case Variant::blob:
            return decrypt_blob(container, narrow_cipher(bytes(a)), bytes(b), number(c));
        case Variant::selector_blob:
            if (static_cast<ULONG>(a) != has.selector)
                return real::SAR_KEYUSAGEERR;
            return decrypt_blob(container, narrow_cipher(bytes(b)), bytes(c), number(d));
        case Variant::blob_bytes: {
            const std::vector<BYTE> blob = narrow_cipher(bytes(a));
            if (static_cast<ULONG>(b) !=
                offsetof(ECCCIPHERBLOB, Cipher) + blob.size() - real::cipher_blob_size(0))
                return real::SAR_INDATALENERR;
            return decrypt_blob(container, blob, bytes(c), number(d));
        }
        case Variant::raw_bytes:
            return decrypt_blob(container, blob_of_raw(bytes(a), static_cast<ULONG>(b)), bytes(c),
                                number(d));
    }
    return real::SAR_FAIL;
}

}  // namespace

extern "C" {

ULONG SKF_WaitForDevEvent(LPSTR name, ULONG* length, ULONG* event) {
    real::ULONG narrow_event = 0;
    const ULONG answer = with_length(length, [&](real::ULONG* told) {
        return f().SKF_WaitForDevEvent(name, told, &narrow_event);
    });
    *event = narrow_event;
    return answer;
}
ULONG SKF_CancelWaitForDevEvent() {
    return f().SKF_CancelWaitForDevEvent();
}
ULONG SKF_EnumDev(BOOL present, LPSTR list, ULONG* size) {
    return give("SKF_EnumDev", list, size,
                [&](real::ULONG* told) { return f().SKF_EnumDev(present, list, told); });
}
ULONG SKF_ConnectDev(LPSTR name, HANDLE* device) {
    fault("SKF_ConnectDev");
    return f().SKF_ConnectDev(name, device);
}
ULONG SKF_DisConnectDev(HANDLE device) {
    return f().SKF_DisConnectDev(device);
}
ULONG SKF_GetDevInfo(HANDLE device, DEVINFO* info) {
    fault("SKF_GetDevInfo");
    real::DEVINFO about{};
    const ULONG answer = f().SKF_GetDevInfo(device, &about);
    info->Version = about.Version;
    std::memcpy(info->Manufacturer, about.Manufacturer, 64);
    std::memcpy(info->Issuer, about.Issuer, 64);
    std::memcpy(info->Label, about.Label, 32);
    std::memcpy(info->SerialNumber, about.SerialNumber, 32);
#ifdef ADAPTER_GBK_LABEL
    std::memset(info->Label, 0, 32);
    std::memcpy(info->Label, "\xb6\xab\xba\xa3\xff", 5);  // 东海 in GBK, and a byte that is none
#endif
    info->HWVersion = about.HWVersion;
    info->FirmwareVersion = about.FirmwareVersion;
    info->AlgSymCap = about.AlgSymCap;
    info->AlgAsymCap = about.AlgAsymCap;
    info->AlgHashCap = about.AlgHashCap;
    info->DevAuthAlgId = about.DevAuthAlgId;
    info->TotalSpace = about.TotalSpace;
    info->FreeSpace = about.FreeSpace;
    info->MaxECCBufferSize = about.MaxECCBufferSize;
    info->MaxBufferSize = about.MaxBufferSize;
    return answer;
}
ULONG SKF_GenRandom(HANDLE device, BYTE* out, ULONG length) {
    const std::string kind = fault("SKF_GenRandom");
    ULONG answer = 0, told = length;
    if (spoil(kind, out, &told, answer))
        return answer;
    return f().SKF_GenRandom(device, out, static_cast<real::ULONG>(length));
}
ULONG SKF_EnumApplication(HANDLE device, LPSTR list, ULONG* size) {
    return give("SKF_EnumApplication", list, size,
                [&](real::ULONG* told) { return f().SKF_EnumApplication(device, list, told); });
}
ULONG SKF_OpenApplication(HANDLE device, LPSTR name, HANDLE* application) {
    return f().SKF_OpenApplication(device, name, application);
}
ULONG SKF_CloseApplication(HANDLE application) {
    return f().SKF_CloseApplication(application);
}
ULONG SKF_GetPINInfo(HANDLE application, ULONG type, ULONG* max, ULONG* left, BOOL* is_default) {
    const std::string kind = fault("SKF_GetPINInfo");
    real::ULONG narrow_max = 0, narrow_left = 0;
    const ULONG answer = f().SKF_GetPINInfo(application, static_cast<real::ULONG>(type),
                                            &narrow_max, &narrow_left, is_default);
    *max = kind == "rubbish" ? static_cast<ULONG>(0x80000000u) : narrow_max;
    *left = narrow_left;
    return answer;
}
ULONG SKF_VerifyPIN(HANDLE application, ULONG type, LPSTR pin, ULONG* left) {
    fault("SKF_VerifyPIN");
    return with_length(left, [&](real::ULONG* told) {
        return f().SKF_VerifyPIN(application, static_cast<real::ULONG>(type), pin, told);
    });
}
ULONG SKF_ChangePIN(HANDLE application, ULONG type, LPSTR old_pin, LPSTR new_pin, ULONG* left) {
    return with_length(left, [&](real::ULONG* told) {
        return f().SKF_ChangePIN(application, static_cast<real::ULONG>(type), old_pin, new_pin,
                                 told);
    });
}
ULONG SKF_UnblockPIN(HANDLE application, LPSTR admin_pin, LPSTR new_pin, ULONG* left) {
    return with_length(left, [&](real::ULONG* told) {
        return f().SKF_UnblockPIN(application, admin_pin, new_pin, told);
    });
}
ULONG SKF_ClearSecureState(HANDLE application) {
    return f().SKF_ClearSecureState(application);
}
ULONG SKF_EnumFiles(HANDLE application, LPSTR list, ULONG* size) {
    return give("SKF_EnumFiles", list, size,
                [&](real::ULONG* told) { return f().SKF_EnumFiles(application, list, told); });
}
ULONG SKF_GetFileInfo(HANDLE application, LPSTR name, FILEATTRIBUTE* info) {
    real::FILEATTRIBUTE about{};
    const ULONG answer = f().SKF_GetFileInfo(application, name, &about);
    std::memcpy(info->FileName, about.FileName, 32);
    info->FileSize = about.FileSize;
    info->ReadRights = about.ReadRights;
    info->WriteRights = about.WriteRights;
    return answer;
}
ULONG SKF_ReadFile(HANDLE application, LPSTR name, ULONG at, ULONG size, BYTE* out, ULONG* length) {
    return give("SKF_ReadFile", out, length, [&](real::ULONG* told) {
        return f().SKF_ReadFile(application, name, static_cast<real::ULONG>(at),
                                static_cast<real::ULONG>(size), out, told);
    });
}
ULONG SKF_CreateContainer(HANDLE application, LPSTR name, HANDLE* container) {
    return f().SKF_CreateContainer(application, name, container);
}
ULONG SKF_DeleteContainer(HANDLE application, LPSTR name) {
    return f().SKF_DeleteContainer(application, name);
}
ULONG SKF_EnumContainer(HANDLE application, LPSTR list, ULONG* size) {
    return give("SKF_EnumContainer", list, size,
                [&](real::ULONG* told) { return f().SKF_EnumContainer(application, list, told); });
}
ULONG SKF_OpenContainer(HANDLE application, LPSTR name, HANDLE* container) {
    return f().SKF_OpenContainer(application, name, container);
}
ULONG SKF_CloseContainer(HANDLE container) {
    return f().SKF_CloseContainer(container);
}
ULONG SKF_ImportCertificate(HANDLE container, BOOL signing, BYTE* der, ULONG length) {
    return f().SKF_ImportCertificate(container, signing, der, static_cast<real::ULONG>(length));
}
ULONG SKF_ExportCertificate(HANDLE container, BOOL signing, BYTE* out, ULONG* length) {
    return give("SKF_ExportCertificate", out, length, [&](real::ULONG* told) {
        return f().SKF_ExportCertificate(container, signing, out, told);
    });
}
ULONG SKF_ExportPublicKey(HANDLE container, BOOL signing, BYTE* out, ULONG* length) {
    real::ECCPUBLICKEYBLOB blob{};
    real::ULONG told = sizeof blob;
    const ULONG answer =
        f().SKF_ExportPublicKey(container, signing, reinterpret_cast<BYTE*>(&blob), &told);
    if (answer == real::SAR_OK)
        widen(blob, reinterpret_cast<ECCPUBLICKEYBLOB*>(out));
    *length = sizeof(ECCPUBLICKEYBLOB);
    return answer;
}
ULONG SKF_GenECCKeyPair(HANDLE container, ULONG algorithm, ECCPUBLICKEYBLOB* out) {
    // As some libraries have it: only the numbering of GM/T 0006 is known.
    if (algorithm != real::SGD_SM2_2)
        return real::SAR_NOTSUPPORTYETERR;
    real::ECCPUBLICKEYBLOB blob{};
    const ULONG answer = f().SKF_GenECCKeyPair(container, real::SGD_SM2_1, &blob);
    widen(blob, out);
    return answer;
}
ULONG SKF_ImportECCKeyPair(HANDLE container, ENVELOPEDKEYBLOB* key) {
    std::vector<BYTE> cipher = narrow_cipher(reinterpret_cast<BYTE*>(&key->ECCCipherBlob));
    real::ENVELOPEDKEYBLOB head{};
    head.Version = static_cast<real::ULONG>(key->Version);
    head.ulSymmAlgID = static_cast<real::ULONG>(key->ulSymmAlgID);
    head.ulBits = static_cast<real::ULONG>(key->ulBits);
    std::memcpy(head.cbEncryptedPriKey, key->cbEncryptedPriKey, 64);
    head.PubKey = narrow(key->PubKey);
    std::vector<BYTE> whole(offsetof(real::ENVELOPEDKEYBLOB, ECCCipherBlob));
    std::memcpy(whole.data(), &head, whole.size());
    whole.insert(whole.end(), cipher.begin(), cipher.end());
    return f().SKF_ImportECCKeyPair(container,
                                    reinterpret_cast<real::ENVELOPEDKEYBLOB*>(whole.data()));
}
ULONG SKF_ECCSignData(HANDLE container, BYTE* data, ULONG length,
                      real::ECCSIGNATUREBLOB* signature) {
    const std::string kind = fault("SKF_ECCSignData");
    ULONG answer = 0, told = sizeof *signature;
    if (spoil(kind, signature, &told, answer))
        return answer;
    return f().SKF_ECCSignData(container, data, static_cast<real::ULONG>(length), signature);
}
ULONG SKF_ImportSessionKey(HANDLE container, ULONG algorithm, BYTE* wrapped, ULONG length,
                           HANDLE* key) {
    fault("SKF_ImportSessionKey");
    if (variant().function != nullptr)
        return real::SAR_NOTSUPPORTYETERR;
    std::vector<BYTE> blob = narrow_cipher(wrapped);
    if (length != offsetof(ECCCIPHERBLOB, Cipher) + 16)
        return real::SAR_INDATALENERR;
    return f().SKF_ImportSessionKey(container, static_cast<real::ULONG>(algorithm), blob.data(),
                                    static_cast<real::ULONG>(blob.size()), key);
}
ULONG SKF_DecryptInit(HANDLE key, BLOCKCIPHERPARAM parameters) {
    real::BLOCKCIPHERPARAM plain{};
    std::memcpy(plain.IV, parameters.IV, 32);
    plain.IVLen = static_cast<real::ULONG>(parameters.IVLen);
    plain.PaddingType = static_cast<real::ULONG>(parameters.PaddingType);
    plain.FeedBitLen = static_cast<real::ULONG>(parameters.FeedBitLen);
    return f().SKF_DecryptInit(key, plain);
}
ULONG SKF_Decrypt(HANDLE key, BYTE* data, ULONG length, BYTE* out, ULONG* out_length) {
    return give("SKF_Decrypt", out, out_length, [&](real::ULONG* told) {
        return f().SKF_Decrypt(key, data, static_cast<real::ULONG>(length), out, told);
    });
}
ULONG SKF_CloseHandle(HANDLE handle) {
    return f().SKF_CloseHandle(handle);
}

// Every name that private decryption has in vendors' headers. Only the one that the variant has
// works, and it takes its parameters as that variant does, whatever the caller meant.
#define DECRYPT_FUNCTION(name)                                                         \
    ULONG name(HANDLE container, uintptr_t a, uintptr_t b, uintptr_t c, uintptr_t d) { \
        return private_decrypt(#name, container, a, b, c, d);                          \
    }
DECRYPT_FUNCTION(SKF_ECCDecrypt)
DECRYPT_FUNCTION(SKF_ECCDecryptEx)
DECRYPT_FUNCTION(SKF_PrvKeyDecrypt)
DECRYPT_FUNCTION(SKF_ECCPrvKeyDecrypt)
DECRYPT_FUNCTION(SKF_ECCPrvKeyDecryptEx)

}  // extern "C"
