#include "fakes.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

#include <unistd.h>

#include <doctest/doctest.h>

#include "bidseal/crypto/sm4.h"
#include "bidseal/protocol/json.h"

namespace bidseal::test {

Bytes read_test_file(const std::string& name) {
    std::ifstream in(std::string(BIDSEAL_TESTS_DIR) + "/" + name, std::ios::binary);
    REQUIRE_MESSAGE(in.good(), "cannot read tests/", name);
    std::string text((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
    return to_bytes(as_bytes(text));
}

crypto::Sm2PrivateKey test_key(const std::string& name) {
    Bytes pem = read_test_file("vectors/certificates/" + name + ".test-secret.pem");
    std::string text(as_text(pem));
    size_t begin = text.find("KEY-----\n") + 9, end = text.find("-----END");
    std::string base64 = text.substr(begin, end - begin);
    base64.erase(std::remove(base64.begin(), base64.end(), '\n'), base64.end());
    return crypto::Sm2PrivateKey::from_pkcs8(from_base64(base64));
}

crypto::Certificate test_certificate(const std::string& name) {
    return crypto::Certificate::parse(read_test_file("vectors/certificates/" + name + ".der"));
}

ukey::TokenInfo FakeToken::info() const {
    ukey::TokenInfo info;
    info.library = "/lib/fake.so";
    info.device = "device-1";
    info.serial = "SN-0001";
    info.label = "Test UKey";
    info.manufacturer = "Test Maker";
    info.application = "app";
    info.container = "container";
    info.signing_certificate = to_bytes(test_certificate(signing_certificate).der());
    info.encryption_certificate = to_bytes(test_certificate("sm2_encrypt").der());
    info.pin = state;
    return info;
}

namespace {

class FakeSession : public ukey::TokenSession {
public:
    explicit FakeSession(FakeToken& token) : m_token(token), m_info(token.info()) {}
    const ukey::TokenInfo& info() const override { return m_info; }
    ukey::PinState pin_state() override {
        check_present();
        return m_token.state;
    }
    void login(const SecretBytes& pin) override {
        check_present();
        ++m_token.logins;
        if (m_token.state.locked())
            throw Error(ErrorCode::pin_locked).retries(0);
        if (as_text(pin.view()) == m_token.pin) {
            m_token.state.left = m_token.state.max;
            m_logged_in = true;
            return;
        }
        --m_token.state.left;
        if (m_token.state.left == 0)
            throw Error(ErrorCode::pin_locked).retries(0);
        throw Error(ErrorCode::pin_wrong).retries(m_token.state.left);
    }
    bool logged_in() const override { return m_logged_in; }
    void logout() override {
        ++m_token.logouts;
        m_logged_in = false;
    }
    void change_pin(const SecretBytes&, const SecretBytes&) override {}
    void unblock(const SecretBytes&, const SecretBytes&) override {}
    Bytes sign(ByteView message) override {
        const auto certificate = crypto::Certificate::parse(m_info.signing_certificate);
        return sign_digest(certificate.sm2_key().message_digest(message));
    }
    Bytes sign_digest(const crypto::Sm3Digest& e) override {
        check_use();
        if (m_token.before_sign)
            m_token.before_sign();
        check_use();
        ++m_token.signatures;
        CountingRandom random;
        return test_key(m_token.wrong_signature ? "sm2_encrypt" : "sm2_sign")
            .sign_digest(e, random);
    }
    SecretBytes unwrap(ByteView kek_cipher, ByteView wrapped) override {
        check_use();
        SecretBytes kek = test_key("sm2_encrypt").decrypt(kek_cipher);
        return SecretBytes::copy_of(crypto::sm4_ecb_decrypt(kek.view(), wrapped).view());
    }
    Bytes random(size_t count) override { return Bytes(count, 7); }
    // Managing a token is tested with the software UKey.
    SecretBytes decrypt(ByteView) override { unsupported(); }
    Bytes public_key(bool) override { unsupported(); }
    Bytes generate_signing_key() override { unsupported(); }
    Bytes certificate_request(ByteView) override { unsupported(); }
    void import_encryption_key(ByteView) override { unsupported(); }
    void import_certificate(bool, ByteView) override { unsupported(); }
    std::vector<ukey::RawFile> files() override { return {}; }
    Bytes read_file(const std::string&) override { unsupported(); }

private:
    [[noreturn]] static void unsupported() { throw Error(ErrorCode::token_unsupported); }
    void check_present() const {
        if (!m_token.present)
            throw Error(ErrorCode::token_removed);
    }
    void check_use() const {
        check_present();
        if (!m_logged_in)
            throw Error(ErrorCode::pin_required);
    }
    FakeToken& m_token;
    ukey::TokenInfo m_info;
    bool m_logged_in = false;
};

std::vector<std::unique_ptr<ukey::TokenDriver>> one_driver(FakeToken& token) {
    std::vector<std::unique_ptr<ukey::TokenDriver>> drivers;
    drivers.push_back(std::make_unique<FakeDriver>(token));
    return drivers;
}

}  // namespace

std::vector<ukey::TokenInfo> FakeDriver::list(std::vector<Skipped>*) {
    if (!m_token.present)
        return {};
    return {m_token.info()};
}

std::unique_ptr<ukey::TokenSession> FakeDriver::open(const ukey::TokenInfo&) {
    if (!m_token.present)
        throw Error(ErrorCode::token_absent);
    return std::make_unique<FakeSession>(m_token);
}

std::optional<ukey::DeviceEvent> FakeDriver::wait_event(std::chrono::milliseconds) {
    return std::nullopt;
}

FakeDialogs::Answer FakeDialogs::next(const bridge::DialogText& text,
                                      const bridge::Interrupt& interrupt) {
    shown.push_back(text);
    REQUIRE_MESSAGE(!answers.empty(), "a window that nobody expected: ", text.description);
    Answer answer = answers.front();
    answers.pop_front();
    now += answer.after;
    if (answer.meanwhile)
        answer.meanwhile();
    interrupt.check();
    return answer;
}

std::optional<std::chrono::milliseconds> FakeDialogs::confirm(const bridge::DialogText& text,
                                                              const bridge::Interrupt& interrupt) {
    CHECK(text.prompt.empty());
    Answer answer = next(text, interrupt);
    if (!answer.allow)
        return std::nullopt;
    return answer.after;
}

std::optional<SecretBytes> FakeDialogs::ask_pin(const bridge::DialogText& text,
                                                const bridge::Interrupt& interrupt) {
    CHECK(!text.prompt.empty());
    Answer answer = next(text, interrupt);
    if (answer.pin.empty())
        return std::nullopt;
    return SecretBytes::copy_of(as_bytes(answer.pin));
}

void ManualExecutor::run_all() {
    while (!queue.empty()) {
        auto work = std::move(queue.front());
        queue.pop_front();
        work();
    }
}

Daemon::Daemon(const std::string& time)
    : clock(parse_time(time)),
      windows(20, std::chrono::minutes(1), dialogs.clock()),
      requests(100, dialogs.clock()),
      identity(crypto::P256PrivateKey::generate(random)),
      page_key(crypto::P256PrivateKey::generate(random)),
      pairings(folder.path()),
      grants(dialogs.clock()),
      tokens(one_driver(token)),
      services{tokens,   dialogs,  clock,   random, windows,         requests,
               identity, pairings, origins, grants, dialogs.clock(), folder.path() + "/journal",
               {}},
      log(-1),
      dispatcher(services, queries, operations, batches, outbox, log) {
    for (const char* origin : {"https://tender.example", "https://other.example"})
        origins.allow(origin);
    origins.preload(listed_origin);
}

ScratchFolder::ScratchFolder() {
    char path[] = "/tmp/bidseal-test-XXXXXX";
    REQUIRE(::mkdtemp(path) != nullptr);
    m_path = path;
}

ScratchFolder::~ScratchFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(m_path, ignored);
}

FakePage Daemon::hello(const std::string& origin, const std::string& host) {
    FakePage page;
    page.id = ++m_last;
    dispatcher.connected(page.id, origin, host);
    protocol::HelloParams params;
    params.versions = {protocol::bridge_version};
    params.client = {"test", "1"};
    params.nonce = Bytes(32, static_cast<uint8_t>(page.id));
    receive(page.id, protocol::write_request({protocol::Method::hello, 1, params}));
    REQUIRE(dispatcher.greeted(page.id));
    protocol::Json json = protocol::parse_json(as_bytes(frames(page.id).back()));
    const protocol::Json& result = *json.find("result");
    page.hello.nonce = from_base64(result.find("nonce")->as_text());
    page.hello.daemon_key = from_base64(result.find("daemon_key")->as_text());
    page.hello.proof = from_base64(result.find("proof")->as_text());
    page.greeting = {origin,
                     host,
                     protocol::bridge_version,
                     *params.nonce,
                     page.hello.nonce,
                     crypto::p256_point(page.hello.daemon_key)};
    return page;
}

std::string Daemon::prove(const FakePage& page, const crypto::P256PrivateKey& key, uint32_t id) {
    protocol::PairProveParams params;
    params.key = to_bytes(key.point().view());
    params.proof = key.sign(bridge::page_proof_message(page.greeting, key.point()), random);
    // Answered at once: what other requests wait for goes on waiting.
    receive(page.id, protocol::write_request({protocol::Method::pair_prove, id, params}));
    return frames(page.id).back();
}

bridge::ConnectionId Daemon::greet(const std::string& origin) {
    FakePage page = hello(origin);
    if (!pairings.find(origin, page_key.point()))
        pairings.add(origin, page_key.point(), clock.now(), false);
    REQUIRE(error_in(prove(page, page_key)) == "");
    frames(page.id).clear();
    return page.id;
}

void Daemon::receive(bridge::ConnectionId id, const std::string& frame) {
    dispatcher.received(id, as_bytes(frame));
}

std::string Daemon::ask(bridge::ConnectionId id, const protocol::Request& request) {
    receive(id, protocol::write_request(request));
    queries.run_all();
    operations.run_all();
    batches.run_all();
    queries.run_all();
    REQUIRE(!frames(id).empty());
    return frames(id).back();
}

namespace {

const protocol::Json* error_member(const protocol::Json& json, std::string_view name) {
    const protocol::Json* error = json.find("error");
    return error ? error->find(name) : nullptr;
}

}  // namespace

std::string error_in(const std::string& frame) {
    protocol::Json json = protocol::parse_json(as_bytes(frame), {1u << 24, 16});
    const protocol::Json* code = error_member(json, "code");
    return code ? code->as_text() : "";
}

int64_t retries_in(const std::string& frame) {
    protocol::Json json = protocol::parse_json(as_bytes(frame), {1u << 24, 16});
    const protocol::Json* retries = error_member(json, "retries_left");
    return retries ? retries->as_integer() : -1;
}

}  // namespace bidseal::test
