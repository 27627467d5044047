// A driver in its own process, with a library that behaves.
#include <algorithm>
#include <atomic>
#include <thread>

#include <fcntl.h>
#include <signal.h>

#include "hostile.h"

using namespace bidseal;
using namespace bidseal::test;

namespace {

constexpr std::chrono::milliseconds soon{3000};

std::string read_file(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    return std::string((std::istreambuf_iterator<char>(in)), {});
}

}  // namespace

TEST_CASE("a token is used through a process of its own") {
    const Issued issued;
    const auto driver = driver_of(options_for(BIDSEAL_SOFTUKEY));
    const auto token = driver->list().at(0);
    CHECK(token.device == "donghai");
    CHECK(token.pin.max == 3);
    const auto session = driver->open(token);
    CHECK(error_of_call([&] { session->sign(as_bytes("x")); }).code() == ErrorCode::pin_required);
    CHECK(error_of_call([&] { session->sign_digest({}); }).code() == ErrorCode::pin_required);
    const Error wrong = error_of_call([&] { session->login(pin("000000")); });
    CHECK(wrong.code() == ErrorCode::pin_wrong);
    CHECK(wrong.retries_left() == 2u);
    CHECK(session->pin_state().left == 2);
    session->login(pin("135790"));
    const auto certificate = crypto::Certificate::parse(token.signing_certificate);
    CHECK(certificate.verify(as_bytes("x"), session->sign(as_bytes("x")),
                             crypto::SignatureKind::sm2_sm3));
    const crypto::Sm3Digest e = certificate.sm2_key().message_digest(as_bytes("y"));
    CHECK(certificate.sm2_key().verify(as_bytes("y"), session->sign_digest(e)));
    CHECK(session->random(40).size() == 40);
    CHECK(error_of_call([&] {
              CountingRandom random;
              const auto key = crypto::Certificate::parse(token.encryption_certificate).sm2_key();
              session->decrypt(key.encrypt(as_bytes("plain"), random));
          }).code() == ErrorCode::token_unsupported);
    session->change_pin(pin("135790"), pin("222222"));
    session->logout();
    session->login(pin("222222"));
    session->unblock(pin("24680135"), pin("333333"));
    session->login(pin("333333"));
    // The library is in the worker and not here.
    CHECK(read_file("/proc/self/maps").find("softukey") == std::string::npos);
    const pid_t process = worker_process();
    REQUIRE(process != 0);
    CHECK(read_file("/proc/" + std::to_string(process) + "/maps").find("softukey") !=
          std::string::npos);
}

TEST_CASE("the worker has few rights and sees little") {
    const Issued issued;
    ::setenv("BIDSEAL_SECRET_OF_OTHERS", "x", 1);
    const int own = ::open("/dev/zero", O_RDONLY);  // not closed when a program is started
    REQUIRE(own >= 0);
    const auto driver = driver_of(options_for(BIDSEAL_SOFTUKEY));
    const pid_t process = worker_process();
    REQUIRE(process != 0);
    const std::string folder = "/proc/" + std::to_string(process);
    const std::string status = read_file(folder + "/status");
    CHECK(status.find("NoNewPrivs:\t1") != std::string::npos);
    CHECK(read_file(folder + "/environ").find("OF_OTHERS") == std::string::npos);
    CHECK(read_file(folder + "/environ").find("BIDSEAL_SOFTUKEY_DIR=") != std::string::npos);
    CHECK(read_file(folder + "/limits").find("Max core file size        0                    0 ") !=
          std::string::npos);
    CHECK(::getsid(process) == process);
    // Standard streams go nowhere; beside the two channels it holds no file of ours.
    int channels = 0;
    for (const auto& entry : fs::directory_iterator(folder + "/fd")) {
        const std::string target = fs::read_symlink(entry.path()).string();
        channels += target.compare(0, 7, "socket:") == 0;
        CHECK(target != "/dev/zero");
        if (std::stoi(entry.path().filename().string()) < 3)
            CHECK(target == "/dev/null");
    }
    ::close(own);
    CHECK(channels == 2);
    ::unsetenv("BIDSEAL_SECRET_OF_OTHERS");
}

TEST_CASE("killed from outside, the worker comes back and old sessions say so") {
    const Issued issued;
    const auto driver = driver_of(options_for(BIDSEAL_SOFTUKEY));
    const auto token = driver->list().at(0);
    const auto old = driver->open(token);
    old->login(pin("135790"));
    const pid_t first = worker_process();
    REQUIRE(::kill(first, SIGKILL) == 0);
    CHECK(error_of_call([&] { old->sign(as_bytes("x")); }).code() ==
          ErrorCode::token_driver_crashed);
    CHECK(driver->list().size() == 1);
    CHECK(worker_process() != first);
    CHECK(error_of_call([&] { old->sign(as_bytes("x")); }).code() ==
          ErrorCode::token_driver_crashed);
    const auto session = driver->open(token);
    CHECK(error_of_call([&] { session->sign(as_bytes("x")); }).code() == ErrorCode::pin_required);
    session->login(pin("135790"));
    CHECK_FALSE(session->sign(as_bytes("x")).empty());
}

TEST_CASE("a worker that ended between two calls is replaced before the next one") {
    const Issued issued;
    const auto driver = driver_of(options_for(BIDSEAL_SOFTUKEY));
    const pid_t first = worker_process();
    REQUIRE(first != 0);
    REQUIRE(::kill(first, SIGKILL) == 0);
    while (worker_process() == first)
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
    CHECK(driver->list().size() == 1);
    CHECK(worker_process() != 0);
}

TEST_CASE("the worker ends with its bridge") {
    const Issued issued;
    auto driver = driver_of(options_for(BIDSEAL_SOFTUKEY));
    CHECK(worker_process() != 0);
    driver.reset();
    CHECK(worker_process() == 0);
    // Also when the bridge is killed and can do nothing about it.
    int ends[2];
    REQUIRE(::pipe(ends) == 0);
    const pid_t bridge = ::fork();
    if (bridge == 0) {
        const auto own = driver_of(options_for(BIDSEAL_SOFTUKEY));
        const pid_t process = worker_process();
        if (::write(ends[1], &process, sizeof process) != sizeof process)
            ::_exit(1);
        ::pause();
    }
    pid_t process = 0;
    REQUIRE(::read(ends[0], &process, sizeof process) == sizeof process);
    REQUIRE(process > 0);
    REQUIRE(::kill(bridge, SIGKILL) == 0);
    ::waitpid(bridge, nullptr, 0);
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(5);
    const auto lives = [&] {
        return read_file("/proc/" + std::to_string(process) + "/cmdline").find("worker") !=
               std::string::npos;
    };
    while (lives() && std::chrono::steady_clock::now() < deadline)
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
    CHECK_FALSE(lives());
}

TEST_CASE("plugging out and in is told, also by a worker that was started anew") {
    const Issued issued;
    const auto driver = driver_of(options_for(BIDSEAL_SOFTUKEY));
    const auto token = driver->list().at(0);
    const fs::path away = issued.folder.path() / "drawer";
    for (int round = 0; round < 2; ++round) {
        const auto session = driver->open(token);
        session->login(pin("135790"));
        CHECK_FALSE(driver->wait_event(std::chrono::milliseconds(100)).has_value());
        fs::rename(issued.folder.file("donghai"), away);
        auto event = driver->wait_event(soon);
        REQUIRE(event.has_value());
        CHECK(event->kind == ukey::DeviceEvent::Kind::pulled_out);
        CHECK(error_of_call([&] { session->sign(as_bytes("x")); }).code() ==
              ErrorCode::token_removed);
        CHECK(error_of_call([&] { driver->open(token); }).code() == ErrorCode::token_absent);
        fs::rename(away, issued.folder.file("donghai"));
        event = driver->wait_event(soon);
        REQUIRE(event.has_value());
        CHECK(event->kind == ukey::DeviceEvent::Kind::plugged_in);
        if (round == 0) {
            // The end is noticed by waiting alone, as something that makes a look worth while.
            const pid_t first = worker_process();
            REQUIRE(::kill(first, SIGKILL) == 0);
            const auto began = std::chrono::steady_clock::now();
            CHECK_FALSE(driver->wait_event(std::chrono::seconds(20)).has_value());
            CHECK(std::chrono::steady_clock::now() - began < std::chrono::seconds(10));
            driver->wait_event(std::chrono::milliseconds(200));
            CHECK(worker_process() != 0);
            CHECK(worker_process() != first);
        }
    }
    std::thread canceller([&] { driver->cancel_wait(); });
    CHECK_FALSE(driver->wait_event(std::chrono::minutes(5)).has_value());
    canceller.join();
}

TEST_CASE("several threads, and a worker that is killed under them") {
    const Issued issued;
    worker::ClientOptions options = options_for(BIDSEAL_SOFTUKEY);
    options.most_ends = 1000;
    const auto driver = driver_of(options);
    const auto token = driver->list().at(0);
    std::atomic<bool> ending{false};
    std::atomic<int> good{0}, crashed{0}, other{0};
    std::vector<std::thread> threads;
    for (int t = 0; t < 2; ++t) {
        threads.emplace_back([&] {
            while (!ending) {
                try {
                    const auto session = driver->open(token);
                    session->login(pin("135790"));
                    session->sign(as_bytes("x"));
                    ++good;
                } catch (const Error& error) {
                    // Another thread's session ends the login of the token as well.
                    const bool known = error.code() == ErrorCode::token_driver_crashed ||
                                       error.code() == ErrorCode::pin_required;
                    ++(known ? crashed : other);
                }
            }
        });
    }
    threads.emplace_back([&] {
        while (!ending)
            driver->wait_event(std::chrono::milliseconds(100));
    });
    for (int i = 0; i < 5; ++i) {
        std::this_thread::sleep_for(std::chrono::milliseconds(300));
        if (const pid_t process = worker_process())
            ::kill(process, SIGKILL);
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(500));
    ending = true;
    driver->cancel_wait();
    for (std::thread& thread : threads)
        thread.join();
    CHECK(good > 0);
    CHECK(crashed > 0);
    CHECK(other == 0);
}
