#include "bridge/local/base/private_files.h"

#include <cerrno>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bidseal/base/error.h"

#include "bridge/local/base/system.h"

namespace bidseal::bridge {

namespace {

class Descriptor {
public:
    explicit Descriptor(int fd) : m_fd(fd) {}
    ~Descriptor() { close(); }
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    int get() const { return m_fd; }
    bool close() {
        int fd = m_fd;
        m_fd = -1;
        return fd < 0 || ::close(fd) == 0;
    }

private:
    int m_fd;
};

[[noreturn]] void fail_to_write() {
    throw Error(errno == ENOSPC || errno == EDQUOT ? ErrorCode::disk_full : ErrorCode::io_write);
}

void write_all(int fd, ByteView content) {
    while (!content.empty()) {
        ssize_t wrote = ::write(fd, content.data(), content.size());
        if (wrote < 0 && errno == EINTR)
            continue;
        if (wrote <= 0)
            fail_to_write();
        content = content.subspan(static_cast<size_t>(wrote));
    }
}

std::string folder_of(const std::string& path) {
    size_t slash = path.rfind('/');
    return slash == std::string::npos ? "." : path.substr(0, slash + 1);
}

/// A new name in a folder is on the disk when the folder is.
void flush_folder(const std::string& path) {
    Descriptor folder(::open(folder_of(path).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (folder.get() >= 0)
        ::fsync(folder.get());
}

}  // namespace

void make_private_folder(const std::string& path) {
    for (size_t at = 1; at != std::string::npos;) {
        at = path.find('/', at);
        std::string part = path.substr(0, at);
        if (::mkdir(part.c_str(), 0700) != 0 && errno != EEXIST && errno != EROFS)
            break;  // the check below says whether it matters
        if (at != std::string::npos)
            ++at;
    }
    struct stat info {};
    bool usable = ::stat(path.c_str(), &info) == 0 && S_ISDIR(info.st_mode) &&
                  info.st_uid == ::geteuid() && (info.st_mode & (S_IWGRP | S_IWOTH)) == 0;
    require(usable, ErrorCode::io_write, "the folder for the bridge's own files cannot be used");
}

void write_private_file(const std::string& path, ByteView content) {
    const std::string fresh = path + ".new";
    ::unlink(fresh.c_str());
    Descriptor file(
        ::open(fresh.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600));
    if (file.get() < 0)
        fail_to_write();
    try {
        write_all(file.get(), content);
        if (::fsync(file.get()) != 0 || !file.close() || ::rename(fresh.c_str(), path.c_str()) != 0)
            fail_to_write();
    } catch (...) {
        ::unlink(fresh.c_str());
        throw;
    }
    flush_folder(path);
}

std::optional<Bytes> read_private_file(const std::string& path, size_t max_bytes) {
    if (::access(path.c_str(), F_OK) != 0 && errno == ENOENT)
        return std::nullopt;
    return read_file(path, max_bytes, FileOwner::user_or_admin);
}

FileLock::FileLock(const std::string& path, bool wait)
    : m_fd(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600)) {
    require(m_fd >= 0, ErrorCode::io_write, "cannot lock");
    while (::flock(m_fd, wait ? LOCK_EX : LOCK_EX | LOCK_NB) != 0) {
        if (errno == EINTR)
            continue;
        ErrorCode code = errno == EWOULDBLOCK ? ErrorCode::busy : ErrorCode::io_write;
        ::close(m_fd);
        throw Error(code);
    }
}

FileLock::~FileLock() {
    ::close(m_fd);
}

FileStamp stamp_of(const std::string& path) {
    struct stat info {};
    if (::stat(path.c_str(), &info) != 0)
        return {};
    return {info.st_ino, static_cast<uint64_t>(info.st_size), info.st_mtim.tv_sec,
            info.st_mtim.tv_nsec};
}

}  // namespace bidseal::bridge
