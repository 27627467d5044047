#include "store.h"

#include <cerrno>
#include <cstdio>
#include <cstdlib>

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bidseal/base/text.h"

namespace bidseal::softukey {
namespace {

constexpr char suffix[] = ".ukey";

class Descriptor {
public:
    explicit Descriptor(int fd) : m_fd(fd) {}
    ~Descriptor() {
        if (m_fd >= 0)
            ::close(m_fd);
    }
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    int get() const { return m_fd; }
    bool ok() const { return m_fd >= 0; }

private:
    int m_fd;
};

void write_all(int fd, ByteView bytes) {
    while (!bytes.empty()) {
        const ssize_t n = ::write(fd, bytes.data(), bytes.size());
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            throw Answer{errno == ENOSPC ? SAR_NO_ROOM : SAR_WRITEFILEERR};
        bytes = bytes.subspan(static_cast<size_t>(n));
    }
}

// Puts the new file in the old one's place only if there is an old one; the plain rename() would
// plug a device in again that was pulled out a moment ago.
void exchange(const std::string& temporary, const std::string& path) {
    if (::renameat2(AT_FDCWD, temporary.c_str(), AT_FDCWD, path.c_str(), RENAME_EXCHANGE) == 0) {
        ::unlink(temporary.c_str());
        return;
    }
    const int reason = errno;
    if (reason == EINVAL || reason == ENOSYS) {  // a file system that cannot exchange
        if (::access(path.c_str(), F_OK) == 0 && ::rename(temporary.c_str(), path.c_str()) == 0) {
            return;
        }
    }
    const bool gone = ::access(path.c_str(), F_OK) != 0;
    ::unlink(temporary.c_str());
    throw Answer{gone ? SAR_DEVICE_REMOVED : SAR_WRITEFILEERR};
}

}  // namespace

std::string folder() {
    if (const char* set = std::getenv("BIDSEAL_SOFTUKEY_DIR"); set && *set)
        return set;
    const char* home = std::getenv("HOME");
    return std::string(home ? home : "") + "/.local/share/bidseal/softukey";
}

bool is_device_name(const std::string& name) {
    return is_identifier(name) && name[0] != '.';
}

std::set<std::string> list_devices() {
    std::set<std::string> names;
    DIR* dir = ::opendir(folder().c_str());
    if (!dir)
        return names;
    while (const dirent* entry = ::readdir(dir)) {
        const std::string file = entry->d_name;
        const size_t tail = sizeof suffix - 1;
        if (file.size() <= tail || file.compare(file.size() - tail, tail, suffix) != 0)
            continue;
        const std::string name = file.substr(0, file.size() - tail);
        if (is_device_name(name))
            names.insert(name);
    }
    ::closedir(dir);
    return names;
}

DeviceFile::DeviceFile(const std::string& name) {
    demand(is_device_name(name), SAR_INVALIDPARAMERR);
    m_folder = folder();
    m_path = m_folder + "/" + name + suffix;
    m_temporary = m_folder + "/." + name + suffix + ".new";
    demand(::access(m_path.c_str(), F_OK) == 0, SAR_DEVICE_REMOVED);
    const std::string lock = m_folder + "/." + name + ".lock";
    m_lock = ::open(lock.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    demand(m_lock >= 0, SAR_FILEERR);
}

DeviceFile::~DeviceFile() {
    if (m_lock >= 0)
        ::close(m_lock);  // gives the lock back as well
}

bool DeviceFile::try_lock() {
    while (::flock(m_lock, LOCK_EX | LOCK_NB) != 0) {
        if (errno == EWOULDBLOCK)
            return false;
        if (errno != EINTR)
            throw Answer{SAR_FILEERR};
    }
    return true;
}

void DeviceFile::unlock() {
    ::flock(m_lock, LOCK_UN);
}

FileMark DeviceFile::mark() const {
    struct stat info {};
    demand(::stat(m_path.c_str(), &info) == 0, SAR_DEVICE_REMOVED);
    return {info.st_ino, info.st_ctim};
}

Bytes DeviceFile::read() const {
    const Descriptor fd(::open(m_path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!fd.ok())
        throw Answer{errno == ENOENT ? SAR_DEVICE_REMOVED : SAR_READFILEERR};
    Bytes bytes;
    uint8_t buffer[65536];
    for (;;) {
        const ssize_t n = ::read(fd.get(), buffer, sizeof buffer);
        if (n < 0 && errno == EINTR)
            continue;
        demand(n >= 0, SAR_READFILEERR);
        if (n == 0)
            return bytes;
        append(bytes, {buffer, static_cast<size_t>(n)});
        demand(bytes.size() <= max_state_size, SAR_FILEERR);
    }
}

void DeviceFile::replace(ByteView bytes) const {
    demand(bytes.size() <= max_state_size, SAR_NO_ROOM);
    ::unlink(m_temporary.c_str());  // left over from a crash; we hold the lock
    {
        const int flags = O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW;
        const Descriptor fd(::open(m_temporary.c_str(), flags, 0600));
        if (!fd.ok())
            throw Answer{errno == ENOENT ? SAR_DEVICE_REMOVED : SAR_WRITEFILEERR};
        try {
            write_all(fd.get(), bytes);
            demand(::fsync(fd.get()) == 0, SAR_WRITEFILEERR);
        } catch (const Answer&) {
            ::unlink(m_temporary.c_str());
            throw;
        }
    }
    exchange(m_temporary, m_path);
    const Descriptor dir(::open(m_folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (dir.ok())
        ::fsync(dir.get());
}

}  // namespace bidseal::softukey
