#include "library.h"

#include <chrono>
#include <cstring>
#include <new>
#include <thread>

#include <botan/exceptn.h>

namespace bidseal::softukey {
namespace {

// Longest time that a call waits for somebody who has locked the device.
constexpr std::chrono::seconds lock_patience{30};

}  // namespace

Library& Library::instance() {
    static Library library;
    return library;
}

HANDLE Library::add(std::shared_ptr<Object> object) {
    m_next += 16;
    m_objects[m_next] = std::move(object);
    return reinterpret_cast<HANDLE>(m_next);
}

void Library::remove(HANDLE handle) {
    m_objects.erase(reinterpret_cast<uintptr_t>(handle));
}

void Library::remove_all(const Connection& device) {
    for (auto it = m_objects.begin(); it != m_objects.end();) {
        it = it->second->owner() == &device ? m_objects.erase(it) : std::next(it);
    }
}

ULONG Library::answer_of_exception() {
    try {
        throw;
    } catch (const Answer& answer) {
        return answer.code;
    } catch (const Error& error) {
        switch (error.code()) {
            case ErrorCode::key_invalid:
            case ErrorCode::encoding_invalid:
            case ErrorCode::decrypt_failed:
                return SAR_INDATAERR;
            default:
                return SAR_FAIL;
        }
    } catch (const std::bad_alloc&) {
        return SAR_MEMORYERR;
    } catch (...) {
        return SAR_FAIL;
    }
}

Visit::Visit(std::unique_lock<std::mutex>& lock, std::shared_ptr<Connection> device)
    : m_device(std::move(device)) {
    const auto deadline = std::chrono::steady_clock::now() + lock_patience;
    for (;;) {
        demand(!m_device->closed, SAR_INVALIDHANDLEERR);
        demand(!m_device->gone, SAR_DEVICE_REMOVED);
        if (m_device->held || m_device->file.try_lock())
            break;
        demand(std::chrono::steady_clock::now() < deadline, SAR_TIMEOUTERR);
        // The holder may be another thread of this process: let it in.
        lock.unlock();
        std::this_thread::sleep_for(std::chrono::milliseconds(2));
        lock.lock();
    }
    try {
        refresh();
    } catch (...) {
        if (!m_device->held)
            m_device->file.unlock();
        throw;
    }
}

Visit::~Visit() {
    if (!m_device->held)
        m_device->file.unlock();
}

void Visit::refresh() {
    try {
        const FileMark mark = m_device->file.mark();
        if (mark == m_device->mark)
            return;
        const Bytes bytes = m_device->file.read();
        demand(!is_blank(bytes), SAR_DEVICE_REMOVED);
        DeviceState state = decode(bytes);
        // Others write a later generation. The same or an earlier one in a new place means that the
        // file was taken away and put back, or that a copy was put in.
        demand(
            state.serial == m_device->state.serial && state.generation > m_device->state.generation,
            SAR_DEVICE_REMOVED);
        m_device->state = std::move(state);
        m_device->mark = mark;
    } catch (const Answer& answer) {
        if (answer.code == SAR_DEVICE_REMOVED) {
            m_device->gone = true;
            m_device->logins.clear();
            m_device->authenticated = false;
        }
        throw;
    }
}

DeviceState& Visit::edit() {
    if (!m_draft)
        m_draft = std::make_unique<DeviceState>(m_device->state);
    return *m_draft;
}

void Visit::commit() {
    ++m_draft->generation;
    m_device->file.replace(encode(*m_draft));
    m_device->state = std::move(*m_draft);
    m_draft.reset();
    m_device->mark = m_device->file.mark();
}

ApplicationState& Visit::application(const std::string& name) {
    ApplicationState* found = state().find_application(name);
    demand(found != nullptr, SAR_APPLICATION_NOT_EXISTS);
    return *found;
}

Container& Visit::container(const OpenContainer& open) {
    Container* found = application(open.application).find_container(open.name);
    demand(found != nullptr, SAR_INVALIDHANDLEERR);
    return *found;
}

const SecretBytes& Visit::master_for_user(const std::string& application) {
    const Login& rights = login(application);
    demand(rights.user, SAR_USER_NOT_LOGGED_IN);
    return rights.master;
}

bool give(ByteView bytes, BYTE* out, ULONG* length) {
    demand(length != nullptr, SAR_INVALIDPARAMERR);
    const ULONG needed = static_cast<ULONG>(bytes.size());
    const ULONG room = *length;
    *length = needed;
    if (out == nullptr)
        return false;
    demand(room >= needed, SAR_BUFFER_TOO_SMALL);
    if (needed != 0)
        std::memcpy(out, bytes.data(), needed);
    return true;
}

void give_names(const std::vector<std::string>& names, LPSTR out, ULONG* length) {
    Bytes list;
    for (const std::string& name : names) {
        append(list, as_bytes(name));
        list.push_back(0);
    }
    list.push_back(0);
    give(list, reinterpret_cast<BYTE*>(out), length);
}

std::string text_argument(const CHAR* text, size_t max, ULONG bad_length) {
    demand(text != nullptr, SAR_INVALIDPARAMERR);
    const size_t length = strnlen(text, max + 1);
    demand(length >= 1 && length <= max, bad_length);
    return {text, length};
}

namespace {

// Parts are joined by a byte that no name holds, since names end at NUL.
std::string join(std::initializer_list<std::string_view> parts) {
    std::string text;
    for (const std::string_view part : parts) {
        text += part;
        text += '\0';
    }
    return text;
}

}  // namespace

std::string pin_context(const DeviceState& device, const std::string& application, ULONG type) {
    return join({"softukey pin", device.serial, application, type == USER_TYPE ? "user" : "admin"});
}

std::string key_context(const DeviceState& device, const std::string& application,
                        const std::string& container, bool signing, ByteView point) {
    return join({"softukey key", device.serial, application, container, signing ? "sign" : "enc",
                 to_hex(point)});
}

std::string file_context(const DeviceState& device, const std::string& application,
                         const std::string& file) {
    return join({"softukey file", device.serial, application, file});
}

}  // namespace bidseal::softukey
