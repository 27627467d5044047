#include "bridge/host/system.h"

#include <cerrno>
#include <ctime>

#include <sys/random.h>

#include "bidseal/base/error.h"

namespace bidseal::host {

void SystemRandom::fill(std::span<uint8_t> out) {
    size_t done = 0;
    while (done < out.size()) {
        const ssize_t got = ::getrandom(out.data() + done, out.size() - done, 0);
        if (got < 0 && errno == EINTR)
            continue;
        require(got > 0, ErrorCode::random_unavailable);
        done += static_cast<size_t>(got);
    }
}

Timestamp SystemClock::now() const {
    return {static_cast<int64_t>(std::time(nullptr))};
}

}  // namespace bidseal::host
