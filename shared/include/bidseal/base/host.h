// What the core asks of the program around it: bytes out, randomness, time. Injected, so that the
// same core runs in a page, a daemon and a test.
#pragma once

#include "bidseal/base/bytes.h"
#include "bidseal/base/time.h"

namespace bidseal {

/// Takes bytes in order. An implementation throws Error when it cannot take them (disk full …).
class Sink {
public:
    virtual ~Sink() = default;
    virtual void write(ByteView bytes) = 0;
};

/// Collects bytes in memory: for small outputs and tests.
class MemorySink : public Sink {
public:
    Bytes bytes;
    void write(ByteView b) override { append(bytes, b); }
};

/// A file of known length that can be read anywhere, again and again. An implementation throws
/// Error when the bytes are not to be had (io_read, file_changed) or the user stopped the work
/// (cancelled).
class RandomAccess {
public:
    virtual ~RandomAccess() = default;
    virtual uint64_t size() const = 0;
    /// Fills `out` with the bytes from `offset` on; the caller asks only for what is there.
    virtual void read(uint64_t offset, std::span<uint8_t> out) const = 0;
};

/// Bytes in memory, which must outlive it.
class MemoryAccess : public RandomAccess {
public:
    explicit MemoryAccess(ByteView bytes) : m_bytes(bytes) {}
    uint64_t size() const override { return m_bytes.size(); }
    void read(uint64_t offset, std::span<uint8_t> out) const override {
        if (!out.empty())
            std::memcpy(out.data(), m_bytes.data() + offset, out.size());
    }

private:
    ByteView m_bytes;
};

/// A cryptographically secure source, except where a deterministic one is asked for by name.
class Random {
public:
    virtual ~Random() = default;
    virtual void fill(std::span<uint8_t> out) = 0;
};

/// The time as the program knows it. The platform's clock governs deadlines, not this one.
class Clock {
public:
    virtual ~Clock() = default;
    virtual Timestamp now() const = 0;
};

/// The next range of a file that a step machine wants to see. Answer with exactly these bytes.
struct NeedBytes {
    uint64_t offset = 0;
    uint64_t length = 0;
};

}  // namespace bidseal
