// A library loaded at run time. Only the worker process and tools load any.
#pragma once

#include <string>

namespace bidseal::os {

class DynamicLibrary {
public:
    /// Loads the file (POSIX: dlopen with local symbols, bound at once). `path` is UTF-8.
    /// Throws Error(token_driver) with the loader's own words.
    explicit DynamicLibrary(const std::string& path);
    ~DynamicLibrary();
    DynamicLibrary(const DynamicLibrary&) = delete;
    DynamicLibrary& operator=(const DynamicLibrary&) = delete;

    /// The function of this name, or nullptr.
    template <class Function>
    Function function(const char* name) const {
        return reinterpret_cast<Function>(address(name));
    }
    bool has(const char* name) const { return address(name) != nullptr; }

private:
    using AnyFunction = void (*)();
    AnyFunction address(const char* name) const;

    void* m_handle = nullptr;
};

}  // namespace bidseal::os
