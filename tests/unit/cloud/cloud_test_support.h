// What the service's unit tests have in common.
#pragma once

#include <filesystem>
#include <mutex>
#include <string>

#include "bidseal/base/host.h"

#include "session/session_test_support.h"
#include "support/error_of.h"

namespace bidseal::test {

/// A reproducible stream that threads may share.
class SharedRandom : public Random {
public:
    explicit SharedRandom(uint64_t seed) : m_stream(seed) {}
    void fill(std::span<uint8_t> out) override {
        std::lock_guard<std::mutex> lock(m_mutex);
        m_stream.fill(out);
    }

private:
    std::mutex m_mutex;
    SeededRandom m_stream;
};

/// A clock that tests move.
class TestClock : public Clock {
public:
    Timestamp time = platform().now;
    Timestamp now() const override { return time; }
    void pass(int64_t seconds) { time.seconds += seconds; }
};

/// An empty folder for this user alone, gone with the object.
class ScratchFolder {
public:
    ScratchFolder();
    ~ScratchFolder();
    ScratchFolder(const ScratchFolder&) = delete;
    ScratchFolder& operator=(const ScratchFolder&) = delete;
    std::string path(const std::string& name) const { return m_path + "/" + name; }

private:
    std::string m_path;
};

}  // namespace bidseal::test
