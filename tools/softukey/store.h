// The folder of software UKeys: one file per device. A file that is there is plugged in.
#pragma once

#include <ctime>
#include <set>
#include <string>

#include "state.h"

namespace bidseal::softukey {

/// BIDSEAL_SOFTUKEY_DIR, else ~/.local/share/bidseal/softukey. Read anew at every call.
std::string folder();

/// Names of the devices plugged in.
std::set<std::string> list_devices();

/// Whether the name can be a device's: [A-Za-z0-9._-]{1,64}, not beginning with a dot.
bool is_device_name(const std::string& name);

/// Which file it was: told apart by inode and change time, so that a file that was moved away and
/// back is noticed.
struct FileMark {
    ino_t inode = 0;
    timespec changed{};
    friend bool operator==(const FileMark& a, const FileMark& b) {
        return a.inode == b.inode && a.changed.tv_sec == b.changed.tv_sec &&
               a.changed.tv_nsec == b.changed.tv_nsec;
    }
};

/// Access to one device's file. Not thread safe: Library holds its lock around every call.
class DeviceFile {
public:
    explicit DeviceFile(const std::string& name);
    ~DeviceFile();
    DeviceFile(const DeviceFile&) = delete;
    DeviceFile& operator=(const DeviceFile&) = delete;

    /// Tries to lock the device against all other connections, of this process and others.
    bool try_lock();
    void unlock();

    /// The file's mark. Throws Answer SAR_DEVICE_REMOVED when it is not there.
    FileMark mark() const;
    /// The file's bytes. Throws Answer SAR_DEVICE_REMOVED, SAR_READFILEERR, SAR_FILEERR (too
    /// large).
    Bytes read() const;
    /// Replaces the file in one step: a crash leaves the old or the new state, never a mixture, and
    /// a device pulled out meanwhile does not come back. Throws Answer SAR_DEVICE_REMOVED,
    /// SAR_WRITEFILEERR, SAR_NO_ROOM.
    void replace(ByteView bytes) const;

private:
    std::string m_folder;
    std::string m_path;
    std::string m_temporary;
    int m_lock = -1;
};

}  // namespace bidseal::softukey
