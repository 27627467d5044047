#include "bridge/cloud/base/workers.h"

namespace bidseal::cloud {

Workers::Workers(size_t threads, size_t most_waiting) : m_most_waiting(most_waiting) {
    for (size_t i = 0; i < threads; i++)
        m_threads.emplace_back([this] { run(); });
}

Workers::~Workers() {
    {
        std::lock_guard<std::mutex> lock(m_mutex);
        m_ending = true;
    }
    m_wake.notify_all();
    for (std::thread& thread : m_threads)
        thread.join();
}

bool Workers::add(std::function<void()> job) {
    {
        std::lock_guard<std::mutex> lock(m_mutex);
        if (m_ending || m_jobs.size() >= m_most_waiting)
            return false;
        m_jobs.push_back(std::move(job));
    }
    m_wake.notify_one();
    return true;
}

void Workers::run() {
    std::unique_lock<std::mutex> lock(m_mutex);
    while (true) {
        m_wake.wait(lock, [this] { return m_ending || !m_jobs.empty(); });
        if (m_jobs.empty())
            return;
        std::function<void()> job = std::move(m_jobs.front());
        m_jobs.pop_front();
        lock.unlock();
        job();
        lock.lock();
    }
}

}  // namespace bidseal::cloud
