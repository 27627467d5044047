#include "bidseal/base/bytes.h"

#include <doctest/doctest.h>

#include "support/error_of.h"

using namespace bidseal;
using bidseal::test::error_name_of;
using bidseal::test::error_of;

TEST_CASE("hex is written in lower case and read in either") {
    CHECK(to_hex(Bytes{}) == "");
    CHECK(to_hex(Bytes{0x00, 0x0f, 0xf0, 0xAB}) == "000ff0ab");
    CHECK(from_hex("000ff0ab") == Bytes{0x00, 0x0f, 0xf0, 0xAB});
    CHECK(from_hex("ABcd") == Bytes{0xAB, 0xCD});
    CHECK(from_hex("").empty());
}

TEST_CASE("hex refuses what is not hex and says where") {
    CHECK(error_name_of([] { from_hex("abc"); }) == "encoding_invalid");
    for (const char* text : {"0g", "0 ", "0x", "0\xC3", "0/", "0:", "0@", "0`"}) {
        const auto error = error_of([&] { from_hex(text); });
        REQUIRE_MESSAGE(error, text);
        CHECK(error->code() == ErrorCode::encoding_invalid);
        CHECK(error->position() == 1);
    }
}

TEST_CASE("base64 gives the examples of RFC 4648 section 10") {
    const std::pair<const char*, const char*> examples[] = {
        {"", ""},
        {"f", "Zg=="},
        {"fo", "Zm8="},
        {"foo", "Zm9v"},
        {"foob", "Zm9vYg=="},
        {"fooba", "Zm9vYmE="},
        {"foobar", "Zm9vYmFy"},
    };
    for (const auto& [plain, text] : examples) {
        CHECK(to_base64(as_bytes(plain)) == text);
        CHECK(as_text(from_base64(text)) == plain);
    }
}

TEST_CASE("base64 round trip of every byte at every place of a group") {
    for (int value = 0; value < 256; ++value) {
        const auto byte = static_cast<uint8_t>(value);
        for (const Bytes& bytes : {Bytes{byte}, Bytes{1, byte}, Bytes{255, 1, byte}}) {
            CHECK(from_base64(to_base64(bytes)) == bytes);
        }
    }
}

TEST_CASE("base64 has one spelling only") {
    const char* refused[] = {
        "Zg",       "Zg=",      "Zh==",      // padding missing; spare bits 0001
        "Zm9=",     "Zm8=\n",   "Zm 8",      // spare bits 01; white space
        "=m9v",     "Z=9v",     "Zg==Zg==",  // padding at other places
        "Zm9v====", "====",     "Zm-_",      // the URL alphabet
        "Zm9v=",    "Zm9vY===", "Zm\xC3\xA9",
    };
    for (const char* text : refused) {
        CHECK_MESSAGE(error_name_of([&] { from_base64(text); }) == "encoding_invalid", text);
    }
}

TEST_CASE("integers are big-endian") {
    Bytes bytes;
    append_u16(bytes, 0x0102);
    append_u32(bytes, 0x03040506);
    append_u64(bytes, 0x0708090a0b0c0d0e);
    CHECK(to_hex(bytes) == "0102030405060708090a0b0c0d0e");
    CHECK(load_u32(bytes.data() + 2) == 0x03040506);
    CHECK(load_u64(bytes.data() + 6) == 0x0708090a0b0c0d0e);
    const Bytes ones(8, 0xFF);
    CHECK(load_u64(ones.data()) == UINT64_MAX);
}

TEST_CASE("equal compares length and content") {
    CHECK(equal(Bytes{}, Bytes{}));
    CHECK(equal(Bytes{1, 2}, Bytes{1, 2}));
    CHECK_FALSE(equal(Bytes{1, 2}, Bytes{1, 3}));
    CHECK_FALSE(equal(Bytes{1, 2}, Bytes{1, 2, 0}));
}
