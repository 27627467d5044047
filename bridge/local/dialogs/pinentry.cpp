#include "bridge/local/dialogs/pinentry.h"

#include <cstdlib>

#include <fcntl.h>
#include <langinfo.h>
#include <locale.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bridge/local/dialogs/assuan.h"

extern char** environ;

namespace bidseal::bridge {

namespace {

/// A running pinentry; ended and waited for when it goes out of scope.
class Process {
public:
    explicit Process(const std::string& program) {
        int to_child[2], from_child[2];
        require(::pipe2(to_child, O_CLOEXEC) == 0, ErrorCode::internal, "no pipe");
        if (::pipe2(from_child, O_CLOEXEC) != 0) {
            ::close(to_child[0]);
            ::close(to_child[1]);
            throw Error(ErrorCode::internal, "no pipe");
        }
        m_to = to_child[1];
        m_from = from_child[0];
        posix_spawn_file_actions_t actions;
        posix_spawn_file_actions_init(&actions);
        posix_spawn_file_actions_adddup2(&actions, to_child[0], 0);
        posix_spawn_file_actions_adddup2(&actions, from_child[1], 1);
        // Nothing of the daemon's is inherited: no sockets, no other window's pipes.
        posix_spawn_file_actions_addclosefrom_np(&actions, 3);
        std::string path = program;
        char* arguments[] = {path.data(), nullptr};
        int failed = ::posix_spawn(&m_pid, path.c_str(), &actions, nullptr, arguments, ::environ);
        posix_spawn_file_actions_destroy(&actions);
        ::close(to_child[0]);
        ::close(from_child[1]);
        if (failed != 0) {
            m_pid = -1;
            stop();
            throw Error(ErrorCode::pinentry_missing, "cannot be started");
        }
    }

    Process(const Process&) = delete;
    Process& operator=(const Process&) = delete;
    ~Process() { stop(); }

    int to() const { return m_to; }
    int from() const { return m_from; }

private:
    void stop() {
        ::close(m_to);
        ::close(m_from);
        if (m_pid <= 0)
            return;
        ::kill(m_pid, SIGTERM);
        for (int i = 0; i < 50; ++i) {
            if (::waitpid(m_pid, nullptr, WNOHANG) != 0)
                return;
            ::usleep(10000);
        }
        ::kill(m_pid, SIGKILL);
        ::waitpid(m_pid, nullptr, 0);
    }

    int m_to = -1, m_from = -1;
    pid_t m_pid = -1;
};

bool can_run(const std::string& path) {
    return ::access(path.c_str(), X_OK) == 0;
}

std::string environment(std::initializer_list<const char*> names) {
    for (const char* name : names) {
        const char* value = std::getenv(name);
        if (value && *value)
            return value;
    }
    return {};
}

/// Whether the system has this language, with texts in UTF-8.
bool is_installed_utf8(const std::string& language) {
    const locale_t locale = ::newlocale(LC_CTYPE_MASK, language.c_str(), nullptr);
    if (locale == nullptr)
        return false;
    const bool utf8 = std::string(::nl_langinfo_l(CODESET, locale)) == "UTF-8";
    ::freelocale(locale);
    return utf8;
}

/// The terminal and language that a pinentry which has none of its own may use.
void describe_surroundings(AssuanClient& client) {
    std::string terminal = environment({"GPG_TTY"});
    if (!terminal.empty())
        client.command("OPTION ttyname=" + assuan_escape(terminal));
    std::string type = environment({"TERM"});
    if (!type.empty())
        client.command("OPTION ttytype=" + assuan_escape(type));
    // Our texts are UTF-8 whatever the session says, and curses refuses them in a language that is
    // not installed.
    std::string language = environment({"LC_ALL", "LC_CTYPE", "LANG"});
    if (!is_installed_utf8(language))
        language = "C.UTF-8";
    client.command("OPTION lc-ctype=" + assuan_escape(language));
}

/// Options are refused by some of the family; the window's own texts must be taken.
void set(AssuanClient& client, const char* command, const std::string& value) {
    if (value.empty())
        return;
    require(client.command(std::string(command) + " " + assuan_escape(value)).ok(),
            ErrorCode::pinentry_missing, "a text was refused");
}

/// Assuan lines hold 1000 bytes after escaping.
std::string cut_description(const std::string& text) {
    constexpr size_t most = 960;
    std::string cut = text;
    while (assuan_escape(cut).size() > most) {
        // A whole character: its continuation bytes, then its first byte.
        while (!cut.empty() && (static_cast<uint8_t>(cut.back()) & 0xC0) == 0x80)
            cut.pop_back();
        if (!cut.empty())
            cut.pop_back();
    }
    return cut;
}

AssuanAnswer run(const std::string& program, std::chrono::seconds timeout, const DialogText& text,
                 const char* command, const Interrupt& interrupt,
                 std::chrono::milliseconds* stood = nullptr) {
    interrupt.check();
    Process process(program);
    // The window closes by itself first; patience ends only with a program that hangs.
    AssuanClient client(process.to(), process.from(), interrupt, timeout + std::chrono::seconds(5));
    client.greet();
    describe_surroundings(client);
    client.command("SETTIMEOUT " + std::to_string(timeout.count()));
    set(client, "SETTITLE", text.title);
    set(client, "SETDESC", cut_description(text.description));
    set(client, "SETPROMPT", text.prompt);
    set(client, "SETOK", text.ok);
    set(client, "SETCANCEL", text.cancel);
    // Only now the window appears: how long the program took to start does not count.
    auto shown = std::chrono::steady_clock::now();
    AssuanAnswer answer = client.command(command);
    if (stood) {
        *stood = std::chrono::duration_cast<std::chrono::milliseconds>(
            std::chrono::steady_clock::now() - shown);
    }
    if (answer.is(AssuanError::timeout))
        throw Error(ErrorCode::timed_out);
    bool refused = answer.is(AssuanError::canceled) || answer.is(AssuanError::not_confirmed) ||
                   answer.is(AssuanError::fully_canceled);
    require(answer.ok() || refused, ErrorCode::pinentry_missing, "the window could not be shown");
    return answer;
}

}  // namespace

std::string find_pinentry(const std::string& configured) {
    if (!configured.empty()) {
        require(can_run(configured), ErrorCode::pinentry_missing, "the configured one cannot run");
        return configured;
    }
    for (const char* name : {"pinentry", "pinentry-gnome3", "pinentry-qt", "pinentry-gtk-2",
                             "pinentry-x11", "pinentry-curses", "pinentry-tty"}) {
        std::string path = std::string("/usr/bin/") + name;
        if (can_run(path))
            return path;
    }
    throw Error(ErrorCode::pinentry_missing);
}

std::string pinentry_flavour(const std::string& program) {
    constexpr std::chrono::seconds patience{5};
    Interrupt interrupt;
    Process process(program);
    AssuanClient client(process.to(), process.from(), interrupt, patience);
    client.greet();
    AssuanAnswer answer = client.command("GETINFO flavor");
    return answer.ok() && !answer.data.empty() ? std::string(as_text(answer.data.view()))
                                               : "unknown";
}

Pinentry::Pinentry(std::string program, std::chrono::seconds timeout)
    : m_program(std::move(program)), m_timeout(timeout) {}

std::optional<std::chrono::milliseconds> Pinentry::confirm(const DialogText& text,
                                                           const Interrupt& interrupt) {
    std::chrono::milliseconds stood{0};
    if (!run(m_program, m_timeout, text, "CONFIRM", interrupt, &stood).ok())
        return std::nullopt;
    return stood;
}

std::optional<SecretBytes> Pinentry::ask_pin(const DialogText& text, const Interrupt& interrupt) {
    AssuanAnswer answer = run(m_program, m_timeout, text, "GETPIN", interrupt);
    if (!answer.ok() || answer.data.empty())
        return std::nullopt;
    return std::move(answer.data);
}

}  // namespace bidseal::bridge
