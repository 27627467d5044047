#include "bidseal/base/time.h"

#include <doctest/doctest.h>

#include "support/error_of.h"

using namespace bidseal;
using bidseal::test::error_name_of;

TEST_CASE("times are written and read in one form") {
    // The seconds are those of `date -u -d … +%s`.
    const std::pair<int64_t, const char*> examples[] = {
        {0, "1970-01-01T00:00:00Z"},
        {951782399, "2000-02-28T23:59:59Z"},
        {951782400, "2000-02-29T00:00:00Z"},
        {951868800, "2000-03-01T00:00:00Z"},
        {1767225599, "2025-12-31T23:59:59Z"},
        {1795336200, "2026-11-22T08:30:00Z"},
        {4107542399, "2100-02-28T23:59:59Z"},
        {4107542400, "2100-03-01T00:00:00Z"},
        {253402300799, "9999-12-31T23:59:59Z"},
    };
    for (const auto& [seconds, text] : examples) {
        CHECK(format_time({seconds}) == text);
        CHECK(parse_time(text).seconds == seconds);
    }
}

TEST_CASE("every day from 1970 to 2400 follows the one before") {
    Timestamp expected{0};
    for (int year = 1970; year <= 2400; ++year) {
        for (int month = 1; month <= 12; ++month) {
            for (int day = 1; day <= 31; ++day) {
                Timestamp made;
                try {
                    made = make_time(year, month, day, 0, 0, 0);
                } catch (const Error&) {
                    REQUIRE(day > 28);
                    break;
                }
                REQUIRE(made == expected);
                const CalendarTime calendar = to_calendar(made);
                REQUIRE(calendar.year == year);
                REQUIRE(calendar.month == month);
                REQUIRE(calendar.day == day);
                expected.seconds += 86400;
            }
        }
    }
    CHECK(expected == parse_time("2401-01-01T00:00:00Z"));
}

TEST_CASE("other spellings and impossible times are refused") {
    const char* bad[] = {
        "",
        "2026-11-22T08:30:00",
        "2026-11-22T08:30:00z",
        "2026-11-22 08:30:00Z",
        "2026-11-22t08:30:00Z",
        "2026-11-22T08:30:00+00:00",
        "2026-11-22T08:30:00.0Z",
        "2026-11-22T08:30Z",
        "2026-11-2T08:30:00ZZ",
        " 026-11-22T08:30:00Z",
        "-026-11-22T08:30:00Z",
        "1969-12-31T23:59:59Z",
        "2026-00-22T08:30:00Z",
        "2026-13-22T08:30:00Z",
        "2026-11-00T08:30:00Z",
        "2026-11-31T08:30:00Z",
        "2026-02-29T08:30:00Z",
        "2100-02-29T08:30:00Z",
        "2026-11-22T24:00:00Z",
        "2026-11-22T08:60:00Z",
        "2026-12-31T23:59:60Z",
    };
    for (const char* text : bad) {
        CHECK_MESSAGE(error_name_of([&] { parse_time(text); }) == "encoding_invalid", text);
    }
    CHECK(error_name_of([] { format_time({-1}); }) == "encoding_invalid");
    CHECK(error_name_of([] { format_time({253402300800}); }) == "encoding_invalid");
    CHECK(error_name_of([] { make_time(10000, 1, 1, 0, 0, 0); }) == "encoding_invalid");
    CHECK(error_name_of([] { make_time(2026, 1, 1, -1, 0, 0); }) == "encoding_invalid");
}
