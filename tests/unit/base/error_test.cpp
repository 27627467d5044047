#include "bidseal/base/error.h"

#include <cstring>
#include <set>
#include <string>

#include <doctest/doctest.h>

#include "bidseal/base/text.h"

#include "support/error_of.h"

using namespace bidseal;

TEST_CASE("every error code has a name of its own and texts in both languages") {
    std::set<std::string> names;
    for (uint16_t i = 0; i < error_count; ++i) {
        const auto code = static_cast<ErrorCode>(i);
        CHECK(names.insert(error_name(code)).second);
        for (const bool chinese : {false, true}) {
            CHECK(is_clean_text(error_text(code, chinese), 500));
            CHECK(is_clean_text(error_action(code, chinese), 500));
        }
        CHECK(std::strcmp(error_text(code, false), error_text(code, true)) != 0);
    }
    CHECK(std::string(error_name(ErrorCode::zip_invalid)) == "zip_invalid");
    CHECK(std::string(error_text(ErrorCode::disk_full, false)) == "The disk is full.");
    CHECK(std::string(error_text(ErrorCode::disk_full, true)) == "磁盘空间不足。");
    CHECK(std::string(error_name(static_cast<ErrorCode>(error_count))) == "internal");
}

TEST_CASE("an error carries its details") {
    Error error(ErrorCode::pin_wrong);
    CHECK(std::string(error.what()) == "pin_wrong");
    CHECK_FALSE(error.position());
    CHECK_FALSE(error.retries_left());
    error.at(7).retries(2).subject("price");
    CHECK(error.position() == 7);
    CHECK(error.retries_left() == 2);
    CHECK(error.subject() == "price");
    CHECK_NOTHROW(require(true, ErrorCode::internal));
    const auto thrown = bidseal::test::error_of([] { require(false, ErrorCode::busy, "why"); });
    REQUIRE(thrown);
    CHECK(thrown->code() == ErrorCode::busy);
    CHECK(std::string(thrown->what()) == "why");
}
