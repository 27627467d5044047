#include "bridge/local/base/log_file.h"

#include <cstdio>
#include <fstream>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace bidseal::bridge {

namespace {

std::string older_name(const std::string& path, int number) {
    return number == 0 ? path : path + "." + std::to_string(number);
}

}  // namespace

LogFile::LogFile(std::string path, uint64_t most_bytes)
    : m_path(std::move(path)), m_most(most_bytes) {
    open();
}

LogFile::~LogFile() {
    if (m_fd >= 0)
        ::close(m_fd);
}

void LogFile::open() {
    m_fd = ::open(m_path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);
    struct stat info {};
    m_size = m_fd >= 0 && ::fstat(m_fd, &info) == 0 ? static_cast<uint64_t>(info.st_size) : 0;
}

void LogFile::rotate() {
    ::close(m_fd);
    for (int number = older_log_files; number > 0; --number) {
        std::rename(older_name(m_path, number - 1).c_str(), older_name(m_path, number).c_str());
    }
    open();
}

void LogFile::append(std::string_view line) {
    if (m_fd >= 0 && m_size > 0 && m_size + line.size() > m_most)
        rotate();
    if (m_fd < 0)
        return;
    ssize_t wrote = ::write(m_fd, line.data(), line.size());
    if (wrote > 0)
        m_size += static_cast<uint64_t>(wrote);
}

std::vector<std::string> last_log_lines(const std::string& path, size_t count) {
    std::vector<std::string> lines;
    for (int number = 0; number <= older_log_files && lines.size() < count; ++number) {
        std::ifstream file(older_name(path, number));
        std::vector<std::string> older;
        for (std::string line; std::getline(file, line);)
            older.push_back(line);
        older.insert(older.end(), lines.begin(), lines.end());
        lines = std::move(older);
    }
    if (lines.size() > count)
        lines.erase(lines.begin(), lines.end() - static_cast<ptrdiff_t>(count));
    return lines;
}

}  // namespace bidseal::bridge
