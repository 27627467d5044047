// Files that belong to this user alone: the daemon's key, pairings, journals.
#pragma once

#include <optional>
#include <string>

#include "bidseal/base/bytes.h"

namespace bidseal::bridge {

/// Makes the folder and those above it, for this user alone. Throws Error(io_write) when it cannot
/// be made, is no folder, or belongs to somebody else or may be written by others.
void make_private_folder(const std::string& path);

/// Replaces the file as a whole, readable for this user alone: after a crash there is the old one
/// or the new one, and it is on the disk when this returns. Throws Error: io_write, disk_full.
void write_private_file(const std::string& path, ByteView content);

/// The file's content, or nothing when there is none. Throws what read_file() throws for a file
/// that this user or root did not write.
std::optional<Bytes> read_private_file(const std::string& path, size_t max_bytes);

/// Held while a file is read and written anew, against other processes of this user.
class FileLock {
public:
    /// Waits when `wait`; else Error(busy) when somebody holds it. Throws Error(io_write).
    explicit FileLock(const std::string& path, bool wait = true);
    ~FileLock();
    FileLock(const FileLock&) = delete;
    FileLock& operator=(const FileLock&) = delete;

private:
    int m_fd;
};

/// Tells whether a file was replaced or written since the last look: its inode, size and time.
struct FileStamp {
    uint64_t inode = 0, size = 0;
    int64_t seconds = 0, nanoseconds = 0;
    friend bool operator==(const FileStamp& a, const FileStamp& b) {
        return a.inode == b.inode && a.size == b.size && a.seconds == b.seconds &&
               a.nanoseconds == b.nanoseconds;
    }
};
/// All zero when there is no such file.
FileStamp stamp_of(const std::string& path);

}  // namespace bidseal::bridge
