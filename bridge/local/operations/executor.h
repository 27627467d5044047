// Where calls run: the event loop never waits for a token or a person.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>

namespace bidseal::bridge {

class Executor {
public:
    virtual ~Executor() = default;
    /// Runs the work later, in order. The work does not throw.
    virtual void post(std::function<void()> work) = 0;
};

/// One thread that takes work in order; what waits when it is destroyed is dropped.
class WorkerThread : public Executor {
public:
    WorkerThread();
    ~WorkerThread() override;
    void post(std::function<void()> work) override;

private:
    void run();

    std::mutex m_mutex;
    std::condition_variable m_wake;
    std::deque<std::function<void()>> m_queue;
    bool m_ending = false;
    std::thread m_thread;
};

}  // namespace bidseal::bridge
