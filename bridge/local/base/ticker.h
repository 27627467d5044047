// Work that is done now and then.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

namespace bidseal::bridge {

/// Calls the work once in each period, from a thread of its own, until it is destroyed. The work
/// does not throw.
class Ticker {
public:
    Ticker(std::chrono::milliseconds period, std::function<void()> work)
        : m_thread([this, period, work = std::move(work)] { run(period, work); }) {}
    ~Ticker() {
        {
            std::lock_guard<std::mutex> lock(m_mutex);
            m_ending = true;
        }
        m_wake.notify_all();
        m_thread.join();
    }
    Ticker(const Ticker&) = delete;
    Ticker& operator=(const Ticker&) = delete;

private:
    void run(std::chrono::milliseconds period, const std::function<void()>& work) {
        std::unique_lock<std::mutex> lock(m_mutex);
        while (!m_wake.wait_for(lock, period, [this] { return m_ending; })) {
            lock.unlock();
            work();
            lock.lock();
        }
    }

    std::mutex m_mutex;
    std::condition_variable m_wake;
    bool m_ending = false;
    std::thread m_thread;
};

}  // namespace bidseal::bridge
