// Messages between a page and the bridge as JSON texts. What they hold is generated from
// shared/protocol/messages.json; docs/spec/bridge-protocol.md describes the exchange.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "bidseal/protocol/messages.h"

namespace bidseal::protocol {

/// A page's request. The variant holds the method's own params.
struct Request {
    Method method = Method::hello;
    uint32_t id = 0;  ///< 1 to request_id_limit
    Params params;
    std::optional<uint32_t> timeout = {};  ///< milliseconds after which the page no longer waits
};

/// Most milliseconds that a page may wait for a request.
inline constexpr uint32_t request_timeout_limit = 600000;

/// The method's name on the wire, such as "sign.bid".
const char* method_name(Method method);
std::optional<Method> find_method(std::string_view name);

/// Most bytes of a request's frame.
size_t method_frame_limit(Method method);

/// Most bytes that a frame which begins with `start` may have: frame_limit, unless it begins with
/// exactly `{"method":"NAME"` of a method that is allowed more. So a large frame must say what it
/// is before it is collected. `start` may be the whole frame; max_frame_start bytes are enough.
size_t frame_limit_of(ByteView start);
inline constexpr size_t max_frame_start = 64;

/// Reads a request. `id` is set as soon as it is known, so that an error can be answered to it.
/// Throws Error: limit_exceeded (too many bytes), method_unknown, message_invalid (everything else;
/// unknown members are refused).
Request parse_request(ByteView text, std::optional<uint32_t>& id);

/// `{"method":…,"id":…,"params":{…}}`, `timeout` before the params when there is one.
std::string write_request(const Request& request);

/// `{"id":…,"result":{…}}`.
std::string write_result(uint32_t id, const Result& result);

/// `{"id":…,"error":{…}}`; id null when it is not known which request was meant.
std::string write_error(std::optional<uint32_t> id, const ErrorInfo& error);

/// `{"event":"…","data":{…}}`.
std::string write_event(const EventData& data);

/// What an Error tells a page: its code, retries and subject, never the message text.
ErrorInfo describe(const Error& error);

}  // namespace bidseal::protocol
