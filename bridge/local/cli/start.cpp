#include "bridge/local/cli/start.h"

#include <chrono>
#include <cstdio>
#include <thread>

#include <sys/wait.h>
#include <unistd.h>

#include "bidseal/base/error.h"

#include "bridge/local/base/program.h"
#include "bridge/local/cli/commands.h"
#include "bridge/local/options.h"
#include "bridge/os/process.h"

namespace bidseal::bridge {

namespace {

constexpr const char* unit = "bidseal-bridge.service";
constexpr const char* systemctl = "/usr/bin/systemctl";
constexpr std::chrono::milliseconds patience{5000}, pause{20};

/// What a window needs to appear in this session, and in this language.
constexpr const char* session_variables[] = {"DISPLAY", "WAYLAND_DISPLAY", "XAUTHORITY", "LANG",
                                             "LC_ALL",  "LC_CTYPE",        "LC_MESSAGES"};

void check_url(const std::string& url) {
    // Browsers write the second as the third when it is followed from some pages.
    for (const char* known : {"bidseal:", "bidseal:start", "bidseal://start", "bidseal://start/"}) {
        if (url == known)
            return;
    }
    throw Error(ErrorCode::usage, "not a link that starts the bridge");
}

/// Whether the user's systemd runs and knows the unit.
bool has_unit() {
    const std::string runtime = os::environment_value("XDG_RUNTIME_DIR");
    return !runtime.empty() && ::access((runtime + "/systemd/private").c_str(), F_OK) == 0 &&
           os::is_program(systemctl) &&
           run_program(systemctl, {"--user", "--quiet", "cat", unit}).code == 0;
}

bool start_unit() {
    std::vector<std::string> import{"--user", "import-environment"};
    for (const char* name : session_variables) {
        if (!os::environment_value(name).empty())
            import.push_back(name);
    }
    if (import.size() > 2)
        run_program(systemctl, import);
    return run_program(systemctl, {"--user", "start", unit}).code == 0;
}

/// Starts this program once more, as the daemon, and waits until it listens.
bool start_process() {
    const long child = start_program(os::program_folder() + "/bidseal-bridge", {});
    const auto end = std::chrono::steady_clock::now() + patience;
    while (std::chrono::steady_clock::now() < end) {
        const std::optional<RunningDaemon> daemon = last_started(default_state_dir());
        if (daemon && daemon->pid == child)
            return true;
        if (::waitpid(static_cast<pid_t>(child), nullptr, WNOHANG) == child)
            return false;
        std::this_thread::sleep_for(pause);
    }
    return false;
}

}  // namespace

int run_start(const std::vector<std::string>& words) {
    require(words.size() <= 1, ErrorCode::usage, "a word too many");
    if (words.size() == 1)
        check_url(words[0]);
    if (find_running(default_state_dir()))
        return 0;
    if (has_unit() ? start_unit() : start_process())
        return 0;
    std::fprintf(stderr, "bidseal-bridge: it did not start; bidseal-bridge doctor tells more\n");
    return 1;
}

}  // namespace bidseal::bridge
