// Structured log lines. They say what happened, never about whom: no names, contents, keys or PINs.
#pragma once

#include <initializer_list>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>

#include "bridge/local/base/log_file.h"

namespace bidseal::bridge {

enum class LogLevel { info, warning, error };

struct LogField {
    const char* name;
    std::string value;
};

/// Writes `2026-11-22T08:30:00Z level=info event=NAME key=value …` to a file descriptor, one line
/// at a time, from any thread. Values are cut at 128 bytes and stripped to printable ASCII without
/// spaces, so that what a peer sent cannot forge a line.
class Log {
public:
    /// `file`, when given, gets the same lines and must outlive the log.
    explicit Log(int fd = 2, LogFile* file = nullptr) : m_fd(fd), m_file(file) {}
    void write(LogLevel level, const char* event, std::initializer_list<LogField> fields = {});

private:
    int m_fd;
    LogFile* m_file;
    std::mutex m_mutex;
};

}  // namespace bidseal::bridge
