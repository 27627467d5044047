// The strict reader: nlohmann's SAX parser does the grammar, the handler below the rules on top.
#include <algorithm>
#include <cstddef>
#include <iterator>
#include <string>

#include <nlohmann/json.hpp>

#include "bidseal/protocol/json.h"

namespace bidseal::protocol {
namespace {

/// Iterates over the text and tells how far the parser has come, which SAX events do not say.
class CountingIterator {
public:
    using iterator_category = std::input_iterator_tag;
    using value_type = char;
    using difference_type = std::ptrdiff_t;
    using pointer = const char*;
    using reference = const char&;

    CountingIterator(const char* at, const char** farthest) : m_at(at), m_farthest(farthest) {}

    reference operator*() const { return *m_at; }
    CountingIterator& operator++() {
        *m_farthest = ++m_at;
        return *this;
    }
    CountingIterator operator++(int) {
        CountingIterator before = *this;
        ++*this;
        return before;
    }
    friend bool operator==(const CountingIterator& a, const CountingIterator& b) {
        return a.m_at == b.m_at;
    }

private:
    const char* m_at;
    const char** m_farthest;
};

/// Builds the value from the parser's events. An event that breaks a rule notes why and stops.
class Handler {
public:
    using number_integer_t = nlohmann::json::number_integer_t;
    using number_unsigned_t = nlohmann::json::number_unsigned_t;
    using number_float_t = nlohmann::json::number_float_t;
    using string_t = nlohmann::json::string_t;
    using binary_t = nlohmann::json::binary_t;

    explicit Handler(uint32_t max_depth) : m_max_depth(max_depth) {}

    bool null() { return put(Json::null()); }
    bool boolean(bool value) { return put(Json::boolean(value)); }

    bool number_integer(number_integer_t value) {
        // The parser calls this for numbers that begin with a minus sign.
        if (value == 0) {
            return refuse("minus zero");
        }
        return put(Json::integer(value));
    }

    bool number_unsigned(number_unsigned_t value) {
        if (value > static_cast<number_unsigned_t>(INT64_MAX)) {
            return refuse("an integer out of range");
        }
        return put(Json::integer(static_cast<int64_t>(value)));
    }

    bool number_float(number_float_t, const string_t&) {
        return refuse("a number that is not an integer in range");
    }

    bool string(string_t& value) { return put(Json::text(value)); }
    bool binary(binary_t&) { return refuse("a binary value"); }

    bool start_object(size_t) { return open(true); }
    bool start_array(size_t) { return open(false); }

    bool key(string_t& name) {
        m_open.back().name = std::move(name);
        return true;
    }

    bool end_object() {
        Level level = std::move(m_open.back());
        m_open.pop_back();
        std::vector<std::string_view> names;
        for (const JsonMember& member : level.members) {
            names.push_back(member.name);
        }
        std::sort(names.begin(), names.end());
        if (std::adjacent_find(names.begin(), names.end()) != names.end()) {
            return refuse("a member stands twice");
        }
        return put(Json::object(std::move(level.members)));
    }

    bool end_array() {
        Level level = std::move(m_open.back());
        m_open.pop_back();
        return put(Json::array(std::move(level.items)));
    }

    bool parse_error(size_t, const std::string&, const nlohmann::detail::exception&) {
        // The parser's own text quotes the input, so it is not passed on.
        return refuse("not well-formed");
    }

    Json take_result() { return std::move(m_result); }
    const char* why() const { return m_why; }

private:
    struct Level {
        bool is_object;
        std::string name;  // of the member whose value comes next
        Json::Object members;
        Json::Array items;
    };

    bool open(bool is_object) {
        if (m_open.size() >= m_max_depth) {
            return refuse("nested too deep");
        }
        m_open.push_back({is_object, {}, {}, {}});
        return true;
    }

    bool put(Json value) {
        if (m_open.empty()) {
            m_result = std::move(value);
        } else if (m_open.back().is_object) {
            m_open.back().members.push_back({std::move(m_open.back().name), std::move(value)});
        } else {
            m_open.back().items.push_back(std::move(value));
        }
        return true;
    }

    bool refuse(const char* why) {
        m_why = why;
        return false;
    }

    uint32_t m_max_depth;
    std::vector<Level> m_open;
    Json m_result;
    const char* m_why = "not well-formed";
};

[[noreturn]] void fail(const char* why, uint64_t position) {
    throw Error(ErrorCode::json_invalid, std::string("JSON: ") + why).at(position);
}

}  // namespace

Json parse_json(ByteView text, const JsonLimits& limits) {
    if (text.size() > limits.max_bytes) {
        throw Error(ErrorCode::limit_exceeded, "JSON text is too long").at(limits.max_bytes);
    }
    // Two leniencies of the parser: it takes a zero byte for the end and skips a byte order mark.
    const auto zero = std::find(text.begin(), text.end(), uint8_t{0});
    if (zero != text.end()) {
        fail("a zero byte", static_cast<uint64_t>(zero - text.begin()));
    }
    if (!text.empty() && text[0] == 0xEF) {
        fail("not well-formed", 0);
    }
    const std::string_view view = as_text(text);
    const char* const begin = view.data();
    const char* const end = begin + view.size();
    const char* farthest = begin;
    Handler handler(limits.max_depth);
    const bool good = nlohmann::json::sax_parse(CountingIterator(begin, &farthest),
                                                CountingIterator(end, &farthest), &handler);
    if (!good) {
        // The parser has read the byte at the fault, so the fault is the last byte it took.
        const auto taken = static_cast<uint64_t>(farthest - begin);
        fail(handler.why(), taken == 0 ? 0 : taken - 1);
    }
    return handler.take_result();
}

}  // namespace bidseal::protocol
