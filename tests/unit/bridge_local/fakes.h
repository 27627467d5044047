// A token, windows and an outbox for tests: real keys, scripted people.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "bidseal/crypto/sm2.h"

#include "bridge/local/operations/dispatcher.h"

namespace bidseal::test {

Bytes read_test_file(const std::string& name);

/// Reproducible bytes.
class CountingRandom : public Random {
public:
    void fill(std::span<uint8_t> out) override {
        for (uint8_t& byte : out) {
            byte = static_cast<uint8_t>(m_next * 167 + (m_next >> 8));
            ++m_next;
        }
    }

private:
    uint32_t m_next = 1;
};

/// The key of tests/vectors/certificates/<name>.test-secret.pem.
crypto::Sm2PrivateKey test_key(const std::string& name);
crypto::Certificate test_certificate(const std::string& name);

/// State of a token that several sessions see.
struct FakeToken {
    std::string pin = "123456";
    ukey::PinState state{6, 6, false, ukey::PinState::Flag::none};
    bool present = true;
    int logins = 0, logouts = 0, signatures = 0;
    bool wrong_signature = false;  ///< signs with another key
    std::string signing_certificate = "sm2_sign";
    std::function<void()> before_sign;
    std::deque<bool> events;

    ukey::TokenInfo info() const;
};

class FakeDriver : public ukey::TokenDriver {
public:
    explicit FakeDriver(FakeToken& token) : m_token(token) {}
    const std::string& library() const override { return m_library; }
    std::vector<ukey::TokenInfo> list(std::vector<Skipped>* skipped = nullptr) override;
    std::unique_ptr<ukey::TokenSession> open(const ukey::TokenInfo& token) override;
    std::optional<ukey::DeviceEvent> wait_event(std::chrono::milliseconds timeout) override;
    void cancel_wait() override {}

private:
    FakeToken& m_token;
    std::string m_library = "/lib/fake.so";
};

/// Windows that a script answers; time passes while they are open.
class FakeDialogs : public bridge::Dialogs {
public:
    struct Answer {
        bool allow = true;
        std::string pin;  ///< empty: cancelled
        std::chrono::milliseconds after{2000};
        std::function<void()> meanwhile = {};
    };
    std::deque<Answer> answers;
    std::vector<bridge::DialogText> shown;
    std::chrono::steady_clock::time_point now{};

    void allow(std::chrono::milliseconds after = std::chrono::milliseconds(2000)) {
        answers.push_back({true, "", after});
    }
    void refuse() { answers.push_back({false, "", std::chrono::milliseconds(2000)}); }
    void enter(const std::string& pin) {
        answers.push_back({true, pin, std::chrono::milliseconds(2000)});
    }
    bridge::SteadyNow clock() {
        return [this] {
            return now;
        };
    }

    std::optional<std::chrono::milliseconds> confirm(const bridge::DialogText& text,
                                                     const bridge::Interrupt& interrupt) override;
    std::optional<SecretBytes> ask_pin(const bridge::DialogText& text,
                                       const bridge::Interrupt& interrupt) override;

private:
    Answer next(const bridge::DialogText& text, const bridge::Interrupt& interrupt);
};

struct RecordingOutbox : bridge::Outbox {
    std::map<bridge::ConnectionId, std::vector<std::string>> frames;
    std::vector<bridge::ConnectionId> closed;
    void send(bridge::ConnectionId connection, std::string frame) override {
        frames[connection].push_back(std::move(frame));
    }
    void close(bridge::ConnectionId connection) override { closed.push_back(connection); }
};

/// Runs work when the test says so.
struct ManualExecutor : bridge::Executor {
    std::deque<std::function<void()>> queue;
    void post(std::function<void()> work) override { queue.push_back(std::move(work)); }
    void run_all();
};

/// A folder that goes away with its content.
class ScratchFolder {
public:
    ScratchFolder();
    ~ScratchFolder();
    ScratchFolder(const ScratchFolder&) = delete;
    const std::string& path() const { return m_path; }

private:
    std::string m_path;
};

/// A page as the daemon sees it: its key, and what it knows of the hello.
struct FakePage {
    bridge::ConnectionId id = 0;
    bridge::Greeting greeting;
    protocol::HelloResult hello;
};

/// The policy of the daemons below: tender.example and other.example must be paired by a person,
/// listed.example needs none.
inline constexpr const char* listed_origin = "https://listed.example";

/// A whole daemon without sockets.
struct Daemon {
    explicit Daemon(const std::string& time = "2026-06-01T00:00:00Z");
    /// Connects, says hello with the id 1 and gives what a page then knows.
    FakePage hello(const std::string& origin = "https://tender.example",
                   const std::string& host = "127.0.0.1:17391");
    /// hello(), and proves the key of a pairing that is made when it is not there, with the id 2.
    bridge::ConnectionId greet(const std::string& origin = "https://tender.example");
    /// The answer to pair.prove.
    std::string prove(const FakePage& page, const crypto::P256PrivateKey& key, uint32_t id = 2);
    void receive(bridge::ConnectionId id, const std::string& frame);
    /// Sends the request, runs all work, and gives the last frame sent to the connection.
    std::string ask(bridge::ConnectionId id, const protocol::Request& request);
    std::vector<std::string>& frames(bridge::ConnectionId id) { return outbox.frames[id]; }

    FakeToken token;
    FakeDialogs dialogs;
    CountingRandom random;
    bridge::FixedClock clock;
    bridge::RateLimit windows;
    bridge::PaceLimit requests;
    ScratchFolder folder;
    crypto::P256PrivateKey identity;
    crypto::P256PrivateKey page_key;
    bridge::PairingStore pairings;
    bridge::OriginPolicy origins;
    bridge::GrantStore grants;
    bridge::TokenService tokens;
    bridge::Services services;
    RecordingOutbox outbox;
    ManualExecutor queries, operations, batches;
    bridge::Log log;
    bridge::Dispatcher dispatcher;

private:
    bridge::ConnectionId m_last = 0;
};

/// The name of the error in an answer's frame, or "" when it is none.
std::string error_in(const std::string& frame);
/// The retries in an answer's error; -1 without.
int64_t retries_in(const std::string& frame);

}  // namespace bidseal::test
