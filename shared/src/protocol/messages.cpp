#include "bidseal/protocol/json.h"
#include "bidseal/protocol/message_io.h"

namespace bidseal::protocol {

namespace {

std::vector<uint32_t> read_u32_list(ObjectReader& r, std::string_view name, size_t most) {
    std::vector<uint32_t> values;
    for (const Json& item : r.array(name, 0, most)) {
        int64_t value = item.as_integer();
        if (value < 0 || value > request_id_limit)
            r.refuse(name, "number out of range");
        values.push_back(static_cast<uint32_t>(value));
    }
    return values;
}

std::vector<Bytes> read_bytes_list(ObjectReader& r, std::string_view name, size_t most,
                                   size_t item_max) {
    std::vector<Bytes> values;
    for (const std::string& text : r.texts(name, 0, most, (item_max + 2) / 3 * 4)) {
        values.push_back(from_base64(text));
        if (values.back().size() > item_max)
            r.refuse(name, "too long");
    }
    return values;
}

ErrorCode read_error_code(ObjectReader& r, std::string_view name) {
    std::string text = r.text(name, 64);
    for (uint16_t i = 0; i < error_count; ++i) {
        if (text == error_name(static_cast<ErrorCode>(i)))
            return static_cast<ErrorCode>(i);
    }
    r.refuse(name, "unknown error code");
}

template <class T, class Read>
T read_member(ObjectReader& r, std::string_view name, Read read) {
    ObjectReader inner = r.object(name);
    T value = read(inner);
    inner.finish();
    return value;
}

Json::Array integers(const std::vector<uint32_t>& values) {
    Json::Array items;
    for (uint32_t value : values)
        items.push_back(Json::integer(value));
    return items;
}

Json::Array base64_texts(const std::vector<Bytes>& values) {
    Json::Array items;
    for (const Bytes& value : values)
        items.push_back(Json::text(to_base64(value)));
    return items;
}

template <class T>
Json::Array objects(const std::vector<T>& values);

}  // namespace

}  // namespace bidseal::protocol

#include "bidseal/protocol/messages_codec.h"

namespace bidseal::protocol {

namespace {

template <class T>
Json::Array objects(const std::vector<T>& values) {
    Json::Array items;
    for (const T& value : values)
        items.push_back(to_json(value));
    return items;
}

/// The parser's own faults (bad JSON, bad base64) are all "this is not a message" to a page.
[[noreturn]] void refuse_as_message(const Error& error) {
    if (error.code() == ErrorCode::limit_exceeded || error.code() == ErrorCode::method_unknown) {
        throw error;
    }
    Error refused(ErrorCode::message_invalid, error.what());
    refused.subject(error.subject());
    throw refused;
}

Request parse(ByteView text, std::optional<uint32_t>& id) {
    JsonLimits limits;
    limits.max_bytes = frame_limit_of(text);
    limits.max_depth = depth_limit;
    Json json = parse_json(text, limits);
    ObjectReader r(json, MemberOrder::any, ErrorCode::message_invalid);
    Request request;
    request.id = static_cast<uint32_t>(r.integer("id", 1, request_id_limit));
    id = request.id;
    std::optional<Method> method = find_method(r.text("method", max_frame_start));
    if (!method)
        throw Error(ErrorCode::method_unknown);
    request.method = *method;
    if (text.size() > method_frame_limit(*method))
        throw Error(ErrorCode::limit_exceeded);
    if (r.has("timeout"))
        request.timeout = static_cast<uint32_t>(r.integer("timeout", 1, request_timeout_limit));
    ObjectReader params = r.object("params");
    request.params = read_params(*method, params);
    params.finish();
    r.finish();
    return request;
}

}  // namespace

const char* method_name(Method method) {
    return method_table[static_cast<size_t>(method)].name;
}

std::optional<Method> find_method(std::string_view name) {
    for (size_t i = 0; i < method_count; ++i) {
        if (name == method_table[i].name)
            return static_cast<Method>(i);
    }
    return std::nullopt;
}

size_t method_frame_limit(Method method) {
    return method_table[static_cast<size_t>(method)].frame;
}

size_t frame_limit_of(ByteView start) {
    constexpr std::string_view opening = "{\"method\":\"";
    std::string_view text = as_text(start.subspan(0, std::min(start.size(), max_frame_start)));
    if (text.substr(0, opening.size()) != opening)
        return frame_limit;
    text.remove_prefix(opening.size());
    size_t end = text.find('"');
    if (end == std::string_view::npos)
        return frame_limit;
    std::optional<Method> method = find_method(text.substr(0, end));
    return method ? method_frame_limit(*method) : frame_limit;
}

Request parse_request(ByteView text, std::optional<uint32_t>& id) {
    id.reset();
    try {
        return parse(text, id);
    } catch (const Error& error) {
        refuse_as_message(error);
    }
}

std::string write_request(const Request& request) {
    Json params = std::visit([](const auto& p) { return to_json(p); }, request.params);
    ObjectBuilder builder;
    builder.text("method", method_name(request.method)).integer("id", request.id);
    if (request.timeout)
        builder.integer("timeout", *request.timeout);
    return write_json(builder.value("params", std::move(params)).build());
}

std::string write_result(uint32_t id, const Result& result) {
    Json json = std::visit([](const auto& r) { return to_json(r); }, result);
    return write_json(ObjectBuilder().integer("id", id).value("result", std::move(json)).build());
}

std::string write_error(std::optional<uint32_t> id, const ErrorInfo& error) {
    ObjectBuilder builder;
    if (id) {
        builder.integer("id", *id);
    } else {
        builder.null("id");
    }
    return write_json(builder.value("error", to_json(error)).build());
}

std::string write_event(const EventData& data) {
    Json json = std::visit([](const auto& d) { return to_json(d); }, data);
    return write_json(ObjectBuilder()
                          .text("event", event_names[data.index()])
                          .value("data", std::move(json))
                          .build());
}

ErrorInfo describe(const Error& error) {
    ErrorInfo info;
    info.code = error.code();
    info.retries_left = error.retries_left();
    if (!error.subject().empty() && error.subject().size() <= 128)
        info.subject = error.subject();
    return info;
}

}  // namespace bidseal::protocol
