// The JSON value and its canonical spelling.
#include "bidseal/protocol/json.h"

#include <algorithm>

#include "bidseal/base/text.h"

namespace bidseal::protocol {

Json::Json() = default;
Json::Json(const Json& other) = default;
Json::Json(Json&& other) noexcept = default;
Json& Json::operator=(const Json& other) = default;
Json& Json::operator=(Json&& other) noexcept = default;
Json::~Json() = default;

Json Json::null() {
    return Json();
}

Json Json::boolean(bool value) {
    Json json;
    json.m_value = value;
    return json;
}

Json Json::integer(int64_t value) {
    Json json;
    json.m_value = value;
    return json;
}

Json Json::text(std::string_view value) {
    Json json;
    json.m_value = std::string(value);
    return json;
}

Json Json::array(Array items) {
    Json json;
    json.m_value = std::move(items);
    return json;
}

Json Json::object(Object members) {
    Json json;
    json.m_value = std::move(members);
    return json;
}

Json::Kind Json::kind() const {
    return static_cast<Kind>(m_value.index());
}

namespace {

template <class T, class Variant>
const T& value_of(const Variant& value) {
    const T* found = std::get_if<T>(&value);
    if (found == nullptr) {
        throw Error(ErrorCode::json_invalid, "a JSON value is of another kind than expected");
    }
    return *found;
}

}  // namespace

bool Json::as_boolean() const {
    return value_of<bool>(m_value);
}
int64_t Json::as_integer() const {
    return value_of<int64_t>(m_value);
}
const std::string& Json::as_text() const {
    return value_of<std::string>(m_value);
}
const Json::Array& Json::as_array() const {
    return value_of<Array>(m_value);
}
const Json::Object& Json::as_object() const {
    return value_of<Object>(m_value);
}

const Json* Json::find(std::string_view name) const {
    const Object* members = std::get_if<Object>(&m_value);
    if (members == nullptr) {
        return nullptr;
    }
    for (const JsonMember& member : *members) {
        if (member.name == name) {
            return &member.value;
        }
    }
    return nullptr;
}

bool operator==(const Json& a, const Json& b) {
    if (a.kind() != b.kind()) {
        return false;
    }
    switch (a.kind()) {
        case Json::Kind::null:
            return true;
        case Json::Kind::boolean:
            return a.as_boolean() == b.as_boolean();
        case Json::Kind::integer:
            return a.as_integer() == b.as_integer();
        case Json::Kind::text:
            return a.as_text() == b.as_text();
        case Json::Kind::array:
            return a.as_array() == b.as_array();
        case Json::Kind::object:
            break;
    }
    const Json::Object& left = a.as_object();
    const Json::Object& right = b.as_object();
    return std::equal(left.begin(), left.end(), right.begin(), right.end(),
                      [](const JsonMember& x, const JsonMember& y) {
                          return x.name == y.name && x.value == y.value;
                      });
}

bool operator!=(const Json& a, const Json& b) {
    return !(a == b);
}

namespace {

void write_text(std::string& out, std::string_view text) {
    require(is_valid_utf8(text), ErrorCode::encoding_invalid, "a JSON text is not UTF-8");
    static const char digits[] = "0123456789abcdef";
    out += '"';
    for (char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        switch (c) {
            case '"':
                out += "\\\"";
                break;
            case '\\':
                out += "\\\\";
                break;
            case '\b':
                out += "\\b";
                break;
            case '\f':
                out += "\\f";
                break;
            case '\n':
                out += "\\n";
                break;
            case '\r':
                out += "\\r";
                break;
            case '\t':
                out += "\\t";
                break;
            default:
                if (byte < 0x20) {
                    out += "\\u00";
                    out += digits[byte >> 4];
                    out += digits[byte & 15];
                } else {
                    out += c;
                }
        }
    }
    out += '"';
}

void require_distinct_names(const Json::Object& members) {
    std::vector<std::string_view> names;
    names.reserve(members.size());
    for (const JsonMember& member : members) {
        names.push_back(member.name);
    }
    std::sort(names.begin(), names.end());
    require(std::adjacent_find(names.begin(), names.end()) == names.end(),
            ErrorCode::encoding_invalid, "a JSON object has a member twice");
}

void write_value(std::string& out, const Json& value) {
    switch (value.kind()) {
        case Json::Kind::null:
            out += "null";
            return;
        case Json::Kind::boolean:
            out += value.as_boolean() ? "true" : "false";
            return;
        case Json::Kind::integer:
            out += std::to_string(value.as_integer());
            return;
        case Json::Kind::text:
            write_text(out, value.as_text());
            return;
        case Json::Kind::array: {
            out += '[';
            const char* separator = "";
            for (const Json& item : value.as_array()) {
                out += separator;
                write_value(out, item);
                separator = ",";
            }
            out += ']';
            return;
        }
        case Json::Kind::object: {
            require_distinct_names(value.as_object());
            out += '{';
            const char* separator = "";
            for (const JsonMember& member : value.as_object()) {
                out += separator;
                write_text(out, member.name);
                out += ':';
                write_value(out, member.value);
                separator = ",";
            }
            out += '}';
            return;
        }
    }
}

}  // namespace

std::string write_json(const Json& value) {
    std::string out;
    write_value(out, value);
    return out;
}

Json parse_canonical_json(ByteView text, const JsonLimits& limits) {
    Json value = parse_json(text, limits);
    const std::string canonical = write_json(value);
    const std::string_view given = as_text(text);
    if (canonical != given) {
        const auto differs =
            std::mismatch(canonical.begin(), canonical.end(), given.begin(), given.end());
        throw Error(ErrorCode::json_not_canonical, "JSON is not in its canonical spelling")
            .at(static_cast<uint64_t>(differs.second - given.begin()));
    }
    return value;
}

}  // namespace bidseal::protocol
