// Messages between page and bridge.
#include <doctest/doctest.h>

#include "bidseal/protocol/message_io.h"

#include "../support/error_of.h"

using namespace bidseal;
using namespace bidseal::protocol;

namespace {

Request parse(const std::string& text) {
    std::optional<uint32_t> id;
    return parse_request(as_bytes(text), id);
}

std::string outcome(const std::string& text) {
    return test::error_name_of([&] { parse(text); });
}

}  // namespace

TEST_CASE("messages: a request round trips") {
    UnwrapParams params;
    params.key = "k";
    params.tender = {1, 2, 3};
    params.index = {4};
    params.openers = {5};
    params.signature = {6};
    params.rewraps = {{7, 8}, {}};
    params.slots = {{"price", 0, 1, 2, 3}};
    std::string text = write_request({Method::unwrap_envelopes, 7, params});
    CHECK(
        text ==
        R"({"method":"unwrap.envelopes","id":7,"params":{"key":"k","tender":"AQID","index":"BA==",)"
        R"("openers":"BQ==","signature":"Bg==","rewraps":["Bwg=",""],"slots":[{"envelope":"price",)"
        R"("version":0,"way":1,"part":2,"slot":3}]}})");
    Request request = parse(text);
    CHECK(request.method == Method::unwrap_envelopes);
    CHECK(request.id == 7);
    const auto& read = std::get<UnwrapParams>(request.params);
    CHECK(read.rewraps == params.rewraps);
    CHECK(read.slots.at(0).slot == 3);
    CHECK(write_request(request) == text);
}

TEST_CASE("messages: the id is known even when the rest is wrong") {
    std::optional<uint32_t> id;
    CHECK(test::error_name_of([&] {
              parse_request(as_bytes(R"({"params":{},"id":9,"method":"nothing"})"), id);
          }) == "method_unknown");
    CHECK(id == 9u);
    CHECK(test::error_name_of([&] { parse_request(as_bytes("{}"), id); }) == "message_invalid");
    CHECK_FALSE(id.has_value());
}

TEST_CASE("messages: limits of members") {
    auto certificates = [](const std::string& token) {
        return R"({"method":"certificates.list","id":1,"params":{"token":")" + token + "\"}}";
    };
    CHECK(outcome(certificates(std::string(64, 'a'))) == "");
    CHECK(outcome(certificates(std::string(65, 'a'))) == "message_invalid");
    CHECK(outcome(R"({"method":"certificates.list","id":1,"params":{}})") == "");
    CHECK(outcome(R"({"method":"certificates.list","id":1,"params":{"token":null}})") ==
          "message_invalid");
    CHECK(outcome(R"({"method":"cancel","id":1,"params":{"request":2147483648}})") ==
          "message_invalid");
    CHECK(outcome(R"({"method":"cancel","id":2147483648,"params":{"request":1}})") ==
          "message_invalid");
    std::string versions = "1";
    for (int i = 0; i < 15; ++i)
        versions += ",1";
    auto hello = [](const std::string& list) {
        return R"({"method":"hello","id":1,"params":{"versions":[)" + list +
               R"(],"client":{"name":"a","version":"b"}}})";
    };
    CHECK(outcome(hello(versions)) == "");
    CHECK(outcome(hello(versions + ",1")) == "message_invalid");
    CHECK(outcome(hello("\"1\"")) == "message_invalid");
}

TEST_CASE("messages: a large frame must say first what it is") {
    CHECK(frame_limit_of(as_bytes(R"({"method":"sign.bid","id":)")) == 100663296);
    CHECK(frame_limit_of(as_bytes(R"({"method":"sign.bid")")) == 100663296);
    CHECK(frame_limit_of(as_bytes(R"({"method":"sign.bid)")) == frame_limit);
    CHECK(frame_limit_of(as_bytes(R"( {"method":"sign.bid",)")) == frame_limit);
    CHECK(frame_limit_of(as_bytes(R"({"id":1,"method":"sign.bid")")) == frame_limit);
    CHECK(frame_limit_of(as_bytes(R"({"method":"tokens.list",)")) == frame_limit);
    CHECK(frame_limit_of(as_bytes(R"({"method":"sign.all",)")) == frame_limit);
    CHECK(frame_limit_of({}) == frame_limit);

    std::string key(frame_limit, 'k');
    CHECK(outcome(R"({"id":1,"method":"sign.bid","params":{"key":")" + key + "\"}}") ==
          "limit_exceeded");
    // The same with the method in front passes the size and fails for its members.
    CHECK(outcome(R"({"method":"sign.bid","id":1,"params":{"key":")" + key + "\"}}") ==
          "message_invalid");
}

TEST_CASE("messages: answers and events") {
    CHECK(write_result(3, CancelResult{true}) == R"({"id":3,"result":{"found":true}})");
    CHECK(write_error(std::nullopt, describe(Error(ErrorCode::message_invalid))) ==
          R"({"id":null,"error":{"code":"message_invalid"}})");
    Error wrong(ErrorCode::pin_wrong, "for developers only");
    wrong.retries(2).subject("price");
    CHECK(write_error(4, describe(wrong)) ==
          R"({"id":4,"error":{"code":"pin_wrong","retries_left":2,"subject":"price"}})");
    CHECK(write_event(RequestStageData{5, RequestStage::pin}) ==
          R"({"event":"request.stage","data":{"request":5,"stage":"pin"}})");
    UnwrapResult result;
    result.shares.push_back({{"e", 1, 0, 0, 0}, SecretBytes(32)});
    CHECK(write_result(6, std::move(result))
              .find(R"("share":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=")") !=
          std::string::npos);
}

TEST_CASE("messages: there is no member for a PIN") {
    for (const char* name : {"pin", "PIN", "password", "user_pin"}) {
        std::string text =
            std::string(R"({"method":"tokens.list","id":1,"params":{")") + name + R"(":"123456"}})";
        CHECK(outcome(text) == "message_invalid");
    }
}
