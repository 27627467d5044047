// The client side of the Assuan protocol, as far as pinentry speaks it: lines of at most 1000
// bytes, `OK`, `ERR code text`, `D data`, `S status`, `# comment`.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "bidseal/base/secret.h"

#include "bridge/local/base/interrupt.h"

namespace bidseal::bridge {

/// Percent-escapes what may not stand in a line: '%', CR, LF and other control characters.
std::string assuan_escape(std::string_view text);

/// The error numbers of libgpg-error that pinentry answers (low 16 bits of the ERR code).
enum class AssuanError : uint32_t {
    none = 0,
    timeout = 62,
    canceled = 99,
    not_confirmed = 114,
    fully_canceled = 198,
};

struct AssuanAnswer {
    uint32_t error = 0;  ///< 0 for OK, else the low 16 bits of the code
    SecretBytes data;    ///< of the D lines, decoded; empty without one

    bool ok() const { return error == 0; }
    bool is(AssuanError e) const { return error == static_cast<uint32_t>(e); }
};

/// Talks over two file descriptors. What is read stands only in memory that is wiped.
class AssuanClient {
public:
    /// `to` and `from` stay the caller's. Each answer must come within `patience`.
    AssuanClient(int to, int from, const Interrupt& interrupt, std::chrono::seconds patience);

    /// Reads the greeting. Throws as command() does.
    void greet();
    /// Sends one line and reads its answer. Throws Error: pinentry_missing (the program went away
    /// or answers nonsense), timed_out, the interrupt's reason.
    AssuanAnswer command(std::string_view line);

private:
    ByteView next_line(std::chrono::steady_clock::time_point until);
    void fill(std::chrono::steady_clock::time_point until);
    AssuanAnswer read_answer();

    static constexpr size_t buffer_size = 2048;
    static constexpr size_t max_data = 255;
    int m_to, m_from;
    const Interrupt& m_interrupt;
    std::chrono::seconds m_patience;
    SecretBytes m_buffer{buffer_size};
    size_t m_filled = 0;    // bytes of the buffer in use
    size_t m_consumed = 0;  // of them, the line given out last
};

}  // namespace bidseal::bridge
