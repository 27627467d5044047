// Structured log lines. They say what happened, never to whom: no names, keys, contents, PINs.
#pragma once

#include <initializer_list>
#include <mutex>
#include <string>

namespace bidseal::cloud {

struct LogField {
    const char* name;
    std::string value;
};

/// Writes `2026-11-22T08:30:00Z level=info event=NAME key=value …` to standard error, a line at a
/// time, from any thread. Values are cut at 128 bytes and stripped to printable ASCII without
/// spaces, so that what a peer sent cannot forge a line.
class Log {
public:
    void info(const char* event, std::initializer_list<LogField> fields = {}) {
        write("info", event, fields);
    }
    void warn(const char* event, std::initializer_list<LogField> fields = {}) {
        write("warning", event, fields);
    }

private:
    void write(const char* level, const char* event, std::initializer_list<LogField> fields);
    std::mutex m_mutex;
};

}  // namespace bidseal::cloud
