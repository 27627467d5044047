// How bytes come and go: one fixed buffer that the page fills, and an outbox that it empties.
#pragma once

#include <functional>

#include "bidseal/base/host.h"
#include "bidseal/base/secret.h"

namespace bidseal::wasm {

/// Size of the buffer: what a program asks for at once (bid/limits.h read_step).
inline constexpr size_t buffer_size = 1u << 20;

/// The buffer's first `length` bytes, which the page has just filled. Throws Error(usage) beyond
/// its end.
ByteView buffer(double length);

/// Moves a secret out of the buffer and wipes what stood there.
SecretBytes take_secret(double length);

/// Collects what a writer makes until the page fetches it.
class Outbox : public Sink {
public:
    void write(ByteView part) override;
    ByteView pending() const { return m_pending; }
    void clear() { m_pending.clear(); }

private:
    Bytes m_pending;
};

/// Puts together the range that a step machine wants, when it is larger than the buffer.
class RangeCollector {
public:
    using Supply = std::function<void(ByteView)>;
    /// Takes the buffer's first `length` bytes as the next ones of `need`; calls `supply` with the
    /// range as soon as it is complete. Throws Error(usage) when there are more than needed.
    void commit(const NeedBytes& need, double length, const Supply& supply);
    /// Bytes of the present range that are here already.
    uint64_t collected() const { return m_bytes.size(); }

private:
    Bytes m_bytes;
};

/// Randomness and time of the page.
class PageRandom : public Random {
public:
    /// crypto.getRandomValues. Throws Error(random_unavailable).
    void fill(std::span<uint8_t> out) override;
};
class PageClock : public Clock {
public:
    Timestamp now() const override;
};

}  // namespace bidseal::wasm
