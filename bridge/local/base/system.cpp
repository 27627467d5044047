#include "bridge/local/base/system.h"

#include <cerrno>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bidseal/base/error.h"

namespace bidseal::bridge {

namespace {

struct OpenFile {
    int fd;
    ~OpenFile() {
        if (fd >= 0)
            ::close(fd);
    }
};

bool written_by(const struct stat& info, FileOwner owner) {
    if (owner == FileOwner::anyone)
        return true;
    if (info.st_mode & (S_IWGRP | S_IWOTH))
        return false;
    if (info.st_uid == 0)
        return true;
    return owner == FileOwner::user_or_admin && info.st_uid == ::geteuid();
}

}  // namespace

Bytes read_file(const std::string& path, size_t max_bytes, FileOwner owner) {
    OpenFile file{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
    struct stat info {};
    if (file.fd < 0 || ::fstat(file.fd, &info) != 0 || !S_ISREG(info.st_mode)) {
        throw Error(ErrorCode::io_read, "cannot open a file that the configuration names");
    }
    if (!written_by(info, owner)) {
        throw Error(ErrorCode::io_read, "a file of the configuration may be written by others");
    }
    Bytes content;
    uint8_t block[65536];
    for (;;) {
        ssize_t got = ::read(file.fd, block, sizeof block);
        if (got < 0 && errno == EINTR)
            continue;
        require(got >= 0, ErrorCode::io_read);
        if (got == 0)
            return content;
        append(content, ByteView(block, static_cast<size_t>(got)));
        require(content.size() <= max_bytes, ErrorCode::limit_exceeded, "file too large");
    }
}

}  // namespace bidseal::bridge
