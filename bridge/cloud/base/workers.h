// Threads for work that takes a while, so that the event loop goes on.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace bidseal::cloud {

class Workers {
public:
    /// At most `most_waiting` jobs wait; more are refused.
    Workers(size_t threads, size_t most_waiting);
    /// Finishes the jobs that wait.
    ~Workers();
    Workers(const Workers&) = delete;
    Workers& operator=(const Workers&) = delete;

    /// False when too many wait. A job does not throw.
    bool add(std::function<void()> job);

private:
    void run();

    const size_t m_most_waiting;
    std::mutex m_mutex;
    std::condition_variable m_wake;
    std::deque<std::function<void()>> m_jobs;
    bool m_ending = false;
    std::vector<std::thread> m_threads;
};

}  // namespace bidseal::cloud
