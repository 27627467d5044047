// Direct calls into a GM/T 0016 library built as the standard has it: for tools and tests that make
// tokens. The bridge and the command line go through bridge/worker.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "bidseal/base/bytes.h"
#include "bidseal/base/error.h"

#include "bridge/os/dynamic_library.h"
#include "bridge/ukey/skf/answers.h"
#include "bridge/ukey/skf/skf.h"

namespace bidseal::skf {

/// The library in memory. All calls but the waiting for events go through lock(): vendors'
/// libraries are seldom safe for threads.
class LoadedLibrary {
public:
    /// Throws Error(token_driver).
    explicit LoadedLibrary(const std::string& path);
    LoadedLibrary(const LoadedLibrary&) = delete;
    LoadedLibrary& operator=(const LoadedLibrary&) = delete;

    const std::string& path() const { return m_path; }
    const Functions& call() const { return m_functions; }
    std::unique_lock<std::recursive_mutex> lock() const {
        return std::unique_lock<std::recursive_mutex>(m_mutex);
    }
    /// Names of the devices plugged in.
    std::vector<std::string> devices() const;

private:
    std::string m_path;
    os::DynamicLibrary m_library;
    Functions m_functions;
    mutable std::recursive_mutex m_mutex;
};

/// Calls a function that lists names: twice, the first time for the size. `read(list, size)`.
template <class Read>
std::vector<std::string> read_names(const char* what, Read&& read);

/// Calls a function that gives bytes: twice, the first time for the size. `read(out, length)`.
template <class Read>
Bytes read_bytes(const char* what, Read&& read) {
    ULONG length = 0;
    check(read(nullptr, &length), what);
    require(length <= (1u << 20), ErrorCode::token_failed, what);
    Bytes out(length);
    check(read(out.data(), &length), what);
    require(length <= out.size(), ErrorCode::token_failed, what);
    out.resize(length);
    return out;
}

template <class Read>
std::vector<std::string> read_names(const char* what, Read&& read) {
    const Bytes list = read_bytes(
        what, [&](BYTE* out, ULONG* size) { return read(reinterpret_cast<LPSTR>(out), size); });
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

/// A connected device, shared by listing and sessions: with many libraries, disconnecting one
/// handle ends the logins of all.
class Device {
public:
    Device(std::shared_ptr<LoadedLibrary> library, const std::string& name);
    ~Device();
    Device(const Device&) = delete;
    Device& operator=(const Device&) = delete;

    const LoadedLibrary& library() const { return *m_library; }
    const Functions& call() const { return m_library->call(); }
    DEVHANDLE handle() const { return m_handle; }
    const std::string& name() const { return m_name; }
    DEVINFO info() const;
    std::string serial() const;

private:
    std::shared_ptr<LoadedLibrary> m_library;
    std::string m_name;
    DEVHANDLE m_handle = nullptr;
};

/// A handle that is closed with its owner.
class Scoped {
public:
    using Close = ULONG (*)(HANDLE);
    Scoped(HANDLE handle, Close close) : m_handle(handle), m_close(close) {}
    Scoped(Scoped&& other) noexcept : m_handle(other.m_handle), m_close(other.m_close) {
        other.m_handle = nullptr;
    }
    Scoped(const Scoped&) = delete;
    Scoped& operator=(const Scoped&) = delete;
    Scoped& operator=(Scoped&&) = delete;
    ~Scoped() {
        if (m_handle != nullptr)
            m_close(m_handle);
    }
    HANDLE get() const { return m_handle; }

private:
    HANDLE m_handle;
    Close m_close;
};

Scoped open_application(const Device& device, const std::string& name);
Scoped open_container(const Device& device, HAPPLICATION application, const std::string& name);
/// The certificate, or nothing where the container holds none.
Bytes read_certificate(const Functions& call, HCONTAINER container, bool signing);

/// Text of a fixed field, NUL-terminated or full; bytes that are not UTF-8 become '?'.
std::string field_text(const CHAR* field, size_t size);

}  // namespace bidseal::skf
