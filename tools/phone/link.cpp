#include "link.h"

#include <chrono>
#include <thread>

#include "bidseal/protocol/json.h"

namespace bidseal::phone {
namespace {

constexpr const char* json_type = "application/json";
constexpr const char* bytes_type = "application/octet-stream";

/// The service's refusal as the Error that it is.
[[noreturn]] void refuse(const cloud::HttpAnswer& answer) {
    const protocol::Json json = protocol::parse_json(answer.body);
    protocol::ObjectReader outer(json, protocol::MemberOrder::any);
    protocol::ObjectReader in = outer.object("error");
    const std::string name = in.text("code", 64);
    ErrorCode code = ErrorCode::message_invalid;
    for (size_t i = 0; i < error_count; i++) {
        if (name == error_name(static_cast<ErrorCode>(i)))
            code = static_cast<ErrorCode>(i);
    }
    Error error(code, "the service refused: " + name);
    if (in.has("retries"))
        error.retries(static_cast<uint32_t>(in.integer("retries", 0, 255)));
    throw error;
}

std::string text_of(const cloud::HttpAnswer& answer) {
    if (answer.status != 200)
        refuse(answer);
    return std::string(as_text(answer.body));
}

}  // namespace

std::string ServiceLink::post_json(const std::string& path, const std::string& json) {
    return text_of(m_http.post(path, json_type, as_bytes(json), 30));
}

std::string ServiceLink::get_json(const std::string& path) {
    return text_of(m_http.get(path));
}

std::optional<Bytes> ServiceLink::hub(const std::string& path, ByteView message) {
    try {
        cloud::HttpAnswer answer = m_http.post(path, bytes_type, message, 5);
        if (answer.status != 200)
            return std::nullopt;
        return std::move(answer.body);
    } catch (const Error&) {
        return std::nullopt;
    }
}

cloud::CarryCall ServiceLink::carry(unsigned tries) {
    return [this, tries](const std::string& route, const cloud::AccountId& account,
                         const Bytes& sealed) {
        const std::string path = "/v1/cosign/" + to_hex(account.view()) + "/" + route;
        for (unsigned left = tries;; left--) {
            try {
                cloud::HttpAnswer answer = m_http.post(path, bytes_type, sealed, 30);
                if (answer.status == 200)
                    return std::move(answer.body);
                // 503: too much to do; anything else will not be better the next time.
                if (answer.status != 503 || left <= 1)
                    refuse(answer);
            } catch (const Error& error) {
                if (error.code() != ErrorCode::io_read || left <= 1)
                    throw;
            }
            std::this_thread::sleep_for(std::chrono::milliseconds(500));
        }
    };
}

}  // namespace bidseal::phone
