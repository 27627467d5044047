// What the command line says: tables for people, one JSON object for programs, progress on a
// terminal.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "bidseal/base/error.h"
#include "bidseal/protocol/json.h"

namespace bidseal::cli {

class Output {
public:
    Output(bool json, bool quiet, bool chinese)
        : m_json(json), m_quiet(quiet), m_chinese(chinese) {}

    bool json() const { return m_json; }
    bool chinese() const { return m_chinese; }

    /// Rows of name and value; printed for people only.
    void rows(const std::vector<std::pair<std::string, std::string>>& rows);
    /// A line (or several) for people only.
    void line(const std::string& text);
    /// The result as one line of JSON; printed with --json only.
    void result(const protocol::Json& value);
    /// The error on stderr (or, with --json, as an object on stdout).
    void error(const Error& error);
    /// A note on stderr that does not stop the work.
    void warning(const std::string& text);

    bool shows_progress() const;

    /// Whether all of standard output arrived; a reader that went away (`| head`) is no fault.
    static bool all_written();

private:
    bool m_json, m_quiet, m_chinese;
};

/// A bar with bytes, rate and time left on a terminal; silent elsewhere. The line is cleared at the
/// end.
class Progress {
public:
    Progress(const Output& out, std::string what, uint64_t total);
    ~Progress();
    void advance(uint64_t bytes);

private:
    void draw();
    bool m_shown;
    std::string m_what;
    uint64_t m_total, m_done = 0;
    std::chrono::steady_clock::time_point m_start, m_drawn;
};

/// Text for terminals and JSON. Names that people gave may be no UTF-8, or hold characters that a
/// terminal obeys: each byte of such a thing becomes a question mark.
std::string display_text(std::string_view text);

/// 1,536 -> `1.5 KiB`.
std::string human_size(uint64_t bytes);
/// Exit code of an error, by its area.
int exit_code(ErrorCode code);

}  // namespace bidseal::cli
