#include "tools/cli/host.h"

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <filesystem>

#include <fcntl.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include "bidseal/base/error.h"

namespace bidseal::cli {
namespace {

volatile std::sig_atomic_t g_cancelled = 0;

void on_signal(int) {
    g_cancelled = 1;
}

[[noreturn]] void fail_write(int error, const std::string& path) {
    throw Error(error == ENOSPC || error == EDQUOT ? ErrorCode::disk_full : ErrorCode::io_write,
                path);
}

std::string temporary_name(const std::string& path) {
    uint8_t tail[6];
    SystemRandom().fill(tail);
    const std::filesystem::path p(path);
    // A name of its own length: the target's may already be as long as a name can be.
    return (p.parent_path() / (".bidseal-" + to_hex(tail) + ".partial")).string();
}

// Gives the file its final name unless somebody has it already: in one step where the system and
// the file system can (USB sticks know no hard links), else with a look beforehand.
bool name_new_file(const std::string& from, const std::string& to) {
    if (renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE) == 0)
        return true;
    if (errno != EINVAL && errno != ENOSYS)
        return false;
    if (link(from.c_str(), to.c_str()) == 0) {
        unlink(from.c_str());
        return true;
    }
    if (errno != EPERM && errno != EOPNOTSUPP && errno != ENOSYS)
        return false;
    if (std::filesystem::exists(std::filesystem::symlink_status(to))) {
        errno = EEXIST;
        return false;
    }
    return rename(from.c_str(), to.c_str()) == 0;
}

// Makes the new name survive a power cut.
void sync_folder_of(const std::string& path) {
    std::filesystem::path folder = std::filesystem::path(path).parent_path();
    const int fd = open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd >= 0) {
        fsync(fd);
        close(fd);
    }
}

SecretBytes read_line(int fd) {
    SecretBytes line(1024);
    size_t length = 0;
    while (length < line.size()) {
        uint8_t c = 0;
        const ssize_t got = ::read(fd, &c, 1);
        if (got < 0 && errno == EINTR && g_cancelled == 0)
            continue;
        if (got <= 0 || c == '\n')
            break;
        if (c != '\r')
            line.span()[length++] = c;
    }
    return SecretBytes::copy_of(line.view().first(length));
}

}  // namespace

InputFile::InputFile(const std::string& path) {
    // Not to wait for a writer, should it be a pipe: only regular files are taken.
    m_fd = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    struct stat info {};
    if (m_fd < 0 || fstat(m_fd, &info) != 0 || !S_ISREG(info.st_mode)) {
        if (m_fd >= 0)
            close(m_fd);
        throw Error(ErrorCode::io_read, path);
    }
    m_size = static_cast<uint64_t>(info.st_size);
    m_changed_s = info.st_mtim.tv_sec;
    m_changed_ns = info.st_mtim.tv_nsec;
}

InputFile::~InputFile() {
    close(m_fd);
}

void InputFile::read(uint64_t offset, std::span<uint8_t> out) const {
    size_t done = 0;
    while (done < out.size()) {
        const ssize_t got =
            pread(m_fd, out.data() + done, out.size() - done, static_cast<off_t>(offset + done));
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            throw Error(ErrorCode::io_read);
        if (got == 0)
            throw Error(ErrorCode::file_changed);
        done += static_cast<size_t>(got);
    }
}

Bytes InputFile::read(uint64_t offset, uint64_t length) const {
    require(offset <= m_size && length <= m_size - offset, ErrorCode::bid_truncated);
    Bytes bytes(length);
    read(offset, bytes);
    return bytes;
}

void InputFile::check_unchanged() const {
    struct stat info {};
    const bool same = fstat(m_fd, &info) == 0 && static_cast<uint64_t>(info.st_size) == m_size &&
                      info.st_mtim.tv_sec == m_changed_s && info.st_mtim.tv_nsec == m_changed_ns;
    require(same, ErrorCode::file_changed);
}

Bytes read_file(const std::string& path, uint64_t limit) {
    const InputFile file(path);
    if (file.size() > limit)
        throw Error(ErrorCode::limit_exceeded, path);
    return file.read(0, file.size());
}

OutputFile::OutputFile(std::string path, bool overwrite, bool sync)
    : m_path(std::move(path)),
      m_temporary(temporary_name(m_path)),
      m_overwrite(overwrite),
      m_sync(sync) {
    if (!overwrite && std::filesystem::exists(std::filesystem::symlink_status(m_path)))
        throw Error(ErrorCode::file_exists, m_path);
    m_fd = open(m_temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (m_fd < 0)
        fail_write(errno, m_path);
    m_buffer.reserve(1 << 20);
}

OutputFile::~OutputFile() {
    if (m_fd >= 0) {
        close(m_fd);
        unlink(m_temporary.c_str());
    }
}

void OutputFile::write(ByteView bytes) {
    append(m_buffer, bytes);
    if (m_buffer.size() >= (1 << 20))
        flush();
}

void OutputFile::flush() {
    size_t done = 0;
    while (done < m_buffer.size()) {
        const ssize_t put = ::write(m_fd, m_buffer.data() + done, m_buffer.size() - done);
        if (put < 0 && errno == EINTR)
            continue;
        if (put < 0)
            fail_write(errno, m_path);
        done += static_cast<size_t>(put);
    }
    m_buffer.clear();
}

void OutputFile::commit() {
    flush();
    if (m_sync && fsync(m_fd) != 0)
        fail_write(errno, m_path);
    const bool done = m_overwrite ? rename(m_temporary.c_str(), m_path.c_str()) == 0
                                  : name_new_file(m_temporary, m_path);
    if (!done)
        errno == EEXIST ? throw Error(ErrorCode::file_exists, m_path) : fail_write(errno, m_path);
    close(m_fd);
    m_fd = -1;
    if (m_sync)
        sync_folder_of(m_path);
}

void write_file(const std::string& path, ByteView bytes, bool overwrite) {
    OutputFile file(path, overwrite);
    file.write(bytes);
    file.commit();
}

void make_folder(const std::string& path) {
    std::error_code error;
    std::filesystem::create_directories(path, error);
    if (error)
        fail_write(error.value(), path);
}

OutputFolder::OutputFolder(std::string path) : m_path(std::move(path)) {
    while (m_path.size() > 1 && m_path.back() == '/')
        m_path.pop_back();
    m_temporary = temporary_name(m_path);
    if (std::filesystem::exists(std::filesystem::symlink_status(m_path)))
        throw Error(ErrorCode::file_exists, m_path);
    make_folder(m_temporary);
}

OutputFolder::~OutputFolder() {
    std::error_code ignored;
    if (!m_committed)
        std::filesystem::remove_all(m_temporary, ignored);
}

std::string OutputFolder::place(const std::string& relative) {
    const std::filesystem::path target = std::filesystem::path(m_temporary) / relative;
    make_folder(target.parent_path().string());
    return target.string();
}

void OutputFolder::commit() {
    if (std::filesystem::exists(std::filesystem::symlink_status(m_path)))
        throw Error(ErrorCode::file_exists, m_path);
    const int fd = ::open(m_temporary.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    const bool synced = fd >= 0 && syncfs(fd) == 0;
    const int sync_error = errno;
    if (fd >= 0)
        close(fd);
    if (!synced)
        fail_write(sync_error, m_path);
    if (rename(m_temporary.c_str(), m_path.c_str()) != 0)
        fail_write(errno, m_path);
    m_committed = true;
    sync_folder_of(m_path);
}

void install_signal_handlers() {
    struct sigaction action {};
    action.sa_handler = on_signal;
    sigaction(SIGINT, &action, nullptr);
    sigaction(SIGTERM, &action, nullptr);
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN);
}

void check_cancelled() {
    if (g_cancelled != 0)
        throw Error(ErrorCode::cancelled);
}

SecretBytes ask_secret(const std::string& prompt, bool from_stdin) {
    if (from_stdin)
        return read_line(STDIN_FILENO);
    const int tty = open("/dev/tty", O_RDWR | O_CLOEXEC);
    if (tty < 0)
        throw Error(ErrorCode::pin_cancelled, "no terminal: use --pin-file or --pin-stdin");
    termios before{};
    tcgetattr(tty, &before);
    termios hidden = before;
    hidden.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    tcsetattr(tty, TCSAFLUSH, &hidden);
    (void)!::write(tty, prompt.data(), prompt.size());
    SecretBytes line = read_line(tty);
    tcsetattr(tty, TCSAFLUSH, &before);
    (void)!::write(tty, "\n", 1);
    close(tty);
    check_cancelled();
    if (line.empty())
        throw Error(ErrorCode::pin_cancelled);
    return line;
}

SecretBytes read_secret(const std::string& path) {
    const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        throw Error(ErrorCode::io_read, path);
    SecretBytes line = read_line(fd);
    close(fd);
    return line;
}

}  // namespace bidseal::cli
