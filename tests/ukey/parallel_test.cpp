// Several processes and threads at once, and a process that dies at the wrong moment.
#include <chrono>
#include <set>
#include <thread>
#include <vector>

#include <signal.h>
#include <sys/stat.h>

#include "fixture.h"

using namespace bidseal;
using namespace bidseal::test;

namespace {

ino_t inode_of(const fs::path& path) {
    struct stat info {};
    return ::stat(path.c_str(), &info) == 0 ? info.st_ino : 0;
}

}  // namespace

TEST_CASE("guessing in parallel wins no tries") {
    const Folder folder;
    folder.blank("one");
    { Client("one").create(10, 3); }
    std::vector<pid_t> children;
    for (int i = 0; i < 8; ++i) {
        const pid_t child = ::fork();
        if (child == 0) {
            try {
                Client c("one");
                c.open();
                ::_exit(c.verify("000000") == SAR_PIN_INCORRECT ? static_cast<int>(c.left) : 100);
            } catch (...) {
                ::_exit(101);
            }
        }
        children.push_back(child);
    }
    std::set<int> left;
    for (const pid_t child : children) {
        int status = -1;
        ::waitpid(child, &status, 0);
        left.insert(WIFEXITED(status) ? WEXITSTATUS(status) : -1);
    }
    CHECK(left == std::set<int>{2, 3, 4, 5, 6, 7, 8, 9});
    Client c("one");
    c.open();
    CHECK(c.left_tries() == 2);
}

TEST_CASE("killing the process while it checks a PIN does not give the try back") {
    const Folder folder;
    // Dear enough that the check lasts longer than the parent takes to see the first write.
    std::ofstream(folder.file("one")) << "BIDSEAL-SOFTUKEY-BLANK iterations=1000000\n";
    { Client("one").create(); }
    const ino_t before = inode_of(folder.file("one"));
    const pid_t child = ::fork();
    if (child == 0) {
        try {
            Client c("one");
            c.open();
            c.verify("000000");
        } catch (...) {
        }
        ::_exit(0);
    }
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    while (inode_of(folder.file("one")) == before && std::chrono::steady_clock::now() < deadline) {
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    ::kill(child, SIGKILL);
    int status = 0;
    ::waitpid(child, &status, 0);
    REQUIRE(WIFSIGNALED(status));  // it was still at it
    Client c("one");
    c.open();
    CHECK(c.left_tries() == 2);
    CHECK(c.verify(user_pin) == SAR_OK);
    CHECK(c.left_tries() == 3);
}

TEST_CASE("threads sign on one device while others change it") {
    const Folder folder;
    folder.blank("one");
    Client c("one");
    const ECCPUBLICKEYBLOB key = c.make_all();
    const auto public_key = key_of(key);
    std::vector<std::thread> threads;
    std::vector<int> good(4, 0);
    for (size_t t = 0; t < good.size(); ++t) {
        threads.emplace_back([&, t] {
            for (uint8_t i = 0; i < 25; ++i) {
                crypto::Sm3Digest e{};
                e.bytes[0] = i;
                e.bytes[1] = static_cast<uint8_t>(t);
                ECCSIGNATUREBLOB signature{};
                if (c.f.SKF_ECCSignData(c.con, e.data(), 32, &signature) == SAR_OK &&
                    public_key.verify_digest(e, signature_der(signature)))
                    ++good[t];
            }
        });
    }
    int labels = 0;
    std::thread changer([&] {
        DEVHANDLE dev = nullptr;
        if (c.f.SKF_ConnectDev(text("one"), &dev) != SAR_OK)
            return;
        for (int i = 0; i < 10; ++i)
            labels += c.f.SKF_SetLabel(dev, text("changed")) == SAR_OK;
        c.f.SKF_DisConnectDev(dev);
    });
    for (std::thread& thread : threads)
        thread.join();
    changer.join();
    CHECK(good == std::vector<int>(4, 25));
    CHECK(labels == 10);
}
