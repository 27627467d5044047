// The icon: org.kde.StatusNotifierItem on this user's bus.
#pragma once

#include <optional>
#include <string>

#include "bridge/tray/daemon_watch.h"
#include "bridge/tray/event_loop.h"
#include "bridge/tray/texts.h"

namespace bidseal::tray {

class Item {
public:
    /// Offers itself to the desktop's tray, now and whenever one appears. Throws
    /// std::runtime_error.
    Item(EventLoop& loop, const Texts& texts);

    /// Shown while the bridge runs, hidden otherwise.
    void show(const std::optional<Daemon>& daemon);

    const char* status() const { return m_running ? "Active" : "Passive"; }
    const std::string& text() const { return m_text; }
    const char* title() const { return m_texts.title; }
    /// A click: says the same in a notification.
    void tell();

private:
    void register_with_tray();
    static int on_owner(sd_bus_message* message, void* self, sd_bus_error*);

    sd_bus* m_bus;
    const Texts& m_texts;
    std::string m_name, m_text;
    bool m_running = false;
    Owned<sd_bus_slot> m_object, m_owner;
};

}  // namespace bidseal::tray
