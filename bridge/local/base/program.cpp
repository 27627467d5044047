#include "bridge/local/base/program.h"

#include <algorithm>
#include <cerrno>
#include <csignal>

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bidseal/base/error.h"

extern char** environ;

namespace bidseal::bridge {

namespace {

constexpr size_t most_output = 64 * 1024;

/// What the new process does before it becomes the program.
class Preparation {
public:
    explicit Preparation(bool own_session) {
        posix_spawn_file_actions_init(&m_actions);
        posix_spawnattr_init(&m_attributes);
        // This process ignores SIGPIPE; others expect it as usual.
        sigset_t usual;
        ::sigemptyset(&usual);
        ::sigaddset(&usual, SIGPIPE);
        posix_spawnattr_setsigdefault(&m_attributes, &usual);
        const int flags = POSIX_SPAWN_SETSIGDEF | (own_session ? POSIX_SPAWN_SETSID : 0);
        posix_spawnattr_setflags(&m_attributes, static_cast<short>(flags));
        posix_spawn_file_actions_addopen(&m_actions, 0, "/dev/null", O_RDONLY, 0);
    }
    ~Preparation() {
        posix_spawn_file_actions_destroy(&m_actions);
        posix_spawnattr_destroy(&m_attributes);
    }
    Preparation(const Preparation&) = delete;
    Preparation& operator=(const Preparation&) = delete;

    void output_to(int fd) {
        posix_spawn_file_actions_adddup2(&m_actions, fd, 1);
        posix_spawn_file_actions_adddup2(&m_actions, fd, 2);
    }
    void output_to_nowhere() {
        posix_spawn_file_actions_addopen(&m_actions, 1, "/dev/null", O_WRONLY, 0);
        posix_spawn_file_actions_addopen(&m_actions, 2, "/dev/null", O_WRONLY, 0);
    }
    pid_t spawn(const std::string& path, const std::vector<std::string>& words) {
        posix_spawn_file_actions_addclosefrom_np(&m_actions, 3);
        std::vector<char*> arguments{const_cast<char*>(path.c_str())};
        for (const std::string& word : words)
            arguments.push_back(const_cast<char*>(word.c_str()));
        arguments.push_back(nullptr);
        pid_t child = -1;
        require(::posix_spawn(&child, path.c_str(), &m_actions, &m_attributes, arguments.data(),
                              ::environ) == 0,
                ErrorCode::internal, "a program could not be started");
        return child;
    }

private:
    posix_spawn_file_actions_t m_actions{};
    posix_spawnattr_t m_attributes{};
};

int wait_for(pid_t child) {
    int status = 0;
    while (::waitpid(child, &status, 0) < 0) {
        if (errno != EINTR)
            return -1;
    }
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

std::string read_all(int fd) {
    std::string text;
    char block[4096];
    for (;;) {
        const ssize_t got = ::read(fd, block, sizeof block);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return text;
        // The rest is read as well, so that the program does not wait for us.
        text.append(block, std::min(static_cast<size_t>(got), most_output - text.size()));
    }
}

}  // namespace

ProgramOutcome run_program(const std::string& path, const std::vector<std::string>& words) {
    int ends[2];
    require(::pipe2(ends, O_CLOEXEC) == 0, ErrorCode::internal, "no pipe");
    pid_t child = -1;
    try {
        Preparation preparation(false);
        preparation.output_to(ends[1]);
        child = preparation.spawn(path, words);
    } catch (...) {
        ::close(ends[0]);
        ::close(ends[1]);
        throw;
    }
    ::close(ends[1]);
    ProgramOutcome outcome;
    outcome.output = read_all(ends[0]);
    ::close(ends[0]);
    outcome.code = wait_for(child);
    return outcome;
}

long start_program(const std::string& path, const std::vector<std::string>& words) {
    Preparation preparation(true);
    preparation.output_to_nowhere();
    return preparation.spawn(path, words);
}

}  // namespace bidseal::bridge
