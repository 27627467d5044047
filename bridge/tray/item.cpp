#include "bridge/tray/item.h"

#include <cstdio>
#include <cstring>

#include <unistd.h>

namespace bidseal::tray {

namespace {

constexpr const char* path = "/StatusNotifierItem";
constexpr const char* interface = "org.kde.StatusNotifierItem";
constexpr const char* watcher = "org.kde.StatusNotifierWatcher";

int get_text(sd_bus*, const char*, const char*, const char* property, sd_bus_message* reply,
             void* self, sd_bus_error*) {
    const auto* item = static_cast<const Item*>(self);
    const std::string_view name = property;
    const char* value = name == "Category"                   ? "ApplicationStatus"
                        : name == "Status"                   ? item->status()
                        : name == "Title"                    ? item->title()
                        : name == "Id" || name == "IconName" ? "bidseal-bridge"
                                                             : "";
    return sd_bus_message_append(reply, "s", value);
}

int get_tool_tip(sd_bus*, const char*, const char*, const char*, sd_bus_message* reply, void* self,
                 sd_bus_error*) {
    const auto* item = static_cast<const Item*>(self);
    // Icon name, no pictures, title, text.
    return sd_bus_message_append(reply, "(sa(iiay)ss)", "bidseal-bridge", 0, item->title(),
                                 item->text().c_str());
}

int get_window(sd_bus*, const char*, const char*, const char*, sd_bus_message* reply, void*,
               sd_bus_error*) {
    return sd_bus_message_append(reply, "i", 0);
}

int get_is_menu(sd_bus*, const char*, const char*, const char*, sd_bus_message* reply, void*,
                sd_bus_error*) {
    return sd_bus_message_append(reply, "b", 0);
}

int get_menu(sd_bus*, const char*, const char*, const char*, sd_bus_message* reply, void*,
             sd_bus_error*) {
    return sd_bus_message_append(reply, "o", "/NO_DBUSMENU");
}

int on_click(sd_bus_message* message, void* self, sd_bus_error*) {
    static_cast<Item*>(self)->tell();
    return sd_bus_reply_method_return(message, "");
}

int on_nothing(sd_bus_message* message, void*, sd_bus_error*) {
    return sd_bus_reply_method_return(message, "");
}

const sd_bus_vtable table[] = {
    SD_BUS_VTABLE_START(0),
    SD_BUS_PROPERTY("Category", "s", get_text, 0, SD_BUS_VTABLE_PROPERTY_CONST),
    SD_BUS_PROPERTY("Id", "s", get_text, 0, SD_BUS_VTABLE_PROPERTY_CONST),
    SD_BUS_PROPERTY("Title", "s", get_text, 0, 0),
    SD_BUS_PROPERTY("Status", "s", get_text, 0, 0),
    SD_BUS_PROPERTY("IconName", "s", get_text, 0, 0),
    SD_BUS_PROPERTY("IconThemePath", "s", get_text, 0, 0),
    SD_BUS_PROPERTY("WindowId", "i", get_window, 0, SD_BUS_VTABLE_PROPERTY_CONST),
    SD_BUS_PROPERTY("ItemIsMenu", "b", get_is_menu, 0, SD_BUS_VTABLE_PROPERTY_CONST),
    SD_BUS_PROPERTY("Menu", "o", get_menu, 0, SD_BUS_VTABLE_PROPERTY_CONST),
    SD_BUS_PROPERTY("ToolTip", "(sa(iiay)ss)", get_tool_tip, 0, 0),
    SD_BUS_METHOD("Activate", "ii", "", on_click, SD_BUS_VTABLE_UNPRIVILEGED),
    SD_BUS_METHOD("SecondaryActivate", "ii", "", on_click, SD_BUS_VTABLE_UNPRIVILEGED),
    SD_BUS_METHOD("ContextMenu", "ii", "", on_click, SD_BUS_VTABLE_UNPRIVILEGED),
    SD_BUS_METHOD("Scroll", "is", "", on_nothing, SD_BUS_VTABLE_UNPRIVILEGED),
    SD_BUS_SIGNAL("NewStatus", "s", 0),
    SD_BUS_SIGNAL("NewToolTip", "", 0),
    SD_BUS_VTABLE_END,
};

}  // namespace

Item::Item(EventLoop& loop, const Texts& texts)
    : m_bus(loop.bus()),
      m_texts(texts),
      m_name("org.kde.StatusNotifierItem-" + std::to_string(::getpid()) + "-1"),
      m_text(texts.stopped) {
    sd_bus_slot* slot = nullptr;
    check(sd_bus_add_object_vtable(m_bus, &slot, path, interface, table, this),
          "the icon's object");
    m_object.reset(slot);
    check(sd_bus_request_name(m_bus, m_name.c_str(), 0), "the icon's name");
    // Trays come and go: a panel that crashed, a desktop that starts later than this.
    check(sd_bus_match_signal(m_bus, &slot, "org.freedesktop.DBus", "/org/freedesktop/DBus",
                              "org.freedesktop.DBus", "NameOwnerChanged", on_owner, this),
          "watching for trays");
    m_owner.reset(slot);
    register_with_tray();
}

void Item::register_with_tray() {
    // Without a tray this fails, and on_owner() does it later.
    sd_bus_call_method_async(m_bus, nullptr, watcher, "/StatusNotifierWatcher", watcher,
                             "RegisterStatusNotifierItem", nullptr, nullptr, "s", m_name.c_str());
}

int Item::on_owner(sd_bus_message* message, void* self, sd_bus_error*) {
    const char *name = nullptr, *before = nullptr, *now = nullptr;
    if (sd_bus_message_read(message, "sss", &name, &before, &now) >= 0 &&
        std::strcmp(name, watcher) == 0 && *now)
        static_cast<Item*>(self)->register_with_tray();
    return 0;
}

void Item::show(const std::optional<Daemon>& daemon) {
    m_running = daemon.has_value();
    m_text = m_texts.stopped;
    if (daemon) {
        char text[512];
        std::snprintf(text, sizeof text, m_texts.running, daemon->version.c_str(), daemon->port);
        m_text = text;
    }
    sd_bus_emit_signal(m_bus, path, interface, "NewStatus", "s", status());
    sd_bus_emit_signal(m_bus, path, interface, "NewToolTip", "");
}

void Item::tell() {
    sd_bus_call_method_async(m_bus, nullptr, "org.freedesktop.Notifications",
                             "/org/freedesktop/Notifications", "org.freedesktop.Notifications",
                             "Notify", nullptr, nullptr, "susssasa{sv}i", "bidseal-bridge", 0u,
                             "bidseal-bridge", m_texts.title, m_text.c_str(), 0, 0, -1);
}

}  // namespace bidseal::tray
