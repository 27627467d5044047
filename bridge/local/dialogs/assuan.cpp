#include "bridge/local/dialogs/assuan.h"

#include <algorithm>
#include <cerrno>
#include <cstring>

#include <poll.h>
#include <unistd.h>

namespace bidseal::bridge {

namespace {

[[noreturn]] void refuse(const char* why) {
    throw Error(ErrorCode::pinentry_missing, why);
}

int hex_value(uint8_t c) {
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return -1;
}

bool starts_with(ByteView line, std::string_view word) {
    return line.size() >= word.size() && std::memcmp(line.data(), word.data(), word.size()) == 0;
}

/// Appends the decoded bytes of a D line to `data`, of which `used` bytes are filled.
void decode_data(ByteView line, SecretBytes& data, size_t& used) {
    for (size_t i = 0; i < line.size(); ++i) {
        uint8_t byte = line[i];
        if (byte == '%') {
            if (i + 2 >= line.size())
                refuse("escape cut off");
            int high = hex_value(line[i + 1]), low = hex_value(line[i + 2]);
            if (high < 0 || low < 0)
                refuse("escape of no byte");
            byte = static_cast<uint8_t>(high * 16 + low);
            i += 2;
        }
        if (used == data.size())
            refuse("answer too long");
        data.span()[used++] = byte;
    }
}

SecretBytes first_bytes(const SecretBytes& data, size_t count) {
    return SecretBytes::copy_of(data.view().subspan(0, count));
}

uint32_t parse_error(ByteView line) {
    uint64_t code = 0;
    bool digits = false;
    for (uint8_t c : line) {
        if (c < '0' || c > '9')
            break;
        digits = true;
        code = code * 10 + static_cast<uint64_t>(c - '0');
        if (code > UINT32_MAX)
            refuse("error code too large");
    }
    uint32_t error = static_cast<uint32_t>(code & 0xffff);
    if (!digits || error == 0)
        refuse("error without code");
    return error;
}

}  // namespace

std::string assuan_escape(std::string_view text) {
    constexpr char digits[] = "0123456789ABCDEF";
    std::string escaped;
    for (char c : text) {
        uint8_t byte = static_cast<uint8_t>(c);
        if (byte == '%' || byte < 0x20 || byte == 0x7f) {
            escaped += '%';
            escaped += digits[byte >> 4];
            escaped += digits[byte & 15];
        } else {
            escaped += c;
        }
    }
    return escaped;
}

AssuanClient::AssuanClient(int to, int from, const Interrupt& interrupt,
                           std::chrono::seconds patience)
    : m_to(to), m_from(from), m_interrupt(interrupt), m_patience(patience) {}

void AssuanClient::greet() {
    if (!read_answer().ok())
        refuse("the program refused to start");
}

AssuanAnswer AssuanClient::command(std::string_view line) {
    m_interrupt.check();
    std::string text(line);
    text += '\n';
    size_t sent = 0;
    while (sent < text.size()) {
        ssize_t wrote = ::write(m_to, text.data() + sent, text.size() - sent);
        if (wrote < 0 && errno == EINTR)
            continue;
        if (wrote <= 0)
            refuse("the program went away");
        sent += static_cast<size_t>(wrote);
    }
    return read_answer();
}

AssuanAnswer AssuanClient::read_answer() {
    auto until = std::chrono::steady_clock::now() + m_patience;
    SecretBytes data(max_data);
    size_t used = 0;
    for (;;) {
        ByteView line = next_line(until);
        if (starts_with(line, "D ")) {
            decode_data(line.subspan(2), data, used);
        } else if (starts_with(line, "ERR ")) {
            return {parse_error(line.subspan(4)), {}};
        } else if (line.size() >= 2 && starts_with(line, "OK") &&
                   (line.size() == 2 || line[2] == ' ')) {
            return {0, first_bytes(data, used)};
        } else if (!line.empty() && line[0] != 'S' && line[0] != '#') {
            refuse("an answer of no known form");
        }
    }
}

/// The next line without its end; valid until the next call.
ByteView AssuanClient::next_line(std::chrono::steady_clock::time_point until) {
    std::span<uint8_t> buffer = m_buffer.span();
    std::copy(buffer.begin() + m_consumed, buffer.begin() + m_filled, buffer.begin());
    m_filled -= m_consumed;
    m_consumed = 0;
    wipe(buffer.data() + m_filled, buffer.size() - m_filled);
    for (;;) {
        auto end = std::find(buffer.begin(), buffer.begin() + m_filled, uint8_t{'\n'});
        if (end != buffer.begin() + m_filled) {
            size_t size = static_cast<size_t>(end - buffer.begin());
            m_consumed = size + 1;
            if (size > 0 && buffer[size - 1] == '\r')
                --size;
            return m_buffer.view().subspan(0, size);
        }
        if (m_filled == buffer.size())
            refuse("a line too long");
        fill(until);
    }
}

/// Waits for more bytes, for the interrupt or for the end of patience.
void AssuanClient::fill(std::chrono::steady_clock::time_point until) {
    pollfd waits[] = {{m_from, POLLIN, 0}, {m_interrupt.fd(), POLLIN, 0}};
    for (;;) {
        m_interrupt.check();
        auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
            until - std::chrono::steady_clock::now());
        if (left.count() <= 0)
            throw Error(ErrorCode::timed_out);
        int ready = ::poll(waits, 2, static_cast<int>(left.count()));
        if (ready < 0 && errno != EINTR)
            refuse("cannot wait");
        if (ready <= 0 || waits[1].revents != 0)
            continue;
        std::span<uint8_t> rest = m_buffer.span().subspan(m_filled);
        ssize_t got = ::read(m_from, rest.data(), rest.size());
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            refuse("the program went away");
        m_filled += static_cast<size_t>(got);
        return;
    }
}

}  // namespace bidseal::bridge
