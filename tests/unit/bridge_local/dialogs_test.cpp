// What people see, and what their answers lead to.
#include <thread>

#include <unistd.h>

#include <doctest/doctest.h>

#include "bidseal/base/text.h"

#include "../support/error_of.h"
#include "bridge/local/base/display.h"
#include "bridge/local/dialogs/assuan.h"
#include "bridge/local/dialogs/consent.h"
#include "bridge/local/dialogs/login.h"
#include "fakes.h"

using namespace bidseal;
using namespace bidseal::bridge;
using bidseal::test::error_name_of;

namespace {

/// A pinentry that answers with prepared bytes.
struct Pipes {
    int to[2], from[2];
    Pipes() {
        REQUIRE(::pipe(to) == 0);
        REQUIRE(::pipe(from) == 0);
    }
    ~Pipes() {
        for (int fd : {to[0], to[1], from[0], from[1]}) {
            if (fd >= 0)
                ::close(fd);
        }
    }
    void answer(std::string_view text) {
        REQUIRE(::write(from[1], text.data(), text.size()) == static_cast<ssize_t>(text.size()));
    }
    void hang_up() {
        ::close(from[1]);
        from[1] = -1;
    }
    std::string sent() {
        char text[4096];
        ssize_t size = ::read(to[0], text, sizeof text);
        return std::string(text, size > 0 ? static_cast<size_t>(size) : 0);
    }
};

std::string outcome_of_answer(std::string_view answer) {
    Pipes pipes;
    Interrupt interrupt;
    AssuanClient client(pipes.to[1], pipes.from[0], interrupt, std::chrono::seconds(5));
    pipes.answer(answer);
    pipes.hang_up();
    return error_name_of([&] { client.command("GETPIN"); });
}

ConsentRequest example_consent() {
    ConsentRequest request;
    request.purpose = Purpose::sign_bid;
    request.origin = "https://tender.example";
    request.lines = {{"Project", "Bridge works (P-1)"}, {"Certificate", "CN=Somebody"}};
    return request;
}

}  // namespace

TEST_CASE("assuan: escapes what may not stand in a line") {
    CHECK(assuan_escape("50% of\r\nit\t\x7f") == "50%25 of%0D%0Ait%09%7F");
    CHECK(assuan_escape("标书") == "标书");
}

TEST_CASE("assuan: a PIN comes decoded, other lines are skipped") {
    Pipes pipes;
    Interrupt interrupt;
    AssuanClient client(pipes.to[1], pipes.from[0], interrupt, std::chrono::seconds(5));
    pipes.answer("OK Pleased to meet you\n");
    client.greet();
    pipes.answer("S PASSWORD_FROM_CACHE\n# note\nD 12%2534%0a\nD 56\r\nOK\n");
    AssuanAnswer answer = client.command("GETPIN");
    CHECK(answer.ok());
    CHECK(as_text(answer.data.view()) == "12%34\n56");
    CHECK(pipes.sent() == "GETPIN\n");
    pipes.answer("ERR 83886179 Operation cancelled <Pinentry>\n");
    CHECK(client.command("CONFIRM").is(AssuanError::canceled));
    pipes.answer("ERR 83886194 Not confirmed\n");
    CHECK(client.command("CONFIRM").is(AssuanError::not_confirmed));
    pipes.answer("OK\n");
    CHECK(client.command("BYE").data.empty());
}

TEST_CASE("assuan: nonsense, long lines and a program that ends are refused") {
    CHECK(outcome_of_answer("") == "pinentry_missing");
    CHECK(outcome_of_answer("OK") == "pinentry_missing");
    CHECK(outcome_of_answer("HELLO\nOK\n") == "pinentry_missing");
    CHECK(outcome_of_answer("OKAY\n") == "pinentry_missing");
    CHECK(outcome_of_answer("D 12%2\nOK\n") == "pinentry_missing");
    CHECK(outcome_of_answer("D %zz\nOK\n") == "pinentry_missing");
    CHECK(outcome_of_answer("ERR\nOK\n") == "pinentry_missing");
    CHECK(outcome_of_answer("ERR x\n") == "pinentry_missing");
    CHECK(outcome_of_answer("ERR 0\n") == "pinentry_missing");
    CHECK(outcome_of_answer("ERR 99999999999\n") == "pinentry_missing");
    CHECK(outcome_of_answer("D " + std::string(300, '1') + "\nOK\n") == "pinentry_missing");
    CHECK(outcome_of_answer(std::string(3000, 'S')) == "pinentry_missing");
    CHECK(outcome_of_answer("D 1\nOK\n") == "");
}

TEST_CASE("assuan: waiting ends with the interrupt's reason or with patience") {
    Pipes pipes;
    Interrupt interrupt;
    AssuanClient client(pipes.to[1], pipes.from[0], interrupt, std::chrono::seconds(60));
    std::thread other([&] {
        ::usleep(50000);
        interrupt.raise(ErrorCode::token_removed);
        interrupt.raise(ErrorCode::cancelled);
    });
    CHECK(error_name_of([&] { client.command("GETPIN"); }) == "token_removed");
    other.join();

    Interrupt calm;
    AssuanClient impatient(pipes.to[1], pipes.from[0], calm, std::chrono::seconds(0));
    CHECK(error_name_of([&] { impatient.command("GETPIN"); }) == "timed_out");
}

TEST_CASE("shown text: controls and broken bytes are replaced, cuts fall between characters") {
    CHECK(display_text("上海 Ltd.", 100) == "上海 Ltd.");
    CHECK(display_text("a\nb\xE2\x80\xAE"
                       "c",
                       100) ==
          "a\xEF\xBF\xBD"
          "b\xEF\xBF\xBD"
          "c");
    CHECK(display_text("\xFF\xE4\xB8", 100) == "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD");
    CHECK(display_text("abcdef", 6) == "abcdef");
    CHECK(display_text("abcdefg", 6) == "abc\xE2\x80\xA6");
    for (size_t most = 3; most < 20; ++most) {
        std::string cut = display_text("中文中文中文中文", most);
        CHECK(cut.size() <= most);
        CHECK(is_valid_utf8(cut));
    }
}

TEST_CASE("consent: the window names page, purpose and lines") {
    std::string text = consent_text(example_consent(), texts_of(Language::english), false);
    CHECK(text ==
          "https://tender.example asks you to SIGN A BID with your UKey.\n\n"
          "Project: Bridge works (P-1)\nCertificate: CN=Somebody");
    std::string chinese = consent_text(example_consent(), texts_of(Language::chinese), false);
    CHECK(chinese.find("https://tender.example 请求用您的 UKey 签署投标文件。") == 0);
}

TEST_CASE("consent: a text that is too long loses optional lines first, then ends of values") {
    ConsentRequest request = example_consent();
    request.lines.push_back({"Files", std::string(400, 'f'), true});
    for (int i = 0; i < 10; ++i)
        request.lines.push_back({"Envelope", std::string(300, 'e')});
    std::string text = consent_text(request, texts_of(Language::english), true);
    CHECK(text.size() <= 940);
    CHECK(text.find("Files") == std::string::npos);
    CHECK(text.find("Certificate: CN=Somebody") != std::string::npos);
    size_t envelopes = 0;
    for (size_t at = text.find("Envelope"); at != std::string::npos;
         at = text.find("Envelope", at + 1)) {
        ++envelopes;
    }
    CHECK(envelopes == 10);
}

TEST_CASE("consent: an approval sooner than 700 ms is asked again") {
    test::FakeDialogs dialogs;
    Interrupt interrupt;
    const Texts& texts = texts_of(Language::english);
    auto ask = [&] {
        ask_consent(dialogs, example_consent(), texts, interrupt);
    };

    dialogs.allow(std::chrono::milliseconds(699));
    dialogs.allow(std::chrono::milliseconds(700));
    CHECK(error_name_of(ask) == "");
    REQUIRE(dialogs.shown.size() == 2);
    CHECK(dialogs.shown[0].description.find(texts.too_quick) == std::string::npos);
    CHECK(dialogs.shown[1].description.find(texts.too_quick) == 0);

    dialogs.allow(std::chrono::milliseconds(1));
    dialogs.refuse();
    CHECK(error_name_of(ask) == "consent_refused");

    for (int i = 0; i < 6; ++i)
        dialogs.allow(std::chrono::milliseconds(5));
    CHECK(error_name_of(ask) == "consent_refused");
    CHECK(dialogs.answers.empty());
}

namespace {

struct Login {
    test::FakeToken token;
    test::FakeDialogs dialogs;
    Interrupt interrupt;
    std::optional<Error> error;

    void run() {
        test::FakeDriver driver(token);
        auto session = driver.open(token.info());
        error = test::error_of([&] {
            log_in(*session, dialogs, texts_of(Language::english), Purpose::unwrap,
                   "https://tender.example", interrupt);
        });
    }
    std::string outcome() const { return error ? error_name(error->code()) : ""; }
    std::string window(size_t i) const { return dialogs.shown.at(i).description; }
};

}  // namespace

TEST_CASE("login: the tries left are shown before the PIN, and after a wrong one") {
    Login login;
    login.dialogs.enter("000000");
    login.dialogs.enter("123456");
    login.run();
    CHECK(login.outcome() == "");
    REQUIRE(login.dialogs.shown.size() == 2);
    CHECK(login.window(0) ==
          "PIN of UKey Test UKey (SN-0001), to open envelopes:\nhttps://tender.example\n"
          "Tries left: 6 of 6.");
    CHECK(login.window(1).find("The PIN was wrong.\n") == 0);
    CHECK(login.window(1).find("Tries left: 5 of 6.") != std::string::npos);
    CHECK(login.token.logins == 2);
    CHECK(login.token.state.left == 6);
}

TEST_CASE("login: the last try needs a confirmation of its own") {
    Login refused;
    refused.token.state.left = 2;
    refused.dialogs.enter("000000");
    refused.dialogs.refuse();
    refused.run();
    CHECK(refused.outcome() == "pin_cancelled");
    CHECK(refused.error->retries_left() == 1u);
    CHECK(refused.token.state.left == 1);
    CHECK(refused.window(1).find("ONE TRY IS LEFT") == 0);

    Login used;
    used.token.state.left = 1;
    used.dialogs.allow();
    used.dialogs.enter("000000");
    used.run();
    CHECK(used.outcome() == "pin_locked");
    CHECK(used.error->retries_left() == 0u);

    Login locked;
    locked.token.state.left = 0;
    locked.run();
    CHECK(locked.outcome() == "pin_locked");
    CHECK(locked.dialogs.shown.empty());
    CHECK(locked.token.logins == 0);
}

TEST_CASE("login: cancelled, default PIN, unknown tries, token gone") {
    Login cancelled;
    cancelled.dialogs.enter("");
    cancelled.run();
    CHECK(cancelled.outcome() == "pin_cancelled");
    CHECK(cancelled.error->retries_left() == 6u);
    CHECK(cancelled.token.logins == 0);

    Login fresh;
    fresh.token.state = {0, 0, true};
    fresh.dialogs.enter("123456");
    fresh.run();
    CHECK(fresh.outcome() == "");
    CHECK(fresh.window(0).find("does not tell how many") != std::string::npos);
    CHECK(fresh.window(0).find("delivered with") != std::string::npos);

    Login gone;
    gone.dialogs.answers.push_back({true, "123456", std::chrono::milliseconds(1), [&] {
                                        gone.token.present = false;
                                    }});
    gone.run();
    CHECK(gone.outcome() == "token_removed");
    CHECK(gone.token.logins == 0);
}
