// A page and its platform for the service's process tests: the page's machine of the core, moved by
// lines on standard input and telling what it wants on standard output. The network is Node's.
//
//   page_case PLATFORM_FOLDER OPERATION ITEMS
//
// Out: `open JSON` (what the platform sends to /v1/hub/sessions), `send HEX`, `code TEXT`,
//      `scanned DIGITS`, `named NAME`, `answered HEX…` (the parts of the answer), `silent yes|no`,
//      `ended ERROR|ok`. In: `go` (attach), `recv HEX`, `reconnect`, `close`.
#include <chrono>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <iterator>

#include <poll.h>
#include <unistd.h>

#include "bidseal/base/wire.h"
#include "bidseal/crypto/private_key.h"
#include "bidseal/session/page.h"

#include "bridge/cloud/hub/platform_message.h"
#include "bridge/host/system.h"

using namespace bidseal;

namespace {

Bytes read_file(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    require(in.good(), ErrorCode::io_read, "a file is missing");
    const std::string text((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
    return to_bytes(as_bytes(text));
}

session::Millis millis_now() {
    return std::chrono::duration_cast<std::chrono::milliseconds>(
               std::chrono::steady_clock::now().time_since_epoch())
        .count();
}

void say(const std::string& line) {
    std::fputs((line + "\n").c_str(), stdout);
    std::fflush(stdout);
}

session::Operation operation_from(const std::string& name) {
    for (uint8_t i = 1; i <= 9; i++) {
        if (name == session::operation_name(static_cast<session::Operation>(i)))
            return static_cast<session::Operation>(i);
    }
    throw Error(ErrorCode::usage, "no such operation");
}

class PageCase {
public:
    PageCase(const std::string& folder, const std::string& operation, size_t items)
        : m_key(crypto::PrivateKey::from_file(read_file(folder + "/sign.key"))),
          m_certificate(crypto::Certificate::parse_file(read_file(folder + "/sign.crt")).at(0)),
          m_page(m_random) {
        m_request.platform = "platform-1";
        m_request.origin = "https://tender.example";
        m_request.operation = operation_from(operation);
        m_request.project = "P2026-001";
        m_request.expires = {host::SystemClock().now().seconds + 600};
        m_request.page = session::page_digest(m_page.key());
        m_random.fill(m_request.sid.bytes);
        for (size_t i = 0; i < items; i++) {
            const Bytes text = to_bytes(as_bytes("document " + std::to_string(i)));
            m_request.items.push_back(
                {"document " + std::to_string(i), text.size(), crypto::sm3(text), text});
        }
        m_signed.request = m_request.serialize();
        m_signed.signature = m_key.sign(m_signed.request, m_random);
        m_signed.certificate = to_bytes(m_certificate.der());
    }

    void tell_platform_message() {
        session::Draft draft;
        draft.sid = m_request.sid;
        draft.page = m_request.page;
        draft.request = session::request_digest(m_signed.request);
        draft.certificate = m_certificate.digest();
        draft.operation = m_request.operation;
        draft.platform = m_request.platform;
        draft.expires = m_request.expires;
        draft.k_sid = SecretBytes(32);
        m_random.fill(draft.k_sid.span());
        const std::string content = cloud::write_draft(draft);
        const Bytes signature =
            m_key.sign(cloud::platform_bytes(cloud::open_purpose, as_bytes(content)), m_random);
        say("open " +
            cloud::PlatformMessage{to_bytes(as_bytes(content)), signature, m_certificate}.write());
    }

    void take_line(const std::string& line) {
        const session::Millis now = millis_now();
        if (line == "go")
            act(m_page.start(m_request.sid, m_signed, as_bytes("material"), now, m_random));
        else if (line.starts_with("recv "))
            act(m_page.receive(from_hex(line.substr(5)), now));
        else if (line == "reconnect")
            act(m_page.reconnect(now));
        else if (line == "close")
            act(m_page.close(now));
    }

    void tick() { act(m_page.tick(millis_now())); }
    bool ended() const { return m_ended; }

private:
    void act(const std::vector<session::PageAction>& actions) {
        for (const session::PageAction& action : actions) {
            if (const auto* send = std::get_if<session::SendToHub>(&action))
                say("send " + to_hex(send->message));
            else if (const auto* code = std::get_if<session::ShowCode>(&action))
                say("code " + code->text);
            else if (const auto* scanned = std::get_if<session::PhoneScanned>(&action))
                say("scanned " + scanned->code);
            else if (const auto* named = std::get_if<session::PhoneNamed>(&action))
                say("named " + named->name);
            else if (const auto* silent = std::get_if<session::PhoneSilent>(&action))
                say(silent->silent ? "silent yes" : "silent no");
            else if (const auto* answered = std::get_if<session::PhoneAnswered>(&action))
                tell_answer(answered->response);
            else if (const auto* ended = std::get_if<session::SessionEnded>(&action)) {
                m_ended = true;
                say(std::string("ended ") + (ended->error ? error_name(*ended->error) : "ok"));
            }
        }
    }

    static void tell_answer(const SecretBytes& response) {
        WireReader in(response.view());
        std::string line = "answered";
        for (size_t left = in.count(0, 500); left > 0; left--)
            line += " " + to_hex(in.field(0, 65536));
        say(line);
    }

    host::SystemRandom m_random;
    crypto::PrivateKey m_key;
    crypto::Certificate m_certificate;
    session::PageSession m_page;
    session::Request m_request;
    session::SignedRequest m_signed;
    bool m_ended = false;
};

/// Takes lines and lets time pass until the session or the input ends.
void run(PageCase& page) {
    std::string waiting;
    char buffer[65536];
    while (!page.ended()) {
        pollfd input{STDIN_FILENO, POLLIN, 0};
        if (::poll(&input, 1, 100) > 0) {
            const ssize_t got = ::read(STDIN_FILENO, buffer, sizeof buffer);
            if (got <= 0)
                return;
            waiting.append(buffer, static_cast<size_t>(got));
            for (size_t end = waiting.find('\n'); end != std::string::npos;
                 end = waiting.find('\n')) {
                page.take_line(waiting.substr(0, end));
                waiting.erase(0, end + 1);
            }
        }
        page.tick();
    }
}

}  // namespace

int main(int count, char** values) {
    try {
        require(count == 4, ErrorCode::usage, "PLATFORM_FOLDER OPERATION ITEMS");
        PageCase page(values[1], values[2], std::stoul(values[3]));
        page.tell_platform_message();
        run(page);
        return 0;
    } catch (const Error& error) {
        std::fprintf(stderr, "page_case: %s (%s)\n", error_name(error.code()), error.what());
        return 1;
    }
}
