#include "bidseal/protocol/json.h"

#include <string>

#include <doctest/doctest.h>

#include "support/error_of.h"

using namespace bidseal;
using namespace bidseal::protocol;
using bidseal::test::error_name_of;
using bidseal::test::error_of;

namespace {

Json parse(std::string_view text, const JsonLimits& limits = {}) {
    return parse_json(as_bytes(text), limits);
}

std::string canonical_error(std::string_view text) {
    return error_name_of([&] { parse_canonical_json(as_bytes(text)); });
}

}  // namespace

TEST_CASE("canonical JSON comes back as it was") {
    const char* texts[] = {
        "null",
        "true",
        "false",
        "0",
        "-1",
        "9223372036854775807",
        "-9223372036854775808",
        R"("")",
        "\"投标 \\\"x\\\" \\\\ / \\b\\f\\n\\r\\t\\u0000\\u001f\x7F\"",
        "[]",
        "{}",
        R"([1,[2,[]],{"a":{}}])",
        R"({"type":"SBID1-index","b":null,"a":[true,false],"":0})",
    };
    for (const char* text : texts) {
        CHECK(write_json(parse_canonical_json(as_bytes(text))) == text);
    }
}

TEST_CASE("values are what the text says") {
    const Json json = parse(R"( { "a" : [ 1 , -2 ] , "\u0062" : "\ud83d\ude00\u00e9\/" } )");
    REQUIRE(json.as_object().size() == 2);
    CHECK(json.as_object()[0].name == "a");
    CHECK(json.find("a")->as_array()[0].as_integer() == 1);
    CHECK(json.find("a")->as_array()[1].as_integer() == -2);
    CHECK(json.find("b")->as_text() == "\xF0\x9F\x98\x80\xC3\xA9/");
    CHECK(json.find("c") == nullptr);
    CHECK(parse("[]").find("a") == nullptr);
    CHECK(parse("\"a\\u0000b\"").as_text() == std::string("a\0b", 3));
    CHECK(error_name_of([&] { json.as_text(); }) == "json_invalid");
    CHECK(error_name_of([&] { json.find("a")->as_object(); }) == "json_invalid");
}

TEST_CASE("equality looks at kind, order and value") {
    CHECK(parse(R"({"a":[1,null]})") == parse(R"( {"a": [1, null]} )"));
    CHECK(parse(R"({"a":1,"b":2})") != parse(R"({"b":2,"a":1})"));
    CHECK(parse("[1]") != parse("[1,2]"));
    CHECK(parse("0") != parse("false"));
    CHECK(parse("\"1\"") != parse("1"));
}

TEST_CASE("what is not strict JSON is refused") {
    const std::string_view bad[] = {
        "",
        " ",
        "nul",
        "True",
        "{",
        "[1,]",
        R"({"a":1,})",
        R"({"a"})",
        R"({a:1})",
        R"({'a':1})",
        "[1 2]",
        "{}{}",
        "{} x",
        "// comment\n{}",
        "/* comment */{}",
        "NaN",
        "Infinity",
        "01",
        "-",
        "-01",
        "+1",
        ".5",
        "1.",
        "0x10",
        "1.0",
        "1e2",
        "-0",
        "-0.0",
        "9223372036854775808",
        "-9223372036854775809",
        "18446744073709551616",
        "1e400",
        R"({"a":1,"a":2})",
        R"({"a":1,"\u0061":2})",
        R"([{"b":{"x":1,"y":2,"x":3}}])",
        "\"\n\"",
        "\"\t\"",
        "\"abc",
        R"("\x41")",
        R"("\u12")",
        R"("\ud800")",
        R"("\udc00")",
        R"("\ud800\u0041")",
        "\"\xC0\xAF\"",
        "\"\xED\xA0\x80\"",
        "\"\xF4\x90\x80\x80\"",
        "\"\xE6\x8A\"",
        "\xEF\xBB\xBF{}",
        "\xFF\xFE{\0}\0",
        std::string_view("{}\0", 3),
        std::string_view("{}\0{}", 5),
        std::string_view("\"a\0b\"", 5),
        "\v{}",
        "\xC2\xA0{}",
    };
    for (const std::string_view text : bad) {
        CHECK_MESSAGE(error_name_of([&] { parse(text); }) == "json_invalid", text);
        CHECK_MESSAGE(canonical_error(text) == "json_invalid", text);
    }
}

TEST_CASE("an error says where") {
    const std::pair<std::string_view, uint64_t> examples[] = {
        {"x", 0},    {R"({"a":x})", 5},   {"[1,2", 3},
        {"{} x", 3}, {"\xEF\xBB\xBF", 0}, {std::string_view("{}\0", 3), 2},
    };
    for (const auto& [text, position] : examples) {
        const auto error = error_of([&, t = text] { parse(t); });
        REQUIRE(error);
        CHECK(error->position() == position);
    }
    // The text itself is user data and stays out of the message.
    const auto error = error_of([] { parse(R"({"price":"12.50)"); });
    REQUIRE(error);
    CHECK(std::string(error->what()) == "JSON: not well-formed");
}

TEST_CASE("limits hold at their edges") {
    JsonLimits limits;
    limits.max_depth = 3;
    CHECK(write_json(parse(R"([{"a":[1]}])", limits)) == R"([{"a":[1]}])");
    CHECK(error_name_of([&] { parse(R"([{"a":[[]]}])", limits); }) == "json_invalid");
    CHECK(write_json(parse("[[[[[[[[]]]]]]]]")) == "[[[[[[[[]]]]]]]]");
    CHECK(error_name_of([&] { parse("[[[[[[[[[]]]]]]]]]"); }) == "json_invalid");
    CHECK(error_name_of([&] { parse(std::string(200000, '[')); }) == "json_invalid");
    limits.max_bytes = 4;
    CHECK(parse("[10]", limits).as_array().size() == 1);
    CHECK(error_name_of([&] { parse("[100]", limits); }) == "limit_exceeded");
    limits.max_depth = 0;
    CHECK(parse("10", limits).as_integer() == 10);
    CHECK(error_name_of([&] { parse("{}", limits); }) == "json_invalid");
}

TEST_CASE("another spelling of the same value is not canonical") {
    const char* spellings[] = {
        " {}",
        "{} ",
        "{}\n",
        R"({"a": 1})",
        R"({"a" :1})",
        "[1, 2]",
        R"("\/")",
        R"("\u0041")",
        R"("\u00e9")",
        R"("\u0008")",
        R"("\u000a")",
        R"("\u001F")",
        R"("\ud83d\ude00")",
        R"("\u007f")",
        R"("\u0022")",
    };
    for (const char* text : spellings) {
        CHECK_NOTHROW(parse(text));
        CHECK_MESSAGE(canonical_error(text) == "json_not_canonical", text);
    }
    const auto error = error_of([] { parse_canonical_json(as_bytes(R"({"a":1, "b":2})")); });
    REQUIRE(error);
    CHECK(error->position() == 7);
    CHECK(canonical_error(R"({"b":1,"a":2})") == "");
}

TEST_CASE("the writer refuses what would not come back") {
    CHECK(error_name_of([] { write_json(Json::text("\xFF")); }) == "encoding_invalid");
    CHECK(error_name_of([] {
              write_json(ObjectBuilder().integer("a", 1).integer("a", 2).build());
          }) == "encoding_invalid");
    CHECK(error_name_of([] { write_json(ObjectBuilder().null("\xFF").build()); }) ==
          "encoding_invalid");
}

TEST_CASE("many members are checked for duplicates in reasonable time") {
    std::string text = "{";
    for (int i = 0; i < 20000; ++i) {
        text += "\"m" + std::to_string(i) + "\":0,";
    }
    JsonLimits limits;
    limits.max_bytes = 1 << 20;
    CHECK(parse(text + "\"x\":0}", limits).as_object().size() == 20001);
    CHECK(error_name_of([&] { parse(text + "\"m7\":0}", limits); }) == "json_invalid");
}
