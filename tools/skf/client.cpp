#include "tools/skf/client.h"

#include <cstring>

#include "bidseal/base/text.h"

namespace bidseal::skf {
namespace {

bool has_needed(const Functions& f) {
    return f.SKF_EnumDev && f.SKF_ConnectDev && f.SKF_DisConnectDev && f.SKF_GetDevInfo &&
           f.SKF_EnumApplication && f.SKF_OpenApplication && f.SKF_CloseApplication &&
           f.SKF_GetPINInfo && f.SKF_VerifyPIN && f.SKF_EnumContainer && f.SKF_OpenContainer &&
           f.SKF_CloseContainer && f.SKF_ExportCertificate && f.SKF_ECCSignData &&
           f.SKF_ImportSessionKey && f.SKF_DecryptInit && f.SKF_Decrypt && f.SKF_CloseHandle &&
           f.SKF_GenRandom;
}

// The functions take char*, but only read names.
LPSTR name_argument(const std::string& name) {
    return const_cast<LPSTR>(name.c_str());
}

}  // namespace

LoadedLibrary::LoadedLibrary(const std::string& path) : m_path(path), m_library(path) {
#define BIDSEAL_SKF_RESOLVE(name, parameters) \
    m_functions.name = m_library.function<name##_fn>(#name);
    BIDSEAL_SKF_FUNCTIONS(BIDSEAL_SKF_RESOLVE)
#undef BIDSEAL_SKF_RESOLVE
    require(has_needed(m_functions), ErrorCode::token_driver,
            "the library lacks functions of GM/T 0016");
}

std::vector<std::string> LoadedLibrary::devices() const {
    const auto guard = lock();
    return read_names("SKF_EnumDev", [&](LPSTR list, ULONG* size) {
        return m_functions.SKF_EnumDev(1, list, size);
    });
}

Device::Device(std::shared_ptr<LoadedLibrary> library, const std::string& name)
    : m_library(std::move(library)), m_name(name) {
    const auto guard = m_library->lock();
    check(call().SKF_ConnectDev(name_argument(m_name), &m_handle), "SKF_ConnectDev");
}

Device::~Device() {
    const auto guard = m_library->lock();
    call().SKF_DisConnectDev(m_handle);
}

DEVINFO Device::info() const {
    const auto guard = m_library->lock();
    // Some libraries write the structure with natural alignment, two bytes longer.
    union {
        DEVINFO info;
        BYTE room[sizeof(DEVINFO) + 16];
    } out;
    std::memset(&out, 0, sizeof out);
    check(call().SKF_GetDevInfo(m_handle, &out.info), "SKF_GetDevInfo");
    return out.info;
}

std::string Device::serial() const {
    const DEVINFO about = info();
    return field_text(about.SerialNumber, sizeof about.SerialNumber);
}

Scoped open_application(const Device& device, const std::string& name) {
    HAPPLICATION handle = nullptr;
    check(device.call().SKF_OpenApplication(device.handle(), name_argument(name), &handle),
          "SKF_OpenApplication");
    return Scoped(handle, device.call().SKF_CloseApplication);
}

Scoped open_container(const Device& device, HAPPLICATION application, const std::string& name) {
    HCONTAINER handle = nullptr;
    check(device.call().SKF_OpenContainer(application, name_argument(name), &handle),
          "SKF_OpenContainer");
    return Scoped(handle, device.call().SKF_CloseContainer);
}

Bytes read_certificate(const Functions& call, HCONTAINER container, bool signing) {
    ULONG length = 0;
    const BOOL flag = signing ? 1 : 0;
    const ULONG answer = call.SKF_ExportCertificate(container, flag, nullptr, &length);
    // Libraries differ in how they say "there is none"; only a missing device is another matter.
    if (answer == SAR_DEVICE_REMOVED)
        check(answer, "SKF_ExportCertificate");
    if (answer != SAR_OK || length == 0)
        return {};
    return read_bytes("SKF_ExportCertificate", [&](BYTE* out, ULONG* size) {
        return call.SKF_ExportCertificate(container, flag, out, size);
    });
}

std::string field_text(const CHAR* field, size_t size) {
    std::string text(field, strnlen(field, size));
    while (!text.empty() && text.back() == ' ')
        text.pop_back();
    if (is_valid_utf8(text))
        return text;
    for (char& c : text) {
        if (static_cast<unsigned char>(c) >= 0x80)
            c = '?';
    }
    return text;
}

}  // namespace bidseal::skf
