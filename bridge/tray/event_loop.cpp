#include "bridge/tray/event_loop.h"

#include <csignal>

namespace bidseal::tray {

EventLoop::EventLoop() {
    sd_event* event = nullptr;
    check(sd_event_default(&event), "event loop");
    m_event.reset(event);
    sigset_t ends;
    ::sigemptyset(&ends);
    ::sigaddset(&ends, SIGTERM);
    ::sigaddset(&ends, SIGINT);
    ::sigprocmask(SIG_BLOCK, &ends, nullptr);
    for (int signal : {SIGTERM, SIGINT})
        check(sd_event_add_signal(event, nullptr, signal, nullptr, nullptr), "signals");
    sd_bus* bus = nullptr;
    check(sd_bus_open_user(&bus), "no session bus");
    m_bus.reset(bus);
    check(sd_bus_set_exit_on_disconnect(bus, 1), "session bus");
    check(sd_bus_attach_event(bus, event, SD_EVENT_PRIORITY_NORMAL), "session bus");
}

int EventLoop::run() {
    check(sd_event_loop(m_event.get()), "event loop");
    return 0;
}

}  // namespace bidseal::tray
