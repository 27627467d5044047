// The one error type. Its codes are generated from shared/protocol/errors.json.
#pragma once

#include <cstdint>
#include <exception>
#include <optional>
#include <string>
#include <utility>

#include "bidseal/protocol/error_codes.h"

namespace bidseal {

/// Thrown inside, caught once at each edge (wasm guard, bridge dispatcher, command line, fuzz
/// driver). The message is for developers and logs: it never holds user data or secrets. What users
/// read comes from the code's text in shared/protocol/errors.json.
class Error : public std::exception {
public:
    explicit Error(ErrorCode code, std::string message = {})
        : m_code(code), m_message(std::move(message)) {
        if (m_message.empty())
            m_message = error_name(code);
    }

    ErrorCode code() const { return m_code; }
    const char* what() const noexcept override { return m_message.c_str(); }

    /// Where in the input the fault lies (a byte offset, or the number of a chunk or entry).
    Error& at(uint64_t position) {
        m_position = position;
        return *this;
    }
    /// Tries left before a key locks, when the key tells.
    Error& retries(uint32_t left) {
        m_retries_left = left;
        return *this;
    }
    /// A public name that the message is about: an envelope id, a field id, a limit. Never user
    /// data.
    Error& subject(std::string name) {
        m_subject = std::move(name);
        return *this;
    }
    std::optional<uint64_t> position() const { return m_position; }
    std::optional<uint32_t> retries_left() const { return m_retries_left; }
    const std::string& subject() const { return m_subject; }

private:
    ErrorCode m_code;
    std::string m_message;
    std::optional<uint64_t> m_position;
    std::optional<uint32_t> m_retries_left;
    std::string m_subject;
};

/// Throws Error(code, message) unless the condition holds.
inline void require(bool condition, ErrorCode code, const char* message = "") {
    if (!condition)
        throw Error(code, message);
}

}  // namespace bidseal
