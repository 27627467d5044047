// Whether the bridge of this user runs: its run.json, and its process.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "bridge/tray/event_loop.h"

namespace bidseal::tray {

struct Daemon {
    int64_t pid = 0;
    unsigned port = 0;
    std::string version;
    friend bool operator==(const Daemon& a, const Daemon& b) {
        return a.pid == b.pid && a.port == b.port && a.version == b.version;
    }
};

/// $XDG_STATE_HOME/bidseal/bridge or ~/.local/state/bidseal/bridge, made when it is missing: the
/// bridge's own. Throws std::runtime_error without a home.
std::string state_folder();

/// What run.json says; nothing when it is not of the bridge's form.
std::optional<Daemon> read_run_file(const std::string& text);

/// Tells at once, and at every change, whether it runs. Without polling: the kernel tells of the
/// file and of the process' end.
class DaemonWatch {
public:
    using Tell = std::function<void(const std::optional<Daemon>&)>;
    DaemonWatch(EventLoop& loop, std::string folder, Tell tell);
    ~DaemonWatch();
    DaemonWatch(const DaemonWatch&) = delete;
    DaemonWatch& operator=(const DaemonWatch&) = delete;

private:
    void look();
    static int on_file(sd_event_source*, const struct inotify_event*, void* self);
    static int on_end(sd_event_source*, int fd, uint32_t, void* self);

    EventLoop& m_loop;
    std::string m_folder;
    Tell m_tell;
    int m_process = -1;  // pidfd of the bridge that runs
    Owned<sd_event_source> m_files, m_end;
};

}  // namespace bidseal::tray
