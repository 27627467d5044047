#include "bridge/ukey/skf/driver.h"

#include <condition_variable>
#include <cstring>
#include <deque>
#include <set>
#include <thread>

#include "bridge/ukey/skf/library.h"

namespace bidseal::skf {
namespace {

using ukey::DeviceEvent;
using ukey::TokenInfo;

// Behind the library's own waiting, for libraries that miss events or cannot wait.
constexpr std::chrono::milliseconds poll_interval{100};

// What was plugged in and out. Shared with the waiting thread, which may outlive the driver when a
// library does not come back from SKF_WaitForDevEvent.
class EventQueue {
public:
    explicit EventQueue(const std::vector<std::string>& present)
        : m_known(present.begin(), present.end()) {}

    /// Takes in what is present now.
    void see(const std::vector<std::string>& present) {
        const std::set<std::string> now(present.begin(), present.end());
        const std::lock_guard<std::mutex> lock(m_mutex);
        const std::set<std::string> before = m_known;
        for (const std::string& name : before) {
            if (now.count(name) == 0)
                note(name, false);
        }
        for (const std::string& name : now)
            note(name, true);
    }

    void tell(const std::string& name, bool plugged_in) {
        const std::lock_guard<std::mutex> lock(m_mutex);
        note(name, plugged_in);
    }

    std::optional<DeviceEvent> take(std::chrono::milliseconds timeout) {
        std::unique_lock<std::mutex> lock(m_mutex);
        m_changed.wait_for(lock, timeout, [&] { return !m_events.empty() || m_cancelled; });
        if (m_events.empty())
            return std::nullopt;
        DeviceEvent event = std::move(m_events.front());
        m_events.pop_front();
        return event;
    }

    void cancel() {
        const std::lock_guard<std::mutex> lock(m_mutex);
        m_cancelled = true;
        m_changed.notify_all();
    }
    bool take_cancelled() {
        const std::lock_guard<std::mutex> lock(m_mutex);
        return std::exchange(m_cancelled, false);
    }

    /// For the waiting thread's end.
    void stop() {
        const std::lock_guard<std::mutex> lock(m_mutex);
        m_stopping = true;
    }
    bool stopping() {
        const std::lock_guard<std::mutex> lock(m_mutex);
        return m_stopping;
    }
    void thread_ended() {
        const std::lock_guard<std::mutex> lock(m_mutex);
        m_ended = true;
        m_changed.notify_all();
    }
    bool wait_thread_end(std::chrono::milliseconds timeout) {
        std::unique_lock<std::mutex> lock(m_mutex);
        return m_changed.wait_for(lock, timeout, [&] { return m_ended; });
    }

private:
    void note(const std::string& name, bool plugged_in) {
        const bool news = plugged_in ? m_known.insert(name).second : m_known.erase(name) != 0;
        if (!news)
            return;
        const auto kind =
            plugged_in ? DeviceEvent::Kind::plugged_in : DeviceEvent::Kind::pulled_out;
        m_events.push_back({kind, name});
        m_changed.notify_all();
    }

    std::mutex m_mutex;
    std::condition_variable m_changed;
    std::set<std::string> m_known;
    std::deque<DeviceEvent> m_events;
    bool m_cancelled = false;
    bool m_stopping = false;
    bool m_ended = false;
};

void wait_loop(std::shared_ptr<LoadedLibrary> library, std::shared_ptr<EventQueue> queue) {
    while (!queue->stopping()) {
        char name[512] = {};
        ULONG length = sizeof name;
        ULONG event = 0;
        const ULONG answer = library->call().SKF_WaitForDevEvent(name, &length, &event);
        if (answer != SAR_OK)
            break;  // cancelled, or cannot wait: polling goes on without us
        name[sizeof name - 1] = 0;
        if (event == DEV_EVENT_IN || event == DEV_EVENT_OUT)
            queue->tell(name, event == DEV_EVENT_IN);
    }
    queue->thread_ended();
}

class Driver : public ukey::TokenDriver {
public:
    explicit Driver(const std::string& path)
        : m_library(std::make_shared<LoadedLibrary>(path)),
          m_queue(std::make_shared<EventQueue>(m_library->devices())) {}

    ~Driver() override { end_waiting(); }

    const std::string& library() const override { return m_library->path(); }

    std::vector<TokenInfo> list(std::vector<Skipped>* skipped) override {
        std::vector<TokenInfo> tokens;
        for (const std::string& name : m_library->devices()) {
            try {
                list_device(name, tokens);
            } catch (const Error& error) {
                if (skipped != nullptr)
                    skipped->push_back({name, error.code()});
            }
        }
        return tokens;
    }

    std::unique_ptr<ukey::TokenSession> open(const TokenInfo& token) override {
        std::shared_ptr<Device> device;
        try {
            device = connect(token.device);
        } catch (const Error& error) {
            if (error.code() != ErrorCode::token_removed)
                throw;
            throw Error(ErrorCode::token_absent, "the device is not plugged in");
        }
        require(device->serial() == token.serial, ErrorCode::token_removed,
                "another device has this name now");
        return open_session(std::move(device), token);
    }

    std::optional<DeviceEvent> wait_event(std::chrono::milliseconds timeout) override {
        start_waiting();
        const auto deadline = std::chrono::steady_clock::now() + timeout;
        for (;;) {
            m_queue->see(m_library->devices());
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
    // The connection that is open, if it still lives, else a new one.
    std::shared_ptr<Device> connect(const std::string& name) {
        const auto guard = m_library->lock();
        if (auto device = m_devices[name].lock()) {
            try {
                device->info();
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

    void list_device(const std::string& name, std::vector<TokenInfo>& tokens) {
        const auto guard = m_library->lock();
        const auto device = connect(name);
        const Functions& call = m_library->call();
        const DEVINFO about = device->info();
        TokenInfo token;
        token.library = m_library->path();
        token.device = name;
        token.serial = field_text(about.SerialNumber, sizeof about.SerialNumber);
        token.label = field_text(about.Label, sizeof about.Label);
        token.manufacturer = field_text(about.Manufacturer, sizeof about.Manufacturer);
        const auto applications = read_names("SKF_EnumApplication", [&](LPSTR list, ULONG* size) {
            return call.SKF_EnumApplication(device->handle(), list, size);
        });
        for (const std::string& app_name : applications) {
            const Scoped application = open_application(*device, app_name);
            token.application = app_name;
            token.pin = read_pin_state(call, application.get());
            const auto containers = read_names("SKF_EnumContainer", [&](LPSTR list, ULONG* size) {
                return call.SKF_EnumContainer(application.get(), list, size);
            });
            for (const std::string& container_name : containers) {
                const Scoped container = open_container(*device, application.get(), container_name);
                token.container = container_name;
                token.signing_certificate = read_certificate(call, container.get(), true);
                token.encryption_certificate = read_certificate(call, container.get(), false);
                tokens.push_back(token);
            }
        }
    }

    void start_waiting() {
        if (m_waiting.joinable() || m_library->call().SKF_WaitForDevEvent == nullptr ||
            m_library->call().SKF_CancelWaitForDevEvent == nullptr) {
            return;
        }
        m_waiting = std::thread(wait_loop, m_library, m_queue);
    }

    void end_waiting() {
        if (!m_waiting.joinable())
            return;
        m_queue->stop();
        // The thread may be between two waits when it is cancelled, so more than once.
        for (int tries = 0; tries < 10; ++tries) {
            m_library->call().SKF_CancelWaitForDevEvent();
            if (m_queue->wait_thread_end(std::chrono::milliseconds(100))) {
                m_waiting.join();
                return;
            }
        }
        m_waiting.detach();  // it keeps the library loaded
    }

    std::shared_ptr<LoadedLibrary> m_library;
    std::shared_ptr<EventQueue> m_queue;
    std::map<std::string, std::weak_ptr<Device>> m_devices;
    std::thread m_waiting;
};

}  // namespace

std::unique_ptr<ukey::TokenDriver> load_driver(const std::string& path, const Profile& profile) {
    require(profile.ulong_size == 4 && profile.packing == Profile::Packing::packed &&
                profile.call == Profile::CallConvention::cdecl_,
            ErrorCode::token_unsupported, "only the standard's binary interface can be called");
    return std::make_unique<Driver>(path);
}

}  // namespace bidseal::skf
