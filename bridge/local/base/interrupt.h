// Giving up work that waits for a person: a flag that a poll() can wait for as well.
#pragma once

#include <atomic>

#include "bidseal/base/error.h"

namespace bidseal::bridge {

/// Raised at most once, from any thread; the first reason stays.
class Interrupt {
public:
    /// Throws Error(internal) when the system gives no event descriptor.
    Interrupt();
    ~Interrupt();
    Interrupt(const Interrupt&) = delete;
    Interrupt& operator=(const Interrupt&) = delete;

    void raise(ErrorCode reason);
    bool raised() const { return m_raised.load(); }
    /// Throws Error(reason) when it was raised.
    void check() const;
    /// Becomes readable when it is raised.
    int fd() const { return m_fd; }

private:
    int m_fd;
    std::atomic<bool> m_raised{false};
    std::atomic<ErrorCode> m_reason{ErrorCode::cancelled};
    std::atomic<bool> m_claimed{false};
};

}  // namespace bidseal::bridge
