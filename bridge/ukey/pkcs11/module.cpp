#include "bridge/ukey/pkcs11/module.h"

#include <cstdio>

#include "bridge/ukey/room.h"

namespace bidseal::pkcs11 {
namespace {

constexpr CK_ULONG most_slots = 64;
constexpr CK_ULONG most_objects = 256;
constexpr CK_ULONG most_attribute_bytes = 64 * 1024;

const CK_FUNCTION_LIST* functions_of(const os::DynamicLibrary& library) {
    const auto get = library.function<CK_C_GetFunctionList>("C_GetFunctionList");
    CK_FUNCTION_LIST* list = nullptr;
    const bool got = get != nullptr && get(&list) == CKR_OK && list != nullptr;
    require(got, ErrorCode::token_driver, "the library has no PKCS #11 functions");
    require(list->version.major == 2 && list->version.minor >= 11, ErrorCode::token_driver,
            "the library's PKCS #11 is not version 2");
    return list;
}

}  // namespace

ErrorCode error_of(CK_RV answer) {
    switch (answer) {
        case CKR_DEVICE_REMOVED:
        case CKR_TOKEN_NOT_PRESENT:
        case CKR_SESSION_HANDLE_INVALID:
        case CKR_SESSION_CLOSED:
        case CKR_SLOT_ID_INVALID:
            return ErrorCode::token_removed;
        case CKR_PIN_INCORRECT:
        case CKR_PIN_INVALID:
        case CKR_PIN_LEN_RANGE:
            return ErrorCode::pin_wrong;
        case CKR_PIN_LOCKED:
            return ErrorCode::pin_locked;
        case CKR_USER_NOT_LOGGED_IN:
            return ErrorCode::pin_required;
        case CKR_ENCRYPTED_DATA_INVALID:
        case CKR_ENCRYPTED_DATA_LEN_RANGE:
            return ErrorCode::decrypt_failed;
        case CKR_FUNCTION_NOT_SUPPORTED:
        case CKR_MECHANISM_INVALID:
        case CKR_MECHANISM_PARAM_INVALID:
        case CKR_KEY_FUNCTION_NOT_PERMITTED:
        case CKR_KEY_TYPE_INCONSISTENT:
        case CKR_USER_PIN_NOT_INITIALIZED:
        case CKR_TOKEN_WRITE_PROTECTED:
        case CKR_SESSION_READ_ONLY:
            return ErrorCode::token_unsupported;
        default:
            return ErrorCode::token_failed;
    }
}

void check(CK_RV answer, const char* what) {
    if (answer == CKR_OK)
        return;
    char text[96];
    std::snprintf(text, sizeof text, "%s answered 0x%08lX", what,
                  static_cast<unsigned long>(answer));
    throw Error(error_of(answer), text);
}

std::string field_text(const unsigned char* field, size_t size) {
    std::string text(reinterpret_cast<const char*>(field), size);
    text.resize(text.find('\0') == std::string::npos ? text.size() : text.find('\0'));
    while (!text.empty() && text.back() == ' ')
        text.pop_back();
    return text;
}

Module::Module(const std::string& path) : m_library(path), m_functions(functions_of(m_library)) {
    CK_C_INITIALIZE_ARGS arguments{};
    arguments.flags = CKF_OS_LOCKING_OK;
    CK_RV answer = m_functions->C_Initialize(&arguments);
    // Some libraries know no locking of their own; ours is enough.
    if (answer == CKR_CANT_LOCK || answer == CKR_ARGUMENTS_BAD)
        answer = m_functions->C_Initialize(nullptr);
    if (answer != CKR_OK)
        throw Error(ErrorCode::token_driver, "C_Initialize failed");
}

Module::~Module() {
    m_functions->C_Finalize(nullptr);
}

std::vector<CK_SLOT_ID> Module::slots() const {
    ukey::Number<CK_ULONG> count;
    check(m_functions->C_GetSlotList(CK_TRUE, nullptr, count.pointer()), "C_GetSlotList");
    const CK_ULONG wanted = count.get("C_GetSlotList");
    require(wanted <= most_slots, ErrorCode::token_failed, "C_GetSlotList told of too many slots");
    ukey::Room room(wanted * sizeof(CK_SLOT_ID));
    if (wanted == 0)
        return {};
    check(m_functions->C_GetSlotList(CK_TRUE, reinterpret_cast<CK_SLOT_ID*>(room.data()),
                                     count.pointer()),
          "C_GetSlotList");
    const CK_ULONG got = count.get("C_GetSlotList");
    require(got <= wanted, ErrorCode::token_failed, "C_GetSlotList told of too many slots");
    const ByteView bytes = room.take(got * sizeof(CK_SLOT_ID), "C_GetSlotList");
    std::vector<CK_SLOT_ID> slots(got);
    std::memcpy(slots.data(), bytes.data(), bytes.size());
    return slots;
}

std::vector<CK_OBJECT_HANDLE> Module::find(CK_SESSION_HANDLE session,
                                           std::vector<CK_ATTRIBUTE> attributes) const {
    check(m_functions->C_FindObjectsInit(session, attributes.data(), attributes.size()),
          "C_FindObjectsInit");
    ukey::Room room(most_objects * sizeof(CK_OBJECT_HANDLE));
    ukey::Number<CK_ULONG> count;
    const CK_RV answer = m_functions->C_FindObjects(
        session, reinterpret_cast<CK_OBJECT_HANDLE*>(room.data()), most_objects, count.pointer());
    m_functions->C_FindObjectsFinal(session);
    check(answer, "C_FindObjects");
    const CK_ULONG got = count.get("C_FindObjects");
    require(got <= most_objects, ErrorCode::token_failed, "C_FindObjects told of too many");
    const ByteView bytes = room.take(got * sizeof(CK_OBJECT_HANDLE), "C_FindObjects");
    std::vector<CK_OBJECT_HANDLE> objects(got);
    if (got != 0)
        std::memcpy(objects.data(), bytes.data(), bytes.size());
    return objects;
}

Bytes Module::attribute(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object,
                        CK_ATTRIBUTE_TYPE type) const {
    CK_ATTRIBUTE attribute{type, nullptr, 0};
    const CK_RV answer = m_functions->C_GetAttributeValue(session, object, &attribute, 1);
    if (answer == CKR_ATTRIBUTE_TYPE_INVALID || answer == CKR_ATTRIBUTE_SENSITIVE)
        return {};
    check(answer, "C_GetAttributeValue");
    if (attribute.ulValueLen == CK_UNAVAILABLE_INFORMATION || attribute.ulValueLen == 0)
        return {};
    require(attribute.ulValueLen <= most_attribute_bytes, ErrorCode::token_failed,
            "C_GetAttributeValue told of too many bytes");
    ukey::Room room(attribute.ulValueLen);
    attribute.pValue = room.data();
    check(m_functions->C_GetAttributeValue(session, object, &attribute, 1), "C_GetAttributeValue");
    return to_bytes(room.take(attribute.ulValueLen, "C_GetAttributeValue"));
}

OpenSession::OpenSession(const Module& module, CK_SLOT_ID slot) : m_module(module) {
    const auto open = [&](CK_FLAGS flags) {
        return module.call().C_OpenSession(slot, CKF_SERIAL_SESSION | flags, nullptr, nullptr,
                                           &m_handle);
    };
    CK_RV answer = open(CKF_RW_SESSION);
    if (answer == CKR_TOKEN_WRITE_PROTECTED)
        answer = open(0);
    check(answer, "C_OpenSession");
}

OpenSession::~OpenSession() {
    m_module.call().C_CloseSession(m_handle);
}

}  // namespace bidseal::pkcs11
