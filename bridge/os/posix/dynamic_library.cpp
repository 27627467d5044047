#include "bridge/os/dynamic_library.h"

#include <dlfcn.h>

#include "bidseal/base/error.h"

namespace bidseal::os {

DynamicLibrary::DynamicLibrary(const std::string& path)
    : m_handle(::dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL)) {
    if (m_handle == nullptr) {
        const char* reason = ::dlerror();
        throw Error(ErrorCode::token_driver, reason ? reason : "dlopen failed");
    }
}

DynamicLibrary::~DynamicLibrary() {
    ::dlclose(m_handle);
}

DynamicLibrary::AnyFunction DynamicLibrary::address(const char* name) const {
    return reinterpret_cast<AnyFunction>(::dlsym(m_handle, name));
}

}  // namespace bidseal::os
