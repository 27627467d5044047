// Reading and building objects member by member.
#include <algorithm>
#include <limits>

#include "bidseal/base/text.h"
#include "bidseal/protocol/json.h"

namespace bidseal::protocol {

ObjectReader::ObjectReader(const Json& object, MemberOrder order, ErrorCode fault)
    : m_object(&object), m_order(order), m_fault(fault) {
    if (!object.is_object()) {
        throw Error(m_fault, "a JSON value is not an object");
    }
    if (order == MemberOrder::any) {
        m_read.resize(object.as_object().size());
    }
}

void ObjectReader::refuse(std::string_view name, const char* why) const {
    throw Error(m_fault, "JSON member '" + std::string(name) + "': " + why)
        .subject(std::string(name));
}

const Json& ObjectReader::take(std::string_view name) {
    const Json::Object& members = m_object->as_object();
    if (m_order == MemberOrder::stated) {
        if (m_next >= members.size() || members[m_next].name != name) {
            refuse(name, "missing or not in its place");
        }
        return members[m_next++].value;
    }
    for (size_t i = 0; i < members.size(); ++i) {
        if (members[i].name == name) {
            m_read[i] = true;
            return members[i].value;
        }
    }
    refuse(name, "missing");
}

bool ObjectReader::has(std::string_view name) const {
    const Json::Object& members = m_object->as_object();
    if (m_order == MemberOrder::stated) {
        return m_next < members.size() && members[m_next].name == name;
    }
    return m_object->find(name) != nullptr;
}

const std::string& ObjectReader::take_text(std::string_view name) {
    const Json& member = take(name);
    if (member.kind() != Json::Kind::text) {
        refuse(name, "not a text");
    }
    return member.as_text();
}

std::string ObjectReader::text(std::string_view name, size_t max_bytes) {
    const std::string& text = take_text(name);
    if (text.size() > max_bytes) {
        refuse(name, "too long");
    }
    return text;
}

std::string ObjectReader::clean_text(std::string_view name, size_t max_bytes) {
    const std::string& text = take_text(name);
    if (!is_clean_text(text, max_bytes)) {
        refuse(name, "empty, too long or with characters that are not allowed");
    }
    return text;
}

std::string ObjectReader::identifier(std::string_view name) {
    const std::string& text = take_text(name);
    if (!is_identifier(text)) {
        refuse(name, "not an identifier");
    }
    return text;
}

void ObjectReader::constant(std::string_view name, std::string_view expected) {
    if (take_text(name) != expected) {
        refuse(name, "another value than the format states");
    }
}

size_t ObjectReader::choice(std::string_view name, const std::vector<std::string_view>& texts) {
    const std::string& text = take_text(name);
    const auto found = std::find(texts.begin(), texts.end(), text);
    if (found == texts.end()) {
        refuse(name, "a value that the format does not know");
    }
    return static_cast<size_t>(found - texts.begin());
}

int64_t ObjectReader::integer(std::string_view name, int64_t min, int64_t max) {
    const Json& member = take(name);
    if (member.kind() != Json::Kind::integer) {
        refuse(name, "not an integer");
    }
    const int64_t value = member.as_integer();
    if (value < min || value > max) {
        refuse(name, "out of range");
    }
    return value;
}

uint64_t ObjectReader::size(std::string_view name, uint64_t max) {
    constexpr auto largest = static_cast<uint64_t>(std::numeric_limits<int64_t>::max());
    return static_cast<uint64_t>(integer(name, 0, static_cast<int64_t>(std::min(max, largest))));
}

bool ObjectReader::boolean(std::string_view name) {
    const Json& member = take(name);
    if (member.kind() != Json::Kind::boolean) {
        refuse(name, "not true or false");
    }
    return member.as_boolean();
}

Bytes ObjectReader::base64(std::string_view name, size_t min_size, size_t max_size) {
    const std::string& text = take_text(name);
    Bytes bytes;
    try {
        bytes = from_base64(text);
    } catch (const Error&) {
        refuse(name, "not canonical base64");
    }
    if (bytes.size() < min_size || bytes.size() > max_size) {
        refuse(name, "of another length than the format asks");
    }
    return bytes;
}

Bytes ObjectReader::hex_bytes(std::string_view name, size_t size) {
    const std::string& text = take_text(name);
    const bool lower_case = std::all_of(text.begin(), text.end(), [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
    });
    if (!lower_case || text.size() != 2 * size) {
        refuse(name, "not lower-case hex of the length that the format asks");
    }
    return from_hex(text);
}

Timestamp ObjectReader::time(std::string_view name) {
    const std::string& text = take_text(name);
    try {
        return parse_time(text);
    } catch (const Error&) {
        refuse(name, "not a time");
    }
}

const Json& ObjectReader::value(std::string_view name) {
    return take(name);
}

ObjectReader ObjectReader::object(std::string_view name) {
    const Json& member = take(name);
    if (!member.is_object()) {
        refuse(name, "not an object");
    }
    return ObjectReader(member, m_order, m_fault);
}

const Json::Array& ObjectReader::array(std::string_view name, size_t min, size_t max) {
    const Json& member = take(name);
    if (!member.is_array()) {
        refuse(name, "not an array");
    }
    const Json::Array& items = member.as_array();
    if (items.size() < min || items.size() > max) {
        refuse(name, "has too few or too many items");
    }
    return items;
}

std::vector<std::string> ObjectReader::texts(std::string_view name, size_t min, size_t max,
                                             size_t max_bytes) {
    std::vector<std::string> result;
    for (const Json& item : array(name, min, max)) {
        if (item.kind() != Json::Kind::text || item.as_text().size() > max_bytes) {
            refuse(name, "holds something else than texts of the allowed length");
        }
        result.push_back(item.as_text());
    }
    return result;
}

bool ObjectReader::take_null(std::string_view name) {
    if (m_order == MemberOrder::stated) {
        const Json& member = take(name);
        if (!member.is_null()) {
            --m_next;
            return false;
        }
        return true;
    }
    return take(name).is_null();
}

void ObjectReader::finish() const {
    const Json::Object& members = m_object->as_object();
    // An unknown member's name comes from the input, so the message does not repeat it.
    const bool all_read = m_order == MemberOrder::stated
                              ? m_next == members.size()
                              : std::all_of(m_read.begin(), m_read.end(), [](bool r) { return r; });
    if (!all_read) {
        throw Error(m_fault, "a JSON object has a member that the format does not know");
    }
}

ObjectBuilder& ObjectBuilder::value(std::string_view name, Json value) {
    m_members.push_back({std::string(name), std::move(value)});
    return *this;
}

ObjectBuilder& ObjectBuilder::text(std::string_view name, std::string_view text) {
    return value(name, Json::text(text));
}

ObjectBuilder& ObjectBuilder::integer(std::string_view name, int64_t number) {
    return value(name, Json::integer(number));
}

ObjectBuilder& ObjectBuilder::size(std::string_view name, uint64_t number) {
    require(number <= static_cast<uint64_t>(std::numeric_limits<int64_t>::max()),
            ErrorCode::limit_exceeded, "a size does not fit into JSON");
    return value(name, Json::integer(static_cast<int64_t>(number)));
}

ObjectBuilder& ObjectBuilder::boolean(std::string_view name, bool flag) {
    return value(name, Json::boolean(flag));
}

ObjectBuilder& ObjectBuilder::null(std::string_view name) {
    return value(name, Json::null());
}

ObjectBuilder& ObjectBuilder::base64(std::string_view name, ByteView bytes) {
    return value(name, Json::text(to_base64(bytes)));
}

ObjectBuilder& ObjectBuilder::hex(std::string_view name, ByteView bytes) {
    return value(name, Json::text(to_hex(bytes)));
}

ObjectBuilder& ObjectBuilder::time(std::string_view name, Timestamp time) {
    return value(name, Json::text(format_time(time)));
}

ObjectBuilder& ObjectBuilder::texts(std::string_view name, const std::vector<std::string>& values) {
    Json::Array items;
    for (const std::string& item : values) {
        items.push_back(Json::text(item));
    }
    return value(name, Json::array(std::move(items)));
}

ObjectBuilder& ObjectBuilder::array(std::string_view name, Json::Array items) {
    return value(name, Json::array(std::move(items)));
}

Json ObjectBuilder::build() {
    Json object = Json::object(std::move(m_members));
    m_members.clear();
    return object;
}

}  // namespace bidseal::protocol
