#include "tools/cli/output.h"

#include <algorithm>
#include <cstdio>
#include <iostream>

#include <poll.h>
#include <unistd.h>

#include "bidseal/base/text.h"

namespace bidseal::cli {

std::string display_text(std::string_view text) {
    std::string out;
    for (size_t at = 0; at < text.size();) {
        size_t length = 1;
        while (length < 4 && at + length < text.size() && (text[at + length] & 0xc0) == 0x80)
            ++length;
        const std::string_view character = text.substr(at, length);
        const bool clean = is_clean_text(character, 4);
        out += clean ? std::string(character) : std::string(length, '?');
        at += length;
    }
    return out;
}

void Output::rows(const std::vector<std::pair<std::string, std::string>>& rows) {
    if (m_json || m_quiet)
        return;
    size_t width = 0;
    for (const auto& [name, value] : rows)
        width = std::max(width, name.size());
    for (const auto& [name, value] : rows)
        std::cout << name << std::string(width - name.size() + 2, ' ') << display_text(value)
                  << "\n";
    std::cout.flush();
}

void Output::line(const std::string& text) {
    if (m_json || m_quiet)
        return;
    for (size_t at = 0; at <= text.size();) {
        const size_t end = std::min(text.find('\n', at), text.size());
        std::cout << display_text(std::string_view(text).substr(at, end - at)) << "\n";
        at = end + 1;
    }
    std::cout.flush();
}

void Output::result(const protocol::Json& value) {
    if (m_json)
        std::cout << protocol::write_json(value) << std::endl;
}

bool Output::all_written() {
    if (std::cout.flush())
        return true;
    pollfd out{STDOUT_FILENO, POLLOUT, 0};
    return poll(&out, 1, 0) == 1 && (out.revents & POLLERR) != 0;
}

void Output::error(const Error& error) {
    const char* text = error_text(error.code(), m_chinese);
    const char* action = error_action(error.code(), m_chinese);
    if (m_json) {
        protocol::ObjectBuilder object;
        object.text("error", error_name(error.code()))
            .text("message", text)
            .text("action", action)
            .text("detail", display_text(error.what()));
        if (error.position())
            object.size("position", *error.position());
        if (error.retries_left())
            object.integer("retries_left", *error.retries_left());
        if (!error.subject().empty())
            object.text("subject", display_text(error.subject()));
        std::cout << protocol::write_json(object.build()) << std::endl;
        return;
    }
    std::cerr << "bidseal: " << text;
    if (!error.subject().empty())
        std::cerr << " [" << display_text(error.subject()) << "]";
    std::cerr << "\n  " << action << "\n";
    if (error.retries_left())
        std::cerr << (m_chinese ? "  剩余次数：" : "  Tries left: ") << *error.retries_left()
                  << "\n";
    std::cerr << "  (" << error_name(error.code());
    if (std::string(error.what()) != error_name(error.code()))
        std::cerr << ": " << display_text(error.what());
    if (error.position())
        std::cerr << ", at " << *error.position();
    std::cerr << ")" << std::endl;
}

void Output::warning(const std::string& text) {
    if (!m_quiet)
        std::cerr << "bidseal: " << text << std::endl;
}

bool Output::shows_progress() const {
    return !m_quiet && isatty(STDERR_FILENO) == 1;
}

Progress::Progress(const Output& out, std::string what, uint64_t total)
    : m_shown(out.shows_progress()),
      m_what(std::move(what)),
      m_total(total),
      m_start(std::chrono::steady_clock::now()),
      m_drawn(m_start - std::chrono::hours(1)) {
    if (m_shown)
        draw();
}

Progress::~Progress() {
    if (m_shown)
        std::fputs("\r\x1b[K", stderr);
}

void Progress::advance(uint64_t bytes) {
    m_done += bytes;
    const auto now = std::chrono::steady_clock::now();
    if (m_shown && now - m_drawn > std::chrono::milliseconds(100)) {
        m_drawn = now;
        draw();
    }
}

void Progress::draw() {
    const double seconds =
        std::chrono::duration<double>(std::chrono::steady_clock::now() - m_start).count();
    const double part =
        m_total == 0 ? 1.0
                     : std::min(1.0, static_cast<double>(m_done) / static_cast<double>(m_total));
    constexpr int width = 30;
    const int full = static_cast<int>(part * width);
    const std::string bar = std::string(full, '#') + std::string(width - full, '.');
    const double rate = seconds > 0.2 ? static_cast<double>(m_done) / seconds : 0;
    std::fprintf(stderr, "\r\x1b[K%s [%s] %3d%% %s", m_what.c_str(), bar.c_str(),
                 static_cast<int>(part * 100), human_size(m_done).c_str());
    if (rate > 0) {
        std::fprintf(stderr, "  %s/s", human_size(static_cast<uint64_t>(rate)).c_str());
        if (m_total > m_done)
            std::fprintf(stderr, "  %ds left",
                         static_cast<int>(static_cast<double>(m_total - m_done) / rate) + 1);
    }
    std::fflush(stderr);
}

std::string human_size(uint64_t bytes) {
    static const char* const units[] = {"B", "KiB", "MiB", "GiB", "TiB"};
    double value = static_cast<double>(bytes);
    int unit = 0;
    while (value >= 1024 && unit < 4) {
        value /= 1024;
        ++unit;
    }
    char text[32];
    std::snprintf(text, sizeof text, unit == 0 ? "%.0f %s" : "%.1f %s", value, units[unit]);
    return text;
}

int exit_code(ErrorCode code) {
    switch (code) {
        case ErrorCode::internal:
            return 1;
        case ErrorCode::usage:
            return 2;
        case ErrorCode::cancelled:
            return 130;
        case ErrorCode::certificate_untrusted:
        case ErrorCode::certificate_expired:
        case ErrorCode::certificate_not_yet_valid:
        case ErrorCode::certificate_revoked:
        case ErrorCode::certificate_usage:
        case ErrorCode::certificate_ends_early:
        case ErrorCode::revocation_unknown:
        case ErrorCode::signature_invalid:
        case ErrorCode::tender_signature:
        case ErrorCode::supplier_mismatch:
        case ErrorCode::seal_signer_not_listed:
        case ErrorCode::seal_not_yet_valid:
        case ErrorCode::seal_expired:
        case ErrorCode::release_refused:
        case ErrorCode::release_expired:
            return 4;
        case ErrorCode::decrypt_failed:
        case ErrorCode::key_invalid:
        case ErrorCode::opener_not_found:
        case ErrorCode::shares_insufficient:
        case ErrorCode::release_other_key:
            return 5;
        default:
            break;
    }
    switch (error_area(code)) {
        case ErrorArea::ukey:
        case ErrorArea::bridge:
            return 5;
        case ErrorArea::io:
            return 6;
        default:
            return 3;
    }
}

}  // namespace bidseal::cli
