// The exchange: order, limits, errors, cancelling, events. No sockets.
#include <doctest/doctest.h>

#include "bidseal/protocol/json.h"

#include "fakes.h"

using namespace bidseal;
using bidseal::test::Daemon;
using bidseal::test::error_in;

namespace {

protocol::Request list_request(uint32_t id) {
    return {protocol::Method::certificates_list, id, protocol::CertificatesListParams{}};
}

/// A request that waits in the queue of operations; its content does not matter.
protocol::Request sign_request(uint32_t id, const std::string& key = "none") {
    protocol::SignBidParams params;
    params.key = key;
    params.index = to_bytes(as_bytes(R"({"type":"SBID1-index",)"));
    return {protocol::Method::sign_bid, id, std::move(params)};
}

}  // namespace

TEST_CASE("hello tells version, methods, a fresh nonce, and proves which daemon it is") {
    Daemon daemon;
    test::FakePage first = daemon.hello(), second = daemon.hello();
    protocol::Json answer = protocol::parse_json(as_bytes(daemon.frames(first.id)[0]));
    const protocol::Json* result = answer.find("result");
    REQUIRE(result != nullptr);
    CHECK(answer.find("id")->as_integer() == 1);
    CHECK(result->find("version")->as_integer() == 1);
    CHECK(result->find("capabilities")->as_array().size() == protocol::method_count);
    CHECK(first.hello.nonce != second.hello.nonce);
    CHECK(crypto::p256_point(first.hello.daemon_key) == daemon.identity.point());
    auto proves = [](const test::FakePage& page, const bridge::Greeting& greeting) {
        return crypto::p256_verify(greeting.daemon_key, bridge::daemon_proof_message(greeting),
                                   page.hello.proof);
    };
    CHECK(proves(first, first.greeting));
    CHECK_FALSE(proves(second, first.greeting));
    bridge::Greeting elsewhere = first.greeting;
    elsewhere.host = "127.0.0.1:22391";  // what a program in between would show
    CHECK_FALSE(proves(first, elsewhere));
}

TEST_CASE("a page of another version is told which side is older") {
    struct Case {
        const char* params;
        const char* older;
    };
    for (const Case& c : {
             Case{R"("versions":[2,3],"nonce":")", "bridge"},
             Case{R"("versions":[0],"nonce":")", "page"},
             Case{R"("versions":[1],"x":")", ""},
         }) {
        Daemon daemon;
        daemon.dispatcher.connected(7, "https://tender.example", "127.0.0.1:17391");
        daemon.receive(7, std::string(R"({"method":"hello","id":1,"params":{)") + c.params +
                              to_base64(Bytes(32, 1)) +
                              R"(","client":{"name":"t","version":"1"}}})");
        const std::string answer = daemon.frames(7).back();
        CHECK(error_in(answer) == (*c.older ? "bridge_outdated" : "message_invalid"));
        CHECK((answer.find(std::string(R"("subject":")") + c.older + "\"") != std::string::npos) ==
              (*c.older != 0));
        CHECK_FALSE(daemon.dispatcher.greeted(7));
    }
    // From before there was pairing: no nonce.
    Daemon daemon;
    daemon.dispatcher.connected(7, "https://tender.example", "127.0.0.1:17391");
    daemon.receive(7, R"({"method":"hello","id":1,"params":{"versions":[1],)"
                      R"("client":{"name":"t","version":"1"}}})");
    CHECK(daemon.frames(7).back() ==
          R"({"id":1,"error":{"code":"bridge_outdated","subject":"page"}})");
}

TEST_CASE("before hello nothing is answered, and hello comes once") {
    Daemon daemon;
    daemon.dispatcher.connected(7, "https://tender.example", "127.0.0.1:17391");
    daemon.receive(7, R"({"method":"tokens.list","id":1,"params":{}})");
    CHECK(error_in(daemon.frames(7).back()) == "message_invalid");
    CHECK(daemon.outbox.closed == std::vector<bridge::ConnectionId>{7});

    auto id = daemon.greet();
    daemon.receive(id, R"({"method":"hello","id":12,"params":{"versions":[1],)"
                       R"("client":{"name":"t","version":"1"}}})");
    CHECK(error_in(daemon.frames(id).back()) == "message_invalid");
    CHECK(daemon.outbox.closed.back() == id);
}

TEST_CASE("ids rise: a replayed or reordered request ends the connection") {
    Daemon daemon;
    auto id = daemon.greet();
    CHECK(error_in(daemon.ask(id, list_request(15))) == "");
    size_t before = daemon.frames(id).size();
    CHECK(error_in(daemon.ask(id, list_request(15))) == "message_invalid");
    CHECK(daemon.frames(id).size() == before + 1);
    CHECK(daemon.outbox.closed.back() == id);
    auto other = daemon.greet();
    daemon.ask(other, list_request(19));
    CHECK(error_in(daemon.ask(other, list_request(18))) == "message_invalid");
}

TEST_CASE("bad messages get typed errors; those without an id end the connection") {
    struct Case {
        const char* frame;
        const char* error;
        bool closes;
    };
    for (const Case& c : {
             Case{R"({"method":"pin.enter","id":12,"params":{}})", "method_unknown", false},
             Case{R"({"method":"tokens.list","id":12,"params":{"pin":"1"}})", "message_invalid",
                  false},
             Case{R"({"method":"tokens.list","id":12})", "message_invalid", false},
             Case{R"({"method":"tokens.list","id":12,"params":{},"x":1})", "message_invalid",
                  false},
             Case{R"({"method":"tokens.list","params":{}})", "message_invalid", true},
             Case{R"({"method":"tokens.list","id":0,"params":{}})", "message_invalid", true},
             Case{R"({"method":"tokens.list","id":-1,"params":{}})", "message_invalid", true},
             Case{R"({"method":"tokens.list","id":1.5,"params":{}})", "message_invalid", true},
             Case{R"({"method":"tokens.list","id":12,"id":13,"params":{}})", "message_invalid",
                  true},
             Case{R"([])", "message_invalid", true},
             Case{"", "message_invalid", true},
             Case{"{", "message_invalid", true},
             Case{"\xff\xfe", "message_invalid", true},
             Case{"[[[[[[[[[[[[[[[[", "limit_exceeded", true},
         }) {
        CAPTURE(c.frame);
        Daemon daemon;
        auto id = daemon.greet();
        daemon.receive(id, c.frame);
        std::string error = error_in(daemon.frames(id).back());
        // Depth may show as malformed or as too much; both refuse it.
        bool expected = error == c.error ||
                        (std::string(c.error) == "limit_exceeded" && error == "message_invalid");
        CHECK_MESSAGE(expected, error);
        CHECK(daemon.outbox.closed.empty() == !c.closes);
    }
}

TEST_CASE("tokens and certificates are told without a PIN or a window") {
    Daemon daemon;
    auto id = daemon.greet();
    std::string tokens = daemon.ask(id, {protocol::Method::tokens_list, 12, protocol::NoParams{}});
    CHECK(tokens.find(R"("label":"Test UKey")") != std::string::npos);
    CHECK(tokens.find(R"("pin_state":"ok","retries_left":6,"retries_max":6)") != std::string::npos);
    protocol::Json keys = protocol::parse_json(as_bytes(daemon.ask(id, list_request(13))));
    const protocol::Json& key = keys.find("result")->find("keys")->as_array().at(0);
    CHECK(from_base64(key.find("signing")->find("der")->as_text()) ==
          to_bytes(test::test_certificate("sm2_sign").der()));
    CHECK(key.find("signing")->find("status")->as_text() == "active");
    CHECK(key.find("encryption")->find("algorithm")->as_text() == "sm2");
    CHECK(key.find("signing")->find("credit_code")->as_text() == "91310000MA1K35X000");
    CHECK(daemon.dialogs.shown.empty());
    CHECK(daemon.token.logins == 0);
}

TEST_CASE("certificate dates are told against the clock") {
    Daemon early("2025-06-01T00:00:00Z"), late("2036-06-01T00:00:00Z");
    CHECK(early.ask(early.greet(), list_request(12)).find(R"("status":"not_yet_valid")") !=
          std::string::npos);
    CHECK(late.ask(late.greet(), list_request(12)).find(R"("status":"expired")") !=
          std::string::npos);
}

TEST_CASE("an absent token") {
    Daemon daemon;
    daemon.token.present = false;
    auto id = daemon.greet();
    CHECK(daemon.ask(id, list_request(12)) == R"({"id":12,"result":{"keys":[]}})");
    protocol::CertificatesListParams other;
    other.token = "0123";
    CHECK(error_in(daemon.ask(id, {protocol::Method::certificates_list, 13, other})) ==
          "token_absent");
}

TEST_CASE("requests that need a person are few at a time") {
    Daemon daemon;
    auto id = daemon.greet();
    daemon.receive(id, protocol::write_request(sign_request(12)));
    daemon.receive(id, protocol::write_request(sign_request(13)));
    CHECK(daemon.frames(id).back() ==
          R"({"event":"request.stage","data":{"request":13,"stage":"queued"}})");
    daemon.receive(id, protocol::write_request(sign_request(14)));
    CHECK(error_in(daemon.frames(id).back()) == "busy");
    CHECK(daemon.operations.queue.size() == 2);
    for (int i = 0; i < 10; ++i) {
        auto other = daemon.greet();
        daemon.receive(other, protocol::write_request(sign_request(12)));
    }
    CHECK(daemon.operations.queue.size() == bridge::most_person_calls);
    // Looking is still possible.
    CHECK(error_in(daemon.frames(id).back()) == "busy");
    daemon.receive(id, protocol::write_request(list_request(15)));
    daemon.queries.run_all();
    CHECK(error_in(daemon.frames(id).back()) == "");
}

TEST_CASE("cancel ends a waiting request, and tells when there is none") {
    Daemon daemon;
    auto id = daemon.greet();
    daemon.receive(id, protocol::write_request(sign_request(12)));
    daemon.receive(id, R"({"method":"cancel","id":13,"params":{"request":12}})");
    CHECK(daemon.frames(id).back() == R"({"id":13,"result":{"found":true}})");
    daemon.operations.run_all();
    CHECK(error_in(daemon.frames(id).back()) == "cancelled");
    daemon.receive(id, R"({"method":"cancel","id":14,"params":{"request":12}})");
    CHECK(daemon.frames(id).back() == R"({"id":14,"result":{"found":false}})");
}

TEST_CASE("a page cannot cancel another page's request") {
    Daemon daemon;
    auto id = daemon.greet(), other = daemon.greet();
    daemon.receive(id, protocol::write_request(sign_request(12)));
    daemon.receive(other, R"({"method":"cancel","id":12,"params":{"request":12}})");
    CHECK(daemon.frames(other).back() == R"({"id":12,"result":{"found":false}})");
}

TEST_CASE("events go to paired pages only") {
    Daemon daemon;
    auto id = daemon.greet();
    test::FakePage stranger = daemon.hello();
    daemon.frames(stranger.id).clear();
    daemon.dispatcher.tokens_changed({{}, {"abc"}});
    CHECK(daemon.frames(id).back() == R"({"event":"token.removed","data":{"token":"abc"}})");
    CHECK(daemon.frames(stranger.id).empty());
    daemon.dispatcher.tokens_changed({bridge::describe_tokens(daemon.tokens.list()), {}});
    CHECK(daemon.frames(id).back().find(R"({"event":"token.added","data":{"info":{"token":)") == 0);
}

TEST_CASE("answers of a gone connection go nowhere, its requests are given up") {
    Daemon daemon;
    auto id = daemon.greet();
    daemon.receive(id, protocol::write_request(sign_request(12)));
    daemon.dispatcher.disconnected(id);
    daemon.operations.run_all();
    CHECK(daemon.dialogs.shown.empty());
    CHECK_FALSE(daemon.dispatcher.greeted(id));
}
