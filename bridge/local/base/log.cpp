#include "bridge/local/base/log.h"

#include <ctime>

#include <unistd.h>

#include "bidseal/base/time.h"

namespace bidseal::bridge {

namespace {

constexpr size_t max_value_bytes = 128;

const char* level_name(LogLevel level) {
    switch (level) {
        case LogLevel::info:
            return "info";
        case LogLevel::warning:
            return "warning";
        case LogLevel::error:
            return "error";
    }
    return "error";
}

void append_value(std::string& line, std::string_view value) {
    for (char c : value.substr(0, max_value_bytes)) {
        line += c > ' ' && c < 0x7f ? c : '_';
    }
}

}  // namespace

void Log::write(LogLevel level, const char* event, std::initializer_list<LogField> fields) {
    std::string line = format_time(Timestamp{static_cast<int64_t>(std::time(nullptr))});
    line += std::string(" level=") + level_name(level) + " event=" + event;
    for (const LogField& field : fields) {
        line += std::string(" ") + field.name + "=";
        append_value(line, field.value);
    }
    line += '\n';
    std::lock_guard<std::mutex> lock(m_mutex);
    // A log that cannot be written must not stop the work.
    [[maybe_unused]] ssize_t written = ::write(m_fd, line.data(), line.size());
    if (m_file)
        m_file->append(line);
}

}  // namespace bidseal::bridge
