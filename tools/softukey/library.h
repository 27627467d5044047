// The library at work: handles, connections to devices, logins, and the rule that every call keeps.
#pragma once

#include <atomic>
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "bidseal/base/error.h"
#include "bidseal/base/secret.h"

#include "answer.h"
#include "state.h"
#include "store.h"

namespace bidseal::softukey {

struct Connection;

/// What a handle stands for.
struct Object {
    virtual ~Object() = default;
    virtual const Connection* owner() const = 0;
};

/// Rights won by PINs. They belong to a connection, and end with it.
struct Login {
    bool user = false;
    bool admin = false;
    SecretBytes master;
};

/// A connected device.
struct Connection : Object {
    explicit Connection(const std::string& device) : name(device), file(device) {}
    const Connection* owner() const override { return this; }

    std::string name;
    DeviceFile file;
    FileMark mark;
    DeviceState state;           ///< as of `mark`
    bool gone = false;           ///< was pulled out: only disconnecting is left
    bool closed = false;         ///< was disconnected while a call was waiting
    bool held = false;           ///< SKF_LockDev
    bool authenticated = false;  ///< SKF_DevAuth
    Bytes challenge;             ///< the last random bytes given out
    std::map<std::string, Login> logins;
};

struct OpenApplication : Object {
    const Connection* owner() const override { return device.get(); }
    std::shared_ptr<Connection> device;
    std::string name;
};

struct OpenContainer : Object {
    const Connection* owner() const override { return device.get(); }
    std::shared_ptr<Connection> device;
    std::string application;
    std::string name;
};

class Library {
public:
    static Library& instance();

    /// Runs the body of an SKF function under the library's lock and turns what it throws into the
    /// function's answer. The body gets the lock, since waiting for a device gives it up meanwhile.
    template <class Body>
    static ULONG call(Body&& body) {
        Library& library = instance();
        try {
            std::unique_lock<std::mutex> lock(library.m_mutex);
            body(library, lock);
            return SAR_OK;
        } catch (...) {
            return answer_of_exception();
        }
    }

    /// Gives an object a handle. Handles are numbers never used twice, not addresses: a stale or
    /// invented one is found out.
    HANDLE add(std::shared_ptr<Object> object);
    /// Throws Answer SAR_INVALIDHANDLEERR unless the handle is one of a T.
    template <class T>
    std::shared_ptr<T> find(HANDLE handle) {
        const auto at = m_objects.find(reinterpret_cast<uintptr_t>(handle));
        demand(at != m_objects.end(), SAR_INVALIDHANDLEERR);
        auto object = std::dynamic_pointer_cast<T>(at->second);
        demand(object != nullptr, SAR_INVALIDHANDLEERR);
        return object;
    }
    void remove(HANDLE handle);
    /// Removes a connection and every handle that hangs on it.
    void remove_all(const Connection& device);

private:
    static ULONG answer_of_exception();

    std::mutex m_mutex;
    std::unordered_map<uintptr_t, std::shared_ptr<Object>> m_objects;
    uintptr_t m_next = 0x1000;
};

/// One call's visit to a device: locked against other processes, its state read anew if somebody
/// changed it. Throws Answer SAR_DEVICE_REMOVED when the device was pulled out since it was
/// connected, even if it is back: then it has to be connected again, as a real one.
class Visit {
public:
    Visit(std::unique_lock<std::mutex>& lock, std::shared_ptr<Connection> device);
    ~Visit();
    Visit(const Visit&) = delete;
    Visit& operator=(const Visit&) = delete;

    DeviceState& state() { return m_draft ? *m_draft : m_device->state; }
    /// A draft of the state to change; nothing counts before commit().
    DeviceState& edit();
    void commit();

    /// Throw Answer SAR_APPLICATION_NOT_EXISTS, SAR_INVALIDHANDLEERR when it was deleted.
    ApplicationState& application(const std::string& name);
    Container& container(const OpenContainer& open);

    Login& login(const std::string& application) { return m_device->logins[application]; }
    /// The application's master key. Throws Answer SAR_USER_NOT_LOGGED_IN.
    const SecretBytes& master_for_user(const std::string& application);

private:
    void refresh();
    std::shared_ptr<Connection> m_device;
    std::unique_ptr<DeviceState> m_draft;
};

/// Gives bytes out by the standard's two-call rule: no buffer asks for the size; a small one is
/// answered with SAR_BUFFER_TOO_SMALL and the size. Returns whether the bytes were copied.
bool give(ByteView bytes, BYTE* out, ULONG* length);

/// Gives out names, each ended by NUL, the list by another NUL.
void give_names(const std::vector<std::string>& names, LPSTR out, ULONG* length);

/// A text argument of 1 to `max` bytes. Throws Answer SAR_INVALIDPARAMERR, or `bad_length`.
std::string text_argument(const CHAR* text, size_t max, ULONG bad_length);

/// Copies text into a fixed field, zero-filled.
template <size_t N>
void put_text(CHAR (&field)[N], const std::string& text) {
    std::memset(field, 0, N);
    std::memcpy(field, text.data(), text.size() < N ? text.size() : N);
}

/// Names what a sealed value is and where it belongs; see vault.h.
std::string pin_context(const DeviceState& device, const std::string& application, ULONG type);
std::string key_context(const DeviceState& device, const std::string& application,
                        const std::string& container, bool signing, ByteView point);
std::string file_context(const DeviceState& device, const std::string& application,
                         const std::string& file);

}  // namespace bidseal::softukey
