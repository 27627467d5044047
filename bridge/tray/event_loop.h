// sd-event and sd-bus (libsystemd) with owners.
#pragma once

#include <memory>
#include <stdexcept>
#include <string>

#include <systemd/sd-bus.h>
#include <systemd/sd-event.h>

namespace bidseal::tray {

/// Throws std::runtime_error when a call of libsystemd failed.
inline int check(int result, const char* what) {
    if (result < 0)
        throw std::runtime_error(std::string(what) + ": error " + std::to_string(-result));
    return result;
}

struct Unref {
    void operator()(sd_event* event) const { sd_event_unref(event); }
    void operator()(sd_event_source* source) const { sd_event_source_disable_unref(source); }
    void operator()(sd_bus* bus) const { sd_bus_flush_close_unref(bus); }
    void operator()(sd_bus_slot* slot) const { sd_bus_slot_unref(slot); }
};
template <class T>
using Owned = std::unique_ptr<T, Unref>;

/// One loop, with this user's bus attached.
class EventLoop {
public:
    /// Throws std::runtime_error where there is no session bus.
    EventLoop();
    /// Until SIGTERM, SIGINT or the end of the bus; the exit code.
    int run();
    sd_event* event() const { return m_event.get(); }
    sd_bus* bus() const { return m_bus.get(); }

private:
    Owned<sd_event> m_event;
    Owned<sd_bus> m_bus;
};

}  // namespace bidseal::tray
