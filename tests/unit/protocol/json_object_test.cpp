#include <string>

#include <doctest/doctest.h>

#include "bidseal/protocol/json.h"

#include "support/error_of.h"

using namespace bidseal;
using namespace bidseal::protocol;
using bidseal::test::error_name_of;
using bidseal::test::error_of;

namespace {

using Nonce = FixedBytes<4, struct NonceTag>;

Json parse(std::string_view text) {
    return parse_json(as_bytes(text));
}

/// The name of the error that reading one member `m` of this JSON value gives, or "".
template <class Read>
std::string refusal(const std::string& value, Read read) {
    const Json json = parse("{\"m\":" + value + "}");
    ObjectReader reader(json);
    const auto error = error_of([&] { read(reader); });
    if (!error) {
        CHECK_NOTHROW(reader.finish());
        return "";
    }
    CHECK(error->subject() == "m");
    return error_name(error->code());
}

}  // namespace

TEST_CASE("an object is built and read back member by member") {
    const std::string text =
        write_json(ObjectBuilder()
                       .text("type", "SBID1-index")
                       .integer("low", -5)
                       .size("length", 1099511627776)
                       .boolean("final", true)
                       .null("replaces")
                       .base64("data", Bytes{0, 255})
                       .hex("nonce", Bytes{1, 2, 3, 0xAB})
                       .base64("nonce64", Bytes{1, 2, 3, 0xAB})
                       .time("created", {1795336200})
                       .texts("tags", {"x", "y"})
                       .array("numbers", {Json::integer(1)})
                       .value("inner", ObjectBuilder().text("id", "a").build())
                       .array("list", {ObjectBuilder().integer("n", 1).build(),
                                       ObjectBuilder().integer("n", 2).build()})
                       .build());
    CHECK(
        text ==
        R"({"type":"SBID1-index","low":-5,"length":1099511627776,"final":true,"replaces":null,)"
        R"("data":"AP8=","nonce":"010203ab","nonce64":"AQIDqw==","created":"2026-11-22T08:30:00Z",)"
        R"("tags":["x","y"],"numbers":[1],"inner":{"id":"a"},"list":[{"n":1},{"n":2}]})");

    const Json json = parse_canonical_json(as_bytes(text));
    for (const MemberOrder order : {MemberOrder::stated, MemberOrder::any}) {
        ObjectReader reader(json, order);
        reader.constant("type", "SBID1-index");
        CHECK(reader.integer("low", -5, -5) == -5);
        CHECK(reader.size("length", UINT64_MAX) == 1099511627776);
        CHECK(reader.boolean("final"));
        CHECK(reader.has("replaces"));
        CHECK(reader.take_null("replaces"));
        CHECK(reader.base64("data", 2, 2) == Bytes{0, 255});
        CHECK_FALSE(reader.take_null("nonce"));
        CHECK(reader.hex<Nonce>("nonce").bytes == std::array<uint8_t, 4>{1, 2, 3, 0xAB});
        CHECK(reader.base64_fixed<Nonce>("nonce64").bytes == std::array<uint8_t, 4>{1, 2, 3, 0xAB});
        CHECK(reader.time("created").seconds == 1795336200);
        CHECK(reader.texts("tags", 0, 2, 1) == std::vector<std::string>{"x", "y"});
        CHECK(reader.array("numbers", 1, 1)[0].as_integer() == 1);
        CHECK(error_name_of([&] { reader.finish(); }) == "json_invalid");
        ObjectReader inner = reader.object("inner");
        CHECK(inner.identifier("id") == "a");
        inner.finish();
        const auto numbers = reader.objects(
            "list", 0, 2, [](ObjectReader& item) { return item.integer("n", 0, 9); });
        CHECK(numbers == std::vector<int64_t>{1, 2});
        CHECK_FALSE(reader.has("more"));
        reader.finish();
    }
}

TEST_CASE("stated order is kept, any order is taken") {
    const Json json = parse(R"({"a":1,"b":2})");
    ObjectReader stated(json);
    CHECK(error_name_of([&] { stated.integer("b", 0, 9); }) == "json_invalid");
    CHECK_FALSE(stated.has("b"));
    CHECK(stated.integer("a", 0, 9) == 1);
    CHECK(stated.has("b"));
    ObjectReader any(json, MemberOrder::any, ErrorCode::message_invalid);
    CHECK(any.has("a"));
    CHECK(any.integer("b", 0, 9) == 2);
    CHECK(error_name_of([&] { any.finish(); }) == "message_invalid");
    CHECK(error_name_of([&] { any.integer("c", 0, 9); }) == "message_invalid");
    CHECK(any.integer("a", 0, 9) == 1);
    any.finish();
}

TEST_CASE("a member of another form is refused, by name") {
    const std::string bad = "json_invalid";
    const auto text = [](ObjectReader& r) {
        r.text("m", 3);
    };
    CHECK(refusal("\"\"", text).empty());
    CHECK(refusal("\"abc\"", text).empty());
    CHECK(refusal("\"abcd\"", text) == bad);
    CHECK(refusal("1", text) == bad);
    CHECK(refusal("null", text) == bad);

    const auto clean = [](ObjectReader& r) {
        r.clean_text("m", 3);
    };
    CHECK(refusal("\"abc\"", clean).empty());
    CHECK(refusal("\"\"", clean) == bad);
    CHECK(refusal("\"a\\n\"", clean) == bad);

    const auto identifier = [](ObjectReader& r) {
        r.identifier("m");
    };
    CHECK(refusal("\"lot-1\"", identifier).empty());
    CHECK(refusal("\"lot 1\"", identifier) == bad);

    const auto constant = [](ObjectReader& r) {
        r.constant("m", "v1");
    };
    CHECK(refusal("\"v1\"", constant).empty());
    CHECK(refusal("\"v2\"", constant) == bad);

    const auto choice = [](ObjectReader& r) {
        const size_t chosen = r.choice("m", {"x", "y"});
        CHECK(chosen == 1);
    };
    CHECK(refusal("\"y\"", choice).empty());
    CHECK(refusal("\"z\"", choice) == bad);

    const auto integer = [](ObjectReader& r) {
        r.integer("m", 1, 3);
    };
    CHECK(refusal("1", integer).empty());
    CHECK(refusal("3", integer).empty());
    CHECK(refusal("0", integer) == bad);
    CHECK(refusal("4", integer) == bad);
    CHECK(refusal("\"1\"", integer) == bad);
    CHECK(refusal("true", integer) == bad);

    const auto size = [](ObjectReader& r) {
        r.size("m", 3);
    };
    CHECK(refusal("3", size).empty());
    CHECK(refusal("-1", size) == bad);
    CHECK(refusal("4", size) == bad);

    const auto boolean = [](ObjectReader& r) {
        r.boolean("m");
    };
    CHECK(refusal("false", boolean).empty());
    CHECK(refusal("0", boolean) == bad);

    const auto base64 = [](ObjectReader& r) {
        r.base64("m", 1, 2);
    };
    CHECK(refusal("\"Zg==\"", base64).empty());
    CHECK(refusal("\"\"", base64) == bad);
    CHECK(refusal("\"Zm9v\"", base64) == bad);
    CHECK(refusal("\"Zh==\"", base64) == bad);

    const auto hex = [](ObjectReader& r) {
        r.hex_bytes("m", 2);
    };
    CHECK(refusal("\"00ff\"", hex).empty());
    CHECK(refusal("\"00FF\"", hex) == bad);
    CHECK(refusal("\"00f\"", hex) == bad);
    CHECK(refusal("\"00ff00\"", hex) == bad);

    const auto time = [](ObjectReader& r) {
        r.time("m");
    };
    CHECK(refusal("\"2026-11-22T08:30:00Z\"", time).empty());
    CHECK(refusal("\"2026-11-22\"", time) == bad);
    CHECK(refusal("1795336200", time) == bad);

    const auto object = [](ObjectReader& r) {
        r.object("m");
    };
    CHECK(refusal("{}", object).empty());
    CHECK(refusal("[]", object) == bad);

    const auto array = [](ObjectReader& r) {
        r.array("m", 1, 2);
    };
    CHECK(refusal("[1]", array).empty());
    CHECK(refusal("[]", array) == bad);
    CHECK(refusal("[1,2,3]", array) == bad);
    CHECK(refusal("{}", array) == bad);

    const auto texts = [](ObjectReader& r) {
        r.texts("m", 0, 2, 1);
    };
    CHECK(refusal("[\"a\"]", texts).empty());
    CHECK(refusal("[\"ab\"]", texts) == bad);
    CHECK(refusal("[1]", texts) == bad);
}

TEST_CASE("unknown members and things that are no objects are refused") {
    const Json json = parse(R"({"list":[{"n":1,"extra":2}],"other":[1]})");
    ObjectReader reader(json);
    const auto read = [](ObjectReader& item) {
        return item.integer("n", 0, 9);
    };
    CHECK(error_name_of([&] { reader.objects("list", 0, 9, read); }) == "json_invalid");
    CHECK(error_name_of([&] { reader.objects("other", 0, 9, read); }) == "json_invalid");
    CHECK(error_name_of([] { ObjectReader r(Json::integer(1)); }) == "json_invalid");
    CHECK(error_name_of([] { ObjectBuilder().size("n", UINT64_MAX); }) == "limit_exceeded");
}
