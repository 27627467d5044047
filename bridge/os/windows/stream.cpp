// The worker's end of its channels, which blocks. A bridge for Windows will need overlapped reads.
#include "bridge/os/stream.h"

#include <algorithm>
#include <thread>

#include <windows.h>

namespace bidseal::os {
namespace {

HANDLE handle_of(intptr_t handle) {
    return reinterpret_cast<HANDLE>(handle);
}

constexpr DWORD most_at_once = 1u << 20;

}  // namespace

Stream::Result Stream::read(std::span<uint8_t> into, Deadline) {
    size_t done = 0;
    while (done < into.size()) {
        DWORD got = 0;
        const DWORD room = static_cast<DWORD>(std::min<size_t>(into.size() - done, most_at_once));
        if (!::ReadFile(handle_of(m_handle), into.data() + done, room, &got, nullptr) || got == 0)
            return Result::closed;
        done += got;
    }
    return Result::done;
}

Stream::Result Stream::write(ByteView bytes, Deadline) {
    size_t done = 0;
    while (done < bytes.size()) {
        DWORD sent = 0;
        const DWORD size = static_cast<DWORD>(std::min<size_t>(bytes.size() - done, most_at_once));
        if (!::WriteFile(handle_of(m_handle), bytes.data() + done, size, &sent, nullptr) ||
            sent == 0)
            return Result::closed;
        done += sent;
    }
    return Result::done;
}

bool Stream::wait_readable(std::chrono::milliseconds timeout) {
    const auto until = std::chrono::steady_clock::now() + timeout;
    do {
        DWORD waiting = 0;
        if (!::PeekNamedPipe(handle_of(m_handle), nullptr, 0, nullptr, &waiting, nullptr) ||
            waiting > 0)
            return true;
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
    } while (std::chrono::steady_clock::now() < until);
    return false;
}

bool Stream::peer_closed() {
    return !::PeekNamedPipe(handle_of(m_handle), nullptr, 0, nullptr, nullptr, nullptr);
}

void Stream::close() {
    if (m_handle != no_handle)
        ::CloseHandle(handle_of(m_handle));
    m_handle = no_handle;
}

Stream inherited_stream(int index) {
    const HANDLE handle = ::GetStdHandle(index == 0 ? STD_INPUT_HANDLE : STD_OUTPUT_HANDLE);
    return Stream(reinterpret_cast<intptr_t>(handle));
}

}  // namespace bidseal::os
