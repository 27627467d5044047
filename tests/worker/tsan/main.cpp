// Threads of a bridge over one worker that is killed now and then, under the thread sanitizer: see
// tests/stages/48-tsan-worker. Usage: main WORKER LIBRARY
#include <atomic>
#include <cstdio>
#include <thread>
#include <vector>

#include <signal.h>

#include "bridge/worker/client.h"
#include "tests/worker/children.h"

using namespace bidseal;

namespace {

std::atomic<int> good{0}, ended{0}, other{0};

void count(const Error& error) {
    switch (error.code()) {
        case ErrorCode::token_driver_crashed:
        case ErrorCode::pin_required:  // another thread's logout
            ++ended;
            return;
        default:
            std::fprintf(stderr, "%s: %s\n", error_name(error.code()), error.what());
            ++other;
    }
}

void use(ukey::RawDriver& driver, const ukey::RawToken& token) {
    const uint32_t session = driver.open(token.place, token.serial).id;
    try {
        driver.login(session, SecretBytes::copy_of(as_bytes("135790")));
        driver.sign(session, ukey::RawSignature::sm2, Bytes(32, 1));
        driver.random(session, 16);
        driver.logout(session);
    } catch (const Error&) {
        driver.close(session);
        throw;
    }
    driver.close(session);
    ++good;
}

}  // namespace

int main(int arguments, char** values) {
    if (arguments != 3)
        return 2;
    worker::ClientOptions options;
    options.program = values[1];
    options.library = values[2];
    options.profile = ukey::Profile::unlisted();
    options.profile.environment.push_back("TSAN_OPTIONS");  // where the worker reports to
    options.most_ends = 1000;
    std::atomic<int> ends{0};
    options.on_end = [&](ErrorCode) {
        ++ends;
    };
    const auto driver = worker::start_client(options);
    const ukey::RawToken token = driver->list().tokens.at(0);
    std::atomic<bool> ending{false};
    std::vector<std::thread> threads;
    for (int i = 0; i < 3; ++i) {
        threads.emplace_back([&] {
            while (!ending) {
                try {
                    use(*driver, token);
                } catch (const Error& error) {
                    count(error);
                }
            }
        });
    }
    threads.emplace_back([&] {
        while (!ending)
            driver->wait_event(std::chrono::milliseconds(50));
    });
    threads.emplace_back([&] {
        while (!ending) {
            try {
                driver->list();
            } catch (const Error& error) {
                count(error);
            }
        }
    });
    for (int i = 0; i < 6; ++i) {
        std::this_thread::sleep_for(std::chrono::milliseconds(700));
        if (const pid_t process = test::worker_process())
            ::kill(process, SIGKILL);
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(1500));
    ending = true;
    driver->cancel_wait();
    for (std::thread& thread : threads)
        thread.join();
    std::printf("%d good, %d ended, %d other, %d restarts\n", good.load(), ended.load(),
                other.load(), ends.load());
    return good > 0 && other == 0 && ends > 0 ? 0 : 1;
}
