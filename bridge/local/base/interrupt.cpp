#include "bridge/local/base/interrupt.h"

#include <sys/eventfd.h>
#include <unistd.h>

namespace bidseal::bridge {

Interrupt::Interrupt() : m_fd(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
    require(m_fd >= 0, ErrorCode::internal, "no event descriptor");
}

Interrupt::~Interrupt() {
    ::close(m_fd);
}

void Interrupt::raise(ErrorCode reason) {
    if (m_claimed.exchange(true))
        return;
    m_reason = reason;
    m_raised = true;
    uint64_t one = 1;
    [[maybe_unused]] ssize_t written = ::write(m_fd, &one, sizeof one);
}

void Interrupt::check() const {
    if (m_raised)
        throw Error(m_reason);
}

}  // namespace bidseal::bridge
