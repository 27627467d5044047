#include "io.h"

#include <algorithm>

#include <emscripten.h>
#include <emscripten/bind.h>

#include "bidseal/base/error.h"

#include "values.h"

// clang-format off
EM_JS(int, bidseal_random, (uint8_t* at, int length), {
    try {
        crypto.getRandomValues(HEAPU8.subarray(at, at + length));
        return 1;
    } catch (error) {
        return 0;
    }
});
EM_JS(double, bidseal_now, (), { return Math.floor(Date.now() / 1000); });
// clang-format on

namespace bidseal::wasm {

namespace {

alignas(16) uint8_t the_buffer[buffer_size];

double buffer_address() {
    return static_cast<double>(reinterpret_cast<uintptr_t>(the_buffer));
}
double buffer_length() {
    return static_cast<double>(buffer_size);
}

}  // namespace

ByteView buffer(double length) {
    const uint64_t size = size_from(length);
    require(size <= buffer_size, ErrorCode::usage, "more bytes than the buffer holds");
    return ByteView(the_buffer, static_cast<size_t>(size));
}

SecretBytes take_secret(double length) {
    const ByteView part = buffer(length);
    SecretBytes secret = SecretBytes::copy_of(part);
    wipe(the_buffer, part.size());
    return secret;
}

void Outbox::write(ByteView part) {
    append(m_pending, part);
}

void RangeCollector::commit(const NeedBytes& need, double length, const Supply& supply) {
    const ByteView part = buffer(length);
    require(!part.empty() && part.size() <= need.length - m_bytes.size(), ErrorCode::usage,
            "not the bytes that are needed");
    if (m_bytes.empty() && part.size() == need.length) {
        supply(part);
        return;
    }
    append(m_bytes, part);
    if (m_bytes.size() < need.length)
        return;
    const Bytes whole = std::move(m_bytes);
    m_bytes = Bytes();
    supply(whole);
}

void PageRandom::fill(std::span<uint8_t> out) {
    constexpr size_t most_at_once = 65536;  // what getRandomValues gives
    for (size_t done = 0; done < out.size();) {
        const size_t length = std::min(most_at_once, out.size() - done);
        require(bidseal_random(out.data() + done, static_cast<int>(length)) == 1,
                ErrorCode::random_unavailable);
        done += length;
    }
}

Timestamp PageClock::now() const {
    return Timestamp{static_cast<int64_t>(bidseal_now())};
}

EMSCRIPTEN_BINDINGS(bidseal_io) {
    emscripten::function("bufferAddress", &buffer_address);
    emscripten::function("bufferSize", &buffer_length);
}

}  // namespace bidseal::wasm
