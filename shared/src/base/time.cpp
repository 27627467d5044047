#include "bidseal/base/time.h"

#include "bidseal/base/error.h"

namespace bidseal {
namespace {

constexpr int64_t seconds_of_day = 86400;

bool is_leap(int year) {
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

int days_of_month(int year, int month) {
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    return month == 2 && is_leap(year) ? 29 : days[month - 1];
}

/// Days from 1970-01-01 to the first of January of a year, 1970 or later.
int64_t days_before_year(int year) {
    const int64_t y = year - 1;
    const int64_t days_since_year_one = y * 365 + y / 4 - y / 100 + y / 400;
    constexpr int64_t days_to_1970 = 719162;
    return days_since_year_one - days_to_1970;
}

void append_number(std::string& text, int value, int width) {
    const std::string digits = std::to_string(value);
    text.append(static_cast<size_t>(width) - digits.size(), '0');
    text += digits;
}

[[noreturn]] void fail() {
    throw Error(ErrorCode::encoding_invalid, "not a time of the formats");
}

}  // namespace

Timestamp make_time(int year, int month, int day, int hour, int minute, int second) {
    if (year < 1970 || year > 9999 || month < 1 || month > 12 || day < 1 ||
        day > days_of_month(year, month) || hour < 0 || hour > 23 || minute < 0 || minute > 59 ||
        second < 0 || second > 59) {
        fail();
    }
    int64_t days = days_before_year(year) + day - 1;
    for (int m = 1; m < month; ++m) {
        days += days_of_month(year, m);
    }
    return {days * seconds_of_day + hour * 3600 + minute * 60 + second};
}

CalendarTime to_calendar(Timestamp t) {
    static const int64_t end = days_before_year(10000) * seconds_of_day;
    if (t.seconds < 0 || t.seconds >= end) {
        fail();
    }
    int64_t day = t.seconds / seconds_of_day;
    const auto rest = static_cast<int>(t.seconds % seconds_of_day);
    // A first guess that is never late, since no year is longer than 366 days.
    int year = 1970 + static_cast<int>(day / 366);
    while (days_before_year(year + 1) <= day) {
        ++year;
    }
    day -= days_before_year(year);
    int month = 1;
    while (day >= days_of_month(year, month)) {
        day -= days_of_month(year, month);
        ++month;
    }
    return {year, month, static_cast<int>(day) + 1, rest / 3600, rest / 60 % 60, rest % 60};
}

std::string format_time(Timestamp t) {
    const CalendarTime c = to_calendar(t);
    std::string text;
    append_number(text, c.year, 4);
    text += '-';
    append_number(text, c.month, 2);
    text += '-';
    append_number(text, c.day, 2);
    text += 'T';
    append_number(text, c.hour, 2);
    text += ':';
    append_number(text, c.minute, 2);
    text += ':';
    append_number(text, c.second, 2);
    text += 'Z';
    return text;
}

Timestamp parse_time(std::string_view text) {
    constexpr std::string_view form = "dddd-dd-ddTdd:dd:ddZ";
    if (text.size() != form.size()) {
        fail();
    }
    for (size_t i = 0; i < form.size(); ++i) {
        const bool good = form[i] == 'd' ? text[i] >= '0' && text[i] <= '9' : text[i] == form[i];
        if (!good) {
            fail();
        }
    }
    const auto number = [&](size_t at, size_t digits) {
        int value = 0;
        for (size_t i = at; i < at + digits; ++i) {
            value = value * 10 + (text[i] - '0');
        }
        return value;
    };
    return make_time(number(0, 4), number(5, 2), number(8, 2), number(11, 2), number(14, 2),
                     number(17, 2));
}

}  // namespace bidseal
