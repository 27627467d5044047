#include "bridge/os/dynamic_library.h"

#include <windows.h>

#include "bidseal/base/error.h"

#include "bridge/os/windows/text.h"

namespace bidseal::os {

DynamicLibrary::DynamicLibrary(const std::string& path)
    : m_handle(::LoadLibraryExW(wide_from_utf8(path).c_str(), nullptr,
                                LOAD_LIBRARY_SEARCH_DLL_LOAD_DIR | LOAD_LIBRARY_SEARCH_SYSTEM32)) {
    if (m_handle == nullptr) {
        throw Error(ErrorCode::token_driver,
                    "LoadLibrary failed with " + std::to_string(::GetLastError()));
    }
}

DynamicLibrary::~DynamicLibrary() {
    ::FreeLibrary(static_cast<HMODULE>(m_handle));
}

DynamicLibrary::AnyFunction DynamicLibrary::address(const char* name) const {
    return reinterpret_cast<AnyFunction>(::GetProcAddress(static_cast<HMODULE>(m_handle), name));
}

}  // namespace bidseal::os
