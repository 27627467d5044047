#include "bridge/cloud/base/log.h"

#include <ctime>
#include <string_view>

#include <unistd.h>

#include "bidseal/base/time.h"

namespace bidseal::cloud {

void Log::write(const char* level, const char* event, std::initializer_list<LogField> fields) {
    constexpr size_t max_value_bytes = 128;
    std::string line = format_time(Timestamp{static_cast<int64_t>(std::time(nullptr))});
    line += std::string(" level=") + level + " event=" + event;
    for (const LogField& field : fields) {
        line += std::string(" ") + field.name + "=";
        for (const char c : std::string_view(field.value).substr(0, max_value_bytes))
            line += c > ' ' && c < 0x7f ? c : '_';
    }
    line += '\n';
    std::lock_guard<std::mutex> lock(m_mutex);
    // A log that cannot be written must not stop the work.
    [[maybe_unused]] const ssize_t written = ::write(STDERR_FILENO, line.data(), line.size());
}

}  // namespace bidseal::cloud
