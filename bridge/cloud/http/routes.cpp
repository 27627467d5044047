#include "bridge/cloud/http/routes.h"

#include "bidseal/protocol/json.h"

#include "bridge/cloud/cosign/service.h"

namespace bidseal::cloud {
namespace {

constexpr const char* json_type = "application/json";
constexpr const char* bytes_type = "application/octet-stream";

std::vector<std::string_view> split(std::string_view path) {
    std::vector<std::string_view> parts;
    while (!path.empty()) {
        const size_t slash = path.find('/', 1);
        parts.push_back(path.substr(0, slash));
        path = slash == std::string_view::npos ? std::string_view() : path.substr(slash);
    }
    return parts;
}

/// What stands in the place of the pattern's names, when the path fits.
std::optional<std::vector<std::string>> match(std::string_view pattern, std::string_view path) {
    const auto wanted = split(pattern), given = split(path);
    std::vector<std::string> found;
    for (size_t i = 0; i < wanted.size(); i++) {
        if (i >= given.size())
            return std::nullopt;
        const bool named = wanted[i].starts_with("/{");
        if (!named && wanted[i] != given[i])
            return std::nullopt;
        if (named && i + 1 == wanted.size()) {
            const size_t at = static_cast<size_t>(given[i].data() - path.data()) + 1;
            found.emplace_back(path.substr(at));
            return found;
        }
        if (named)
            found.emplace_back(given[i].substr(1));
    }
    if (given.size() != wanted.size())
        return std::nullopt;
    return found;
}

}  // namespace

const char* role_name(Role role) {
    switch (role) {
        case Role::hub:
            return "hub";
        case Role::cosign:
            return "cosign";
        case Role::enrol:
            return "enrol";
    }
    return "";
}

const std::vector<Route>& routes() {
    static const std::vector<Route> table = {
        {RouteId::health, "GET", "/health", std::nullopt, nullptr, json_type,
         "Whether the process and its stores work."},
        {RouteId::metrics, "GET", "/metrics", std::nullopt, nullptr, "text/plain",
         "Counters and durations for Prometheus."},
        {RouteId::document, "GET", "/openapi.json", std::nullopt, nullptr, json_type,
         "This document."},
        {RouteId::service, "GET", "/v1/service", std::nullopt, nullptr, json_type,
         "Roles and public keys of this process."},
        {RouteId::hub_socket, "GET", "/v1/hub/socket", Role::hub, nullptr, bytes_type,
         "WebSocket, subprotocol bidseal-hub.v1: messages of page and phone, binary."},
        {RouteId::hub_open, "POST", "/v1/hub/sessions", Role::hub, json_type, json_type,
         "A platform opens a session."},
        {RouteId::hub_next, "POST", "/v1/hub/requests", Role::hub, json_type, json_type,
         "A platform adds a request to a sealing session."},
        {RouteId::hub_message, "POST", "/v1/hub/messages", Role::hub, bytes_type, bytes_type,
         "One message of a page or phone without a WebSocket."},
        {RouteId::hub_claim, "POST", "/v1/hub/claims", Role::hub, bytes_type, bytes_type,
         "A phone's ticket and claim without a WebSocket."},
        {RouteId::cosign_call, "POST", "/v1/cosign/{account}/{call}", Role::cosign, bytes_type,
         bytes_type, "A phone's sealed call to the co-sign service."},
        {RouteId::enrol_code, "POST", "/v1/enrol/codes", Role::enrol, json_type, json_type,
         "Sends a code to a phone number."},
        {RouteId::enrol_device, "POST", "/v1/enrol/devices", Role::enrol, json_type, json_type,
         "Enrols a phone: code, identity, device key."},
        {RouteId::enrol_ticket, "POST", "/v1/enrol/tickets", Role::enrol, json_type, json_type,
         "A new ticket for an enrolled phone."},
        {RouteId::enrol_certificates, "POST", "/v1/enrol/certificates", Role::enrol, json_type,
         json_type, "Certificates for a signing and a separate encryption key."},
    };
    return table;
}

std::optional<FoundRoute> find_route(std::string_view method, std::string_view path) {
    for (const Route& route : routes()) {
        if (method != route.method)
            continue;
        if (auto parts = match(route.path, path))
            return FoundRoute{&route, std::move(*parts)};
    }
    return std::nullopt;
}

bool has_path(std::string_view path) {
    return find_route("GET", path).has_value() || find_route("POST", path).has_value();
}

unsigned http_status(ErrorCode code) {
    switch (code) {
        case ErrorCode::certificate_untrusted:
        case ErrorCode::certificate_expired:
        case ErrorCode::signature_invalid:
            return 401;
        case ErrorCode::session_unknown:
        case ErrorCode::method_unknown:
            return 404;
        case ErrorCode::session_conflict:
        case ErrorCode::session_taken:
            return 409;
        case ErrorCode::limit_exceeded:
            return 413;
        case ErrorCode::too_many_requests:
            return 429;
        case ErrorCode::internal:
        case ErrorCode::cosign_record:
        case ErrorCode::random_unavailable:
            return 500;
        case ErrorCode::busy:
        case ErrorCode::io_read:
        case ErrorCode::io_write:
        case ErrorCode::disk_full:
            return 503;
        default:
            return 400;
    }
}

std::string openapi_document() {
    using protocol::Json;
    using protocol::ObjectBuilder;
    const auto content = [](const char* type) {
        const bool json = std::string_view(type) == json_type;
        Json schema = json
                          ? ObjectBuilder().text("type", "object").build()
                          : ObjectBuilder().text("type", "string").text("format", "binary").build();
        return ObjectBuilder()
            .value(type, ObjectBuilder().value("schema", std::move(schema)).build())
            .build();
    };
    const std::string error_schema =
        R"({"type":"object","required":["error"],"properties":{"error":{"type":"object",)"
        R"("required":["code"],"properties":{"code":{"type":"string"}}}}})";
    const auto operation = [&](const Route& route) {
        ObjectBuilder out;
        out.text("summary", route.summary);
        if (route.role)
            out.texts("tags", {role_name(*route.role)});
        Json::Array parameters;
        std::string_view rest = route.path;
        for (size_t at = rest.find('{'); at != std::string_view::npos; at = rest.find('{')) {
            const size_t end = rest.find('}');
            const std::string_view name = rest.substr(at + 1, end - at - 1);
            ObjectBuilder schema;
            schema.text("type", "string");
            if (name == "call")
                schema.texts("enum", CosignService::routes());
            else
                schema.text("pattern", "^[0-9a-f]{32}$");
            parameters.push_back(ObjectBuilder()
                                     .text("name", name)
                                     .text("in", "path")
                                     .boolean("required", true)
                                     .value("schema", schema.build())
                                     .build());
            rest = rest.substr(end + 1);
        }
        if (!parameters.empty())
            out.array("parameters", std::move(parameters));
        if (route.request_type != nullptr)
            out.value("requestBody", ObjectBuilder()
                                         .boolean("required", true)
                                         .value("content", content(route.request_type))
                                         .build());
        const bool upgrade = route.id == RouteId::hub_socket;
        Json done = upgrade ? ObjectBuilder().text("description", "A WebSocket.").build()
                            : ObjectBuilder()
                                  .text("description", "Done.")
                                  .value("content", content(route.response_type))
                                  .build();
        Json error = ObjectBuilder().text("$ref", "#/components/responses/error").build();
        out.value("responses", ObjectBuilder()
                                   .value(upgrade ? "101" : "200", std::move(done))
                                   .value("default", std::move(error))
                                   .build());
        return protocol::write_json(out.build());
    };
    std::string text =
        "{\"openapi\":\"3.0.3\",\n\"info\":{\"title\":\"bidseal-cloud\",\"version\":\"1\","
        "\"description\":\"The mobile-CA service: docs/spec/cloud-service.md\"},\n\"paths\":{\n";
    bool first = true;
    for (const Route& route : routes()) {
        const std::string method = std::string_view(route.method) == "GET" ? "get" : "post";
        text += (first ? "\"" : ",\n\"") + std::string(route.path) + "\":{\"" + method +
                "\":" + operation(route) + "}";
        first = false;
    }
    text +=
        "\n},\n\"components\":{\"responses\":{\"error\":{\"description\":\"What went wrong.\","
        "\"content\":{\"application/json\":{\"schema\":" +
        error_schema + "}}}}}}\n";
    return text;
}

}  // namespace bidseal::cloud
