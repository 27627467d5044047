// One end of a channel of bytes between two processes.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <utility>

#include "bidseal/base/bytes.h"

namespace bidseal::os {

class Stream {
public:
    using Deadline = std::optional<std::chrono::steady_clock::time_point>;
    enum class Result { done, closed, timed_out };

    Stream() = default;
    /// Owns the descriptor (POSIX) or handle (Windows).
    explicit Stream(intptr_t handle) : m_handle(handle) {}
    Stream(Stream&& other) noexcept : m_handle(std::exchange(other.m_handle, no_handle)) {}
    Stream& operator=(Stream&& other) noexcept {
        std::swap(m_handle, other.m_handle);
        return *this;
    }
    Stream(const Stream&) = delete;
    ~Stream() { close(); }

    /// Fills the whole buffer. `closed` also when the other end went away half-way. The deadline is
    /// kept on POSIX only: on Windows nothing but the worker's blocking end exists.
    Result read(std::span<uint8_t> into, Deadline deadline = {});
    /// Writes all bytes; a peer that does not read counts as slow, one that left as closed.
    Result write(ByteView bytes, Deadline deadline = {});
    /// Waits until there is something to read or the other end closed: false when time is up.
    bool wait_readable(std::chrono::milliseconds timeout);
    /// Whether the other end has gone.
    bool peer_closed();
    void close();

private:
    static constexpr intptr_t no_handle = -1;
    intptr_t m_handle = no_handle;
};

/// The channels that a parent process gave this one: 0 is for calls, 1 for events.
Stream inherited_stream(int index);

}  // namespace bidseal::os
