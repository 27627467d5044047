#include "bridge/os/child.h"

#include <cerrno>
#include <csignal>

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bidseal/base/error.h"

#include "bridge/os/posix/descriptors.h"

namespace bidseal::os {
namespace {

constexpr int channels = inherited_channels;

struct Pair {
    Pair() {
        int ends[2];
        require(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0,
                ErrorCode::token_driver, "no channel to the worker");
        ours = Stream(ends[0]);
        theirs = ends[1];
    }
    ~Pair() { ::close(theirs); }
    Pair(const Pair&) = delete;
    Stream ours;
    int theirs;
};

// Between fork and exec of a program with threads only calls that are safe in signal handlers are
// allowed: everything here is a bare system call.
[[noreturn]] void become(const char* program, char* const* environment,
                         const int (&their)[channels]) {
    constexpr int clear_of_all = 64;
    int high[channels];
    for (int i = 0; i < channels; ++i)
        high[i] = ::fcntl(their[i], F_DUPFD, clear_of_all);
    const int null = ::open("/dev/null", O_RDWR);
    for (int i = 0; i < first_inherited; ++i)
        ::dup2(null, i);
    for (int i = 0; i < channels; ++i)
        ::dup2(high[i], first_inherited + i);
    ::syscall(SYS_close_range, first_inherited + channels, ~0u, 0);
    ::setsid();
    const rlimit none{0, 0};
    ::setrlimit(RLIMIT_CORE, &none);
    ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    for (int signal = 1; signal < 32; ++signal)
        ::signal(signal, SIG_DFL);
    sigset_t nothing;
    ::sigemptyset(&nothing);
    ::sigprocmask(SIG_SETMASK, &nothing, nullptr);
    char* arguments[] = {const_cast<char*>(program), nullptr};
    ::execve(program, arguments, environment);
    ::_exit(127);
}

}  // namespace

Child::Child(const std::string& program, const std::vector<std::string>& environment) {
    require(::access(program.c_str(), X_OK) == 0, ErrorCode::token_driver,
            "the worker program is not installed");
    std::vector<char*> words;
    for (const std::string& word : environment)
        words.push_back(const_cast<char*>(word.c_str()));
    words.push_back(nullptr);
    Pair call_pair, event_pair;
    const int their[channels] = {call_pair.theirs, event_pair.theirs};
    const pid_t child = ::fork();
    if (child == 0)
        become(program.c_str(), words.data(), their);
    require(child > 0, ErrorCode::token_driver, "the worker process could not be made");
    m_process = child;
    calls = std::move(call_pair.ours);
    events = std::move(event_pair.ours);
}

Child::~Child() {
    kill();
}

void Child::kill() {
    if (m_process <= 0)
        return;
    const pid_t process = static_cast<pid_t>(m_process);
    // The group as well as the process: before its setsid() it is not yet the group's leader.
    ::kill(-process, SIGKILL);
    ::kill(process, SIGKILL);
    while (::waitpid(process, nullptr, 0) < 0 && errno == EINTR) {
    }
    m_process = -1;
}

}  // namespace bidseal::os
