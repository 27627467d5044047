#include "bridge/tray/daemon_watch.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include <sys/epoll.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace bidseal::tray {

namespace {

constexpr size_t most_bytes = 4096;

/// The value after `"name":`, up to the next comma, quote or brace: run.json is flat and written by
/// the bridge.
std::string member(const std::string& json, const std::string& name) {
    const std::string key = "\"" + name + "\":";
    size_t at = json.find(key);
    if (at == std::string::npos)
        return {};
    at += key.size();
    if (at < json.size() && json[at] == '"')
        ++at;
    return json.substr(at, json.find_first_of(",\"}", at) - at);
}

std::optional<int64_t> number(const std::string& digits, int64_t most) {
    if (digits.empty() || digits.size() > 10 ||
        digits.find_first_not_of("0123456789") != std::string::npos)
        return std::nullopt;
    const int64_t value = std::stoll(digits);
    return value >= 1 && value <= most ? std::optional(value) : std::nullopt;
}

std::string read_text(const std::string& path) {
    std::ifstream file(path);
    std::string text(most_bytes, '\0');
    file.read(text.data(), static_cast<std::streamsize>(text.size()));
    text.resize(static_cast<size_t>(file.gcount()));
    return text;
}

/// A file that an ended bridge left may name a number that another program has now.
bool is_bridge(int64_t pid) {
    return read_text("/proc/" + std::to_string(pid) + "/comm") == "bidseal-bridge\n";
}

}  // namespace

std::string state_folder() {
    const char* state = std::getenv("XDG_STATE_HOME");
    const char* home = std::getenv("HOME");
    std::string base;
    if (state && state[0] == '/')
        base = state;
    else if (home && home[0] == '/')
        base = std::string(home) + "/.local/state";
    else
        throw std::runtime_error("no home folder");
    ::umask(077);
    const std::string folder = base + "/bidseal/bridge";
    std::filesystem::create_directories(folder);
    return folder;
}

std::optional<Daemon> read_run_file(const std::string& text) {
    const std::optional<int64_t> pid = number(member(text, "pid"), INT32_MAX),
                                 port = number(member(text, "port"), 65535);
    if (!pid || !port)
        return std::nullopt;
    return Daemon{*pid, static_cast<unsigned>(*port), member(text, "version").substr(0, 32)};
}

DaemonWatch::DaemonWatch(EventLoop& loop, std::string folder, Tell tell)
    : m_loop(loop), m_folder(std::move(folder)), m_tell(std::move(tell)) {
    sd_event_source* source = nullptr;
    check(sd_event_add_inotify(loop.event(), &source, m_folder.c_str(),
                               IN_MOVED_TO | IN_CLOSE_WRITE, on_file, this),
          "watching the bridge's folder");
    m_files.reset(source);
    look();
}

DaemonWatch::~DaemonWatch() {
    m_end.reset();
    if (m_process >= 0)
        ::close(m_process);
}

void DaemonWatch::look() {
    m_end.reset();
    if (m_process >= 0)
        ::close(m_process);
    m_process = -1;
    std::optional<Daemon> daemon = read_run_file(read_text(m_folder + "/run.json"));
    if (daemon) {
        // First the handle, then the name: the number cannot change hands in between.
        m_process = static_cast<int>(::syscall(SYS_pidfd_open, daemon->pid, 0));
        if (m_process >= 0 && is_bridge(daemon->pid)) {
            sd_event_source* source = nullptr;
            check(sd_event_add_io(m_loop.event(), &source, m_process, EPOLLIN, on_end, this),
                  "watching the bridge");
            m_end.reset(source);
        } else {
            daemon.reset();
        }
    }
    m_tell(daemon);
}

int DaemonWatch::on_file(sd_event_source*, const struct inotify_event* event, void* self) {
    if (event->len > 0 && std::string(event->name) == "run.json")
        static_cast<DaemonWatch*>(self)->look();
    return 0;
}

int DaemonWatch::on_end(sd_event_source*, int, uint32_t, void* self) {
    static_cast<DaemonWatch*>(self)->look();
    return 0;
}

}  // namespace bidseal::tray
