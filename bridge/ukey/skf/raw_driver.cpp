#include "bridge/ukey/skf/raw_driver.h"

#include <atomic>
#include <condition_variable>
#include <map>
#include <mutex>
#include <thread>

#include "bridge/ukey/event_queue.h"
#include "bridge/ukey/skf/binding.h"

namespace bidseal::skf {
namespace {

using ukey::RawPlace;

// Behind the library's own waiting, for libraries that miss events or cannot wait.
constexpr std::chrono::milliseconds poll_interval{100};
constexpr size_t max_sessions = 64;

/// The library in memory. All calls but the waiting for events go through lock(): vendors'
/// libraries are seldom safe for threads.
class Library {
public:
    Library(const std::string& path, const ukey::Profile& profile)
        : m_library(path), m_binding(bind(m_library, profile)) {}

    Binding& call() { return *m_binding; }
    std::unique_lock<std::recursive_mutex> lock() {
        return std::unique_lock<std::recursive_mutex>(m_mutex);
    }

private:
    os::DynamicLibrary m_library;
    std::unique_ptr<Binding> m_binding;
    std::recursive_mutex m_mutex;
};

/// A connected device, shared by listing and sessions: with many libraries, disconnecting one
/// handle ends the logins of all.
class Device {
public:
    Device(std::shared_ptr<Library> library, const std::string& name)
        : m_library(std::move(library)), m_handle(m_library->call().connect(name)) {}
    ~Device() {
        const auto guard = m_library->lock();
        m_library->call().disconnect(m_handle);
    }
    Device(const Device&) = delete;
    Device& operator=(const Device&) = delete;

    HANDLE handle() const { return m_handle; }
    DeviceAbout about() const { return m_library->call().about(m_handle); }

private:
    std::shared_ptr<Library> m_library;
    HANDLE m_handle;
};

/// A handle that is closed with its owner.
class Scoped {
public:
    using Close = void (Binding::*)(HANDLE);
    Scoped(Binding& call, HANDLE handle, Close close)
        : m_call(call), m_handle(handle), m_close(close) {}
    ~Scoped() {
        if (m_handle != nullptr)
            (m_call.*m_close)(m_handle);
    }
    Scoped(const Scoped&) = delete;
    Scoped& operator=(const Scoped&) = delete;
    HANDLE get() const { return m_handle; }

private:
    Binding& m_call;
    HANDLE m_handle;
    Close m_close;
};

/// An opened application, and a container in it unless the place names none.
struct Session {
    Session(Binding& call, std::shared_ptr<Device> on, const RawPlace& place)
        : device(std::move(on)),
          application(call, call.open_application(device->handle(), place.application),
                      &Binding::close_application),
          container(call,
                    place.container.empty()
                        ? nullptr
                        : call.open_container(application.get(), place.container),
                    &Binding::close_container) {}

    std::shared_ptr<Device> device;
    Scoped application;
    Scoped container;
    bool has_sm4 = true;
};

// Older tokens have SM1 only (AlgSymCap, 0x400 is SM4); a token that tells nothing is tried.
bool may_have_sm4(uint32_t symmetric) {
    constexpr uint32_t sm4 = 0x400;
    return symmetric == 0 || (symmetric & sm4) != 0;
}

class Driver : public ukey::RawDriver {
public:
    Driver(const std::string& path, const ukey::Profile& profile)
        : m_library(std::make_shared<Library>(path, profile)),
          m_queue(std::make_shared<ukey::EventQueue>(m_library->call().devices())) {}

    ~Driver() override {
        end_waiting();
        const auto guard = m_library->lock();
        m_sessions.clear();
    }

    ukey::RawList list() override {
        const auto guard = m_library->lock();
        ukey::RawList all;
        for (const std::string& name : call().devices()) {
            try {
                list_device(name, all.tokens);
            } catch (const Error& error) {
                if (error.code() == ErrorCode::token_driver_crashed)
                    throw;
                all.skipped.push_back({name, error.code()});
            }
        }
        return all;
    }

    ukey::RawSession open(const RawPlace& place, const std::string& serial) override {
        const auto guard = m_library->lock();
        require(m_sessions.size() < max_sessions, ErrorCode::limit_exceeded, "too many sessions");
        const std::shared_ptr<Device> device = connect_to(place.device);
        const DeviceAbout about = device->about();
        require(about.serial == serial, ErrorCode::token_removed,
                "another device has this name now");
        auto session = std::make_unique<Session>(call(), device, place);
        session->has_sm4 = may_have_sm4(about.symmetric);
        ukey::RawSession opened;
        opened.token = token_of(place.device, about);
        opened.token.place = place;
        opened.token.pin = call().pin_state(session->application.get());
        if (!place.container.empty())
            read_certificates(session->container.get(), opened.token);
        opened.id = ++m_last_session;
        m_sessions[opened.id] = std::move(session);
        return opened;
    }

    void close(uint32_t session) override {
        const auto guard = m_library->lock();
        m_sessions.erase(session);
    }

    ukey::PinState pin_state(uint32_t session) override {
        const auto guard = m_library->lock();
        return call().pin_state(find(session).application.get());
    }
    void login(uint32_t session, const SecretBytes& pin) override {
        const auto guard = m_library->lock();
        call().verify_pin(find(session).application.get(), pin);
    }
    void logout(uint32_t session) override {
        const auto guard = m_library->lock();
        call().clear_login(find(session).application.get());
    }
    void change_pin(uint32_t session, const SecretBytes& old_pin,
                    const SecretBytes& new_pin) override {
        const auto guard = m_library->lock();
        call().change_pin(find(session).application.get(), old_pin, new_pin);
    }
    void unblock(uint32_t session, const SecretBytes& admin_pin,
                 const SecretBytes& new_pin) override {
        const auto guard = m_library->lock();
        call().unblock(find(session).application.get(), admin_pin, new_pin);
    }

    Bytes sign(uint32_t session, ukey::RawSignature kind, ByteView digest) override {
        require(kind == ukey::RawSignature::sm2, ErrorCode::token_unsupported,
                "only SM2 keys are used through SKF");
        const auto guard = m_library->lock();
        return call().sign(container(session), digest);
    }
    SecretBytes unwrap(uint32_t session, const ukey::RawCipher& key, ByteView wrapped) override {
        const auto guard = m_library->lock();
        require(find(session).has_sm4, ErrorCode::token_unsupported, "the token has no SM4");
        return call().unwrap(container(session), key, wrapped);
    }
    SecretBytes decrypt(uint32_t session, const ukey::RawCipher& cipher) override {
        const auto guard = m_library->lock();
        return call().decrypt(container(session), cipher);
    }
    SecretBytes decrypt_rsa(uint32_t, ByteView) override {
        throw Error(ErrorCode::token_unsupported, "only SM2 keys are used through SKF");
    }
    Bytes random(uint32_t session, uint32_t count) override {
        const auto guard = m_library->lock();
        return call().random(find(session).device->handle(), count);
    }

    Bytes public_key(uint32_t session, bool signing) override {
        const auto guard = m_library->lock();
        return call().public_key(container(session), signing);
    }
    Bytes generate_key(uint32_t session) override {
        const auto guard = m_library->lock();
        return call().generate_key(container(session));
    }
    void import_key(uint32_t session, const ukey::RawEnvelopedKey& key) override {
        const auto guard = m_library->lock();
        call().import_key(container(session), key);
    }
    void import_certificate(uint32_t session, bool signing, ByteView der, ByteView) override {
        const auto guard = m_library->lock();
        call().import_certificate(container(session), signing, der);
    }
    void create_container(uint32_t session, const std::string& name) override {
        const auto guard = m_library->lock();
        call().create_container(find(session).application.get(), name);
    }
    void delete_container(uint32_t session, const std::string& name) override {
        const auto guard = m_library->lock();
        call().delete_container(find(session).application.get(), name);
    }

    std::vector<ukey::RawFile> files(uint32_t session) override {
        const auto guard = m_library->lock();
        return call().files(find(session).application.get());
    }
    Bytes read_file(uint32_t session, const std::string& name) override {
        const auto guard = m_library->lock();
        return call().read_file(find(session).application.get(), name);
    }

    std::optional<ukey::RawEvent> wait_event(std::chrono::milliseconds timeout) override {
        start_waiting();
        const auto deadline = std::chrono::steady_clock::now() + timeout;
        for (;;) {
            m_queue->see(present());
            const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
                deadline - std::chrono::steady_clock::now());
            const auto pause =
                std::max(std::chrono::milliseconds(0), std::min(left, poll_interval));
            if (auto event = m_queue->take(pause))
                return event;
            if (m_queue->take_cancelled() || left <= pause)
                return std::nullopt;
        }
    }

    void cancel_wait() override { m_queue->cancel(); }

private:
    Binding& call() { return m_library->call(); }

    std::vector<std::string> present() {
        const auto guard = m_library->lock();
        return call().devices();
    }

    Session& find(uint32_t session) {
        const auto found = m_sessions.find(session);
        require(found != m_sessions.end(), ErrorCode::token_removed, "the session was closed");
        return *found->second;
    }
    HANDLE container(uint32_t session) {
        const HANDLE handle = find(session).container.get();
        require(handle != nullptr, ErrorCode::key_not_found, "no container was opened");
        return handle;
    }

    std::shared_ptr<Device> connect_to(const std::string& name) {
        try {
            return connect(name);
        } catch (const Error& error) {
            if (error.code() != ErrorCode::token_removed)
                throw;
            throw Error(ErrorCode::token_absent, "the device is not plugged in");
        }
    }

    // The connection that is open, if it still lives, else a new one.
    std::shared_ptr<Device> connect(const std::string& name) {
        if (auto device = m_devices[name].lock()) {
            try {
                device->about();
                return device;
            } catch (const Error& error) {
                if (error.code() != ErrorCode::token_removed)
                    throw;
            }
        }
        auto device = std::make_shared<Device>(m_library, name);
        m_devices[name] = device;
        return device;
    }

    static ukey::RawToken token_of(const std::string& device, const DeviceAbout& about) {
        ukey::RawToken token;
        token.place.device = device;
        token.serial = about.serial;
        token.label = about.label;
        token.manufacturer = about.manufacturer;
        return token;
    }

    void read_certificates(HANDLE handle, ukey::RawToken& token) {
        token.signing_certificate = call().certificate(handle, true);
        token.encryption_certificate = call().certificate(handle, false);
    }

    void list_device(const std::string& name, std::vector<ukey::RawToken>& tokens) {
        const auto device = connect(name);
        ukey::RawToken token = token_of(name, device->about());
        for (const std::string& app_name : call().applications(device->handle())) {
            const Scoped application(call(), call().open_application(device->handle(), app_name),
                                     &Binding::close_application);
            token.place.application = app_name;
            token.place.container.clear();
            token.signing_certificate.clear();
            token.encryption_certificate.clear();
            token.pin = call().pin_state(application.get());
            const auto containers = call().containers(application.get());
            // An application without containers is told of too: a token to be provisioned.
            if (containers.empty())
                tokens.push_back(token);
            for (const std::string& name_inside : containers) {
                const Scoped opened(call(), call().open_container(application.get(), name_inside),
                                    &Binding::close_container);
                token.place.container = name_inside;
                read_certificates(opened.get(), token);
                tokens.push_back(token);
            }
        }
    }

    // The thread in the library's own waiting. It shares what it uses, because it outlives the
    // driver when a library does not come back from SKF_WaitForDevEvent.
    struct Waiting {
        std::mutex mutex;
        std::condition_variable changed;
        bool stopping = false;
        bool ended = false;
    };

    static void wait_loop(std::shared_ptr<Library> library, std::shared_ptr<ukey::EventQueue> queue,
                          std::shared_ptr<Waiting> waiting) {
        try {
            for (;;) {
                {
                    const std::lock_guard<std::mutex> lock(waiting->mutex);
                    if (waiting->stopping)
                        break;
                }
                std::string device;
                bool plugged_in = false;
                if (!library->call().wait_event(device, plugged_in))
                    break;  // cancelled, or cannot wait: polling goes on without us
                queue->tell(device, plugged_in);
            }
        } catch (const Error&) {
            // The same: what a library says here is not needed.
        }
        const std::lock_guard<std::mutex> lock(waiting->mutex);
        waiting->ended = true;
        waiting->changed.notify_all();
    }

    void start_waiting() {
        if (m_thread.joinable() || !call().can_wait())
            return;
        m_thread = std::thread(wait_loop, m_library, m_queue, m_waiting);
    }

    void end_waiting() {
        if (!m_thread.joinable())
            return;
        std::unique_lock<std::mutex> lock(m_waiting->mutex);
        m_waiting->stopping = true;
        // The thread may be between two waits when it is cancelled, so more than once.
        for (int tries = 0; tries < 10 && !m_waiting->ended; ++tries) {
            lock.unlock();
            call().cancel_wait();
            lock.lock();
            m_waiting->changed.wait_for(lock, std::chrono::milliseconds(100),
                                        [&] { return m_waiting->ended; });
        }
        const bool ended = m_waiting->ended;
        lock.unlock();
        if (ended)
            m_thread.join();
        else
            m_thread.detach();
    }

    std::shared_ptr<Library> m_library;
    std::shared_ptr<ukey::EventQueue> m_queue;
    std::shared_ptr<Waiting> m_waiting = std::make_shared<Waiting>();
    std::map<std::string, std::weak_ptr<Device>> m_devices;
    std::map<uint32_t, std::unique_ptr<Session>> m_sessions;
    uint32_t m_last_session = 0;
    std::thread m_thread;
};

}  // namespace

std::unique_ptr<ukey::RawDriver> load_raw(const std::string& path, const ukey::Profile& profile) {
    return std::make_unique<Driver>(path, profile);
}

}  // namespace bidseal::skf
