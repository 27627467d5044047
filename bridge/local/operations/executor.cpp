#include "bridge/local/operations/executor.h"

namespace bidseal::bridge {

WorkerThread::WorkerThread() : m_thread([this] { run(); }) {}

WorkerThread::~WorkerThread() {
    {
        std::lock_guard<std::mutex> lock(m_mutex);
        m_ending = true;
        m_queue.clear();
    }
    m_wake.notify_all();
    m_thread.join();
}

void WorkerThread::post(std::function<void()> work) {
    {
        std::lock_guard<std::mutex> lock(m_mutex);
        if (m_ending)
            return;
        m_queue.push_back(std::move(work));
    }
    m_wake.notify_one();
}

void WorkerThread::run() {
    for (;;) {
        std::function<void()> work;
        {
            std::unique_lock<std::mutex> lock(m_mutex);
            m_wake.wait(lock, [this] { return m_ending || !m_queue.empty(); });
            if (m_ending)
                return;
            work = std::move(m_queue.front());
            m_queue.pop_front();
        }
        work();
    }
}

}  // namespace bidseal::bridge
