#include "bridge/cloud/enrol/simulators.h"

#include <cstdio>

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bridge/cloud/base/key_file.h"

extern char** environ;

namespace bidseal::cloud {
namespace {

void write_private_file(const std::string& path, ByteView content, int flags) {
    const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW | flags, 0600);
    require(fd >= 0, ErrorCode::io_write);
    const ssize_t written = ::write(fd, content.data(), content.size());
    ::close(fd);
    require(written == static_cast<ssize_t>(content.size()), ErrorCode::io_write);
}

void run_program(const std::vector<std::string>& words) {
    std::vector<char*> arguments;
    for (const std::string& word : words)
        arguments.push_back(const_cast<char*>(word.c_str()));
    arguments.push_back(nullptr);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    pid_t child = -1;
    const int started =
        posix_spawn(&child, words[0].c_str(), &actions, nullptr, arguments.data(), environ);
    posix_spawn_file_actions_destroy(&actions);
    require(started == 0, ErrorCode::io_read, "the CA's program cannot be started");
    int status = 0;
    while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    require(WIFEXITED(status) && WEXITSTATUS(status) == 0, ErrorCode::io_read,
            "the CA issued nothing");
}

}  // namespace

void SimulatedSms::send(const std::string& phone, const std::string& code) {
    std::lock_guard<std::mutex> lock(m_mutex);
    const std::string line = phone + " " + code + "\n";
    write_private_file(m_file, as_bytes(line), O_APPEND);
}

bool SimulatedFaceCheck::is_person(const std::string& name, ByteView evidence) {
    return as_text(evidence) == "simulated face of " + name;
}

bool SimulatedRegistry::may_act(const std::string&, const std::string& company,
                                const std::string&) {
    return company.find("refused") == std::string::npos;
}

Bytes TestCaProgram::issue(const std::string& company, const std::string& credit_code,
                           Purpose purpose, const crypto::Sm2PublicKey& key) {
    std::lock_guard<std::mutex> lock(m_mutex);
    const std::string spki = m_scratch + "/certify.spki", out = m_scratch + "/certify.crt";
    write_private_file(spki, key.spki(), O_TRUNC);
    ::unlink(out.c_str());
    run_program({m_program, "certify", m_ca, "--name", company, "--code", credit_code, "--purpose",
                 purpose == Purpose::signing ? "signing" : "encryption", "--spki", spki, "--out",
                 out});
    const auto made = crypto::Certificate::parse_file(read_whole_file(out, 64 * 1024));
    require(made.size() == 1 && equal(made[0].spki(), key.spki()), ErrorCode::certificate_invalid,
            "the CA issued another certificate");
    return to_bytes(made[0].der());
}

}  // namespace bidseal::cloud
