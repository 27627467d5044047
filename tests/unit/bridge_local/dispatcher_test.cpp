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

TEST_CASE("hello tells version, methods and a fresh nonce") {
    Daemon daemon;
    auto first = daemon.greet(), second = daemon.greet();
    protocol::Json answer = protocol::parse_json(as_bytes(daemon.frames(first)[0]));
    const protocol::Json* result = answer.find("result");
    REQUIRE(result != nullptr);
    CHECK(answer.find("id")->as_integer() == 1);
    CHECK(result->find("version")->as_integer() == 1);
    CHECK(result->find("capabilities")->as_array().size() == protocol::method_count);
    CHECK(from_base64(result->find("nonce")->as_text()).size() == 32);
    CHECK(daemon.frames(first)[0] != daemon.frames(second)[0]);
}

TEST_CASE("a page of another version is told so") {
    Daemon daemon;
    daemon.dispatcher.connected(7, "https://tender.example");
    daemon.receive(7, R"({"method":"hello","id":1,"params":{"versions":[2,3],)"
                      R"("client":{"name":"t","version":"1"}}})");
    CHECK(error_in(daemon.frames(7).back()) == "bridge_outdated");
    CHECK_FALSE(daemon.dispatcher.greeted(7));
}

TEST_CASE("before hello nothing is answered, and hello comes once") {
    Daemon daemon;
    daemon.dispatcher.connected(7, "https://tender.example");
    daemon.receive(7, R"({"method":"tokens.list","id":1,"params":{}})");
    CHECK(error_in(daemon.frames(7).back()) == "message_invalid");
    CHECK(daemon.outbox.closed == std::vector<bridge::ConnectionId>{7});

    auto id = daemon.greet();
    daemon.receive(id, R"({"method":"hello","id":2,"params":{"versions":[1],)"
                       R"("client":{"name":"t","version":"1"}}})");
    CHECK(error_in(daemon.frames(id).back()) == "message_invalid");
    CHECK(daemon.outbox.closed.back() == id);
}

TEST_CASE("ids rise: a replayed or reordered request ends the connection") {
    Daemon daemon;
    auto id = daemon.greet();
    CHECK(error_in(daemon.ask(id, list_request(5))) == "");
    size_t before = daemon.frames(id).size();
    CHECK(error_in(daemon.ask(id, list_request(5))) == "message_invalid");
    CHECK(daemon.frames(id).size() == before + 1);
    CHECK(daemon.outbox.closed.back() == id);
    auto other = daemon.greet();
    daemon.ask(other, list_request(9));
    CHECK(error_in(daemon.ask(other, list_request(8))) == "message_invalid");
}

TEST_CASE("bad messages get typed errors; those without an id end the connection") {
    struct Case {
        const char* frame;
        const char* error;
        bool closes;
    };
    for (const Case& c : {
             Case{R"({"method":"pin.enter","id":2,"params":{}})", "method_unknown", false},
             Case{R"({"method":"tokens.list","id":2,"params":{"pin":"1"}})", "message_invalid",
                  false},
             Case{R"({"method":"tokens.list","id":2})", "message_invalid", false},
             Case{R"({"method":"tokens.list","id":2,"params":{},"x":1})", "message_invalid", false},
             Case{R"({"method":"tokens.list","params":{}})", "message_invalid", true},
             Case{R"({"method":"tokens.list","id":0,"params":{}})", "message_invalid", true},
             Case{R"({"method":"tokens.list","id":-1,"params":{}})", "message_invalid", true},
             Case{R"({"method":"tokens.list","id":1.5,"params":{}})", "message_invalid", true},
             Case{R"({"method":"tokens.list","id":2,"id":3,"params":{}})", "message_invalid", true},
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
    std::string tokens = daemon.ask(id, {protocol::Method::tokens_list, 2, protocol::NoParams{}});
    CHECK(tokens.find(R"("label":"Test UKey")") != std::string::npos);
    CHECK(tokens.find(R"("pin_state":"ok","retries_left":6,"retries_max":6)") != std::string::npos);
    protocol::Json keys = protocol::parse_json(as_bytes(daemon.ask(id, list_request(3))));
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
    CHECK(early.ask(early.greet(), list_request(2)).find(R"("status":"not_yet_valid")") !=
          std::string::npos);
    CHECK(late.ask(late.greet(), list_request(2)).find(R"("status":"expired")") !=
          std::string::npos);
}

TEST_CASE("an absent token") {
    Daemon daemon;
    daemon.token.present = false;
    auto id = daemon.greet();
    CHECK(daemon.ask(id, list_request(2)) == R"({"id":2,"result":{"keys":[]}})");
    protocol::CertificatesListParams other;
    other.token = "0123";
    CHECK(error_in(daemon.ask(id, {protocol::Method::certificates_list, 3, other})) ==
          "token_absent");
}

TEST_CASE("requests that need a person are few at a time") {
    Daemon daemon;
    auto id = daemon.greet();
    daemon.receive(id, protocol::write_request(sign_request(2)));
    daemon.receive(id, protocol::write_request(sign_request(3)));
    CHECK(daemon.frames(id).back() ==
          R"({"event":"request.stage","data":{"request":3,"stage":"queued"}})");
    daemon.receive(id, protocol::write_request(sign_request(4)));
    CHECK(error_in(daemon.frames(id).back()) == "busy");
    CHECK(daemon.operations.queue.size() == 2);
    for (int i = 0; i < 10; ++i) {
        auto other = daemon.greet();
        daemon.receive(other, protocol::write_request(sign_request(2)));
    }
    CHECK(daemon.operations.queue.size() == bridge::most_key_calls);
    // Looking is still possible.
    CHECK(error_in(daemon.frames(id).back()) == "busy");
    daemon.receive(id, protocol::write_request(list_request(5)));
    daemon.queries.run_all();
    CHECK(error_in(daemon.frames(id).back()) == "");
}

TEST_CASE("cancel ends a waiting request, and tells when there is none") {
    Daemon daemon;
    auto id = daemon.greet();
    daemon.receive(id, protocol::write_request(sign_request(2)));
    daemon.receive(id, R"({"method":"cancel","id":3,"params":{"request":2}})");
    CHECK(daemon.frames(id).back() == R"({"id":3,"result":{"found":true}})");
    daemon.operations.run_all();
    CHECK(error_in(daemon.frames(id).back()) == "cancelled");
    daemon.receive(id, R"({"method":"cancel","id":4,"params":{"request":2}})");
    CHECK(daemon.frames(id).back() == R"({"id":4,"result":{"found":false}})");
}

TEST_CASE("a page cannot cancel another page's request") {
    Daemon daemon;
    auto id = daemon.greet(), other = daemon.greet();
    daemon.receive(id, protocol::write_request(sign_request(2)));
    daemon.receive(other, R"({"method":"cancel","id":2,"params":{"request":2}})");
    CHECK(daemon.frames(other).back() == R"({"id":2,"result":{"found":false}})");
}

TEST_CASE("events go to greeted pages only") {
    Daemon daemon;
    auto id = daemon.greet();
    daemon.dispatcher.connected(99, "https://tender.example");
    daemon.dispatcher.tokens_changed({{}, {"abc"}});
    CHECK(daemon.frames(id).back() == R"({"event":"token.removed","data":{"token":"abc"}})");
    CHECK(daemon.outbox.frames.count(99) == 0);
    daemon.dispatcher.tokens_changed({bridge::describe_tokens(daemon.tokens.list()), {}});
    CHECK(daemon.frames(id).back().find(R"({"event":"token.added","data":{"info":{"token":)") == 0);
}

TEST_CASE("answers of a gone connection go nowhere, its requests are given up") {
    Daemon daemon;
    auto id = daemon.greet();
    daemon.receive(id, protocol::write_request(sign_request(2)));
    daemon.dispatcher.disconnected(id);
    daemon.operations.run_all();
    CHECK(daemon.dialogs.shown.empty());
    CHECK_FALSE(daemon.dispatcher.greeted(id));
}
