// Points in time: whole seconds of UTC, written as 2026-11-22T08:30:00Z.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace bidseal {

struct Timestamp {
    int64_t seconds = 0;  // since 1970-01-01T00:00:00Z

    friend bool operator==(Timestamp a, Timestamp b) { return a.seconds == b.seconds; }
    friend bool operator!=(Timestamp a, Timestamp b) { return a.seconds != b.seconds; }
    friend bool operator<(Timestamp a, Timestamp b) { return a.seconds < b.seconds; }
    friend bool operator<=(Timestamp a, Timestamp b) { return a.seconds <= b.seconds; }
    friend bool operator>(Timestamp a, Timestamp b) { return a.seconds > b.seconds; }
    friend bool operator>=(Timestamp a, Timestamp b) { return a.seconds >= b.seconds; }
};

/// Years 1970 to 9999 as `YYYY-MM-DDThh:mm:ssZ`.
std::string format_time(Timestamp t);

/// Reads exactly that form; refuses impossible dates. Throws Error(encoding_invalid).
Timestamp parse_time(std::string_view text);

/// From calendar fields of UTC (month 1-12, day 1-31). Throws Error(encoding_invalid).
Timestamp make_time(int year, int month, int day, int hour, int minute, int second);

struct CalendarTime {
    int year, month, day, hour, minute, second;
};
CalendarTime to_calendar(Timestamp t);

}  // namespace bidseal
