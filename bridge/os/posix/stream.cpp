#include "bridge/os/stream.h"

#include <algorithm>
#include <cerrno>

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bridge/os/posix/descriptors.h"

namespace bidseal::os {
namespace {

using Clock = std::chrono::steady_clock;

int milliseconds_until(const Stream::Deadline& deadline) {
    if (!deadline)
        return -1;
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(*deadline - Clock::now()).count();
    return static_cast<int>(std::clamp<long long>(left, 0, 1 << 30));
}

// Waits for `events`; the peer's hanging up counts as ready, since reading will tell.
bool wait_for(intptr_t handle, short events, const Stream::Deadline& deadline) {
    for (;;) {
        pollfd entry{static_cast<int>(handle), events, 0};
        const int ready = ::poll(&entry, 1, milliseconds_until(deadline));
        if (ready > 0)
            return true;
        if (ready == 0)
            return false;
        if (errno != EINTR)
            return true;
    }
}

bool must_wait(ssize_t got) {
    return got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR);
}

}  // namespace

Stream::Result Stream::read(std::span<uint8_t> into, Deadline deadline) {
    size_t done = 0;
    while (done < into.size()) {
        if (!wait_for(m_handle, POLLIN, deadline))
            return Result::timed_out;
        const ssize_t got = ::recv(static_cast<int>(m_handle), into.data() + done,
                                   into.size() - done, MSG_DONTWAIT);
        if (got > 0)
            done += static_cast<size_t>(got);
        else if (!must_wait(got))
            return Result::closed;
    }
    return Result::done;
}

Stream::Result Stream::write(ByteView bytes, Deadline deadline) {
    size_t done = 0;
    while (done < bytes.size()) {
        if (!wait_for(m_handle, POLLOUT, deadline))
            return Result::timed_out;
        const ssize_t sent = ::send(static_cast<int>(m_handle), bytes.data() + done,
                                    bytes.size() - done, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (sent > 0)
            done += static_cast<size_t>(sent);
        else if (!must_wait(sent))
            return Result::closed;
    }
    return Result::done;
}

bool Stream::wait_readable(std::chrono::milliseconds timeout) {
    return wait_for(m_handle, POLLIN, Clock::now() + timeout);
}

bool Stream::peer_closed() {
    pollfd entry{static_cast<int>(m_handle), POLLRDHUP, 0};
    return ::poll(&entry, 1, 0) > 0 && (entry.revents & (POLLHUP | POLLRDHUP | POLLERR)) != 0;
}

void Stream::close() {
    if (m_handle != no_handle)
        ::close(static_cast<int>(m_handle));
    m_handle = no_handle;
}

Stream inherited_stream(int index) {
    const int descriptor = first_inherited + index;
    // What foreign code starts must not hold the channel open.
    ::fcntl(descriptor, F_SETFD, FD_CLOEXEC);
    return Stream(descriptor);
}

}  // namespace bidseal::os
