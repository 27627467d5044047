// The daemon's own log: a file of limited size with a few older ones beside it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace bidseal::bridge {

inline constexpr uint64_t log_file_bytes = 1u << 20;
inline constexpr int older_log_files = 3;

/// `PATH`, and `PATH.1` (the newest) to `PATH.3` for what does not fit any more. For this user
/// alone. Not thread safe. A log that cannot be written must not stop the work: nothing throws.
class LogFile {
public:
    explicit LogFile(std::string path, uint64_t most_bytes = log_file_bytes);
    ~LogFile();
    LogFile(const LogFile&) = delete;
    LogFile& operator=(const LogFile&) = delete;

    /// A whole line with its end.
    void append(std::string_view line);

private:
    void open();
    void rotate();

    std::string m_path;
    uint64_t m_most;
    uint64_t m_size = 0;
    int m_fd = -1;
};

/// The last lines of the log, over the older files too, oldest first.
std::vector<std::string> last_log_lines(const std::string& path, size_t count);

}  // namespace bidseal::bridge
