#include "bridge/os/process.h"

#include <climits>
#include <csignal>
#include <cstdlib>

#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

namespace bidseal::os {

void harden_worker() {
    ::umask(077);
    // The leak checker of sanitized builds traces its own process.
#if !defined(__SANITIZE_ADDRESS__) && !defined(BIDSEAL_SANITIZED)
    ::prctl(PR_SET_DUMPABLE, 0);
#endif
    ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    const rlimit none{0, 0};
    ::setrlimit(RLIMIT_CORE, &none);
    std::signal(SIGPIPE, SIG_IGN);
}

void end_process(int code) {
    ::_exit(code);
}

std::string program_folder() {
    char path[PATH_MAX];
    const ssize_t length = ::readlink("/proc/self/exe", path, sizeof path);
    if (length <= 0 || static_cast<size_t>(length) >= sizeof path)
        return {};
    const std::string program(path, static_cast<size_t>(length));
    return program.substr(0, program.rfind('/'));
}

bool is_program(const std::string& path) {
    return ::access(path.c_str(), X_OK) == 0;
}

std::string environment_value(const std::string& name) {
    const char* value = std::getenv(name.c_str());
    return value ? value : "";
}

}  // namespace bidseal::os
