#include "bridge/os/process.h"

#include <cstdlib>

#include <windows.h>

#include "bridge/os/windows/text.h"

namespace bidseal::os {

void harden_worker() {
    // No crash dialog, which would keep the process, and no report with its memory.
    ::SetErrorMode(SEM_FAILCRITICALERRORS | SEM_NOGPFAULTERRORBOX | SEM_NOOPENFILEERRORBOX);
}

void end_process(int code) {
    ::TerminateProcess(::GetCurrentProcess(), static_cast<UINT>(code));
    std::abort();
}

std::string program_folder() {
    std::wstring path(32768, L'\0');
    const DWORD length =
        ::GetModuleFileNameW(nullptr, path.data(), static_cast<DWORD>(path.size()));
    path.resize(length);
    return utf8_from_wide(path.substr(0, path.rfind(L'\\')));
}

bool is_program(const std::string& path) {
    return ::GetFileAttributesW(wide_from_utf8(path).c_str()) != INVALID_FILE_ATTRIBUTES;
}

std::string environment_value(const std::string& name) {
    std::wstring value(32768, L'\0');
    const DWORD length = ::GetEnvironmentVariableW(wide_from_utf8(name).c_str(), value.data(),
                                                   static_cast<DWORD>(value.size()));
    value.resize(length < value.size() ? length : 0);
    return utf8_from_wide(value);
}

}  // namespace bidseal::os
