// The service's HTTP routes: one table for the dispatcher and for the OpenAPI document.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bidseal/base/error.h"

namespace bidseal::cloud {

enum class Role : uint8_t { hub = 1, cosign = 2, enrol = 4 };
/// `hub`, `cosign`, `enrol`.
const char* role_name(Role role);

enum class RouteId {
    health,
    metrics,
    document,
    service,
    hub_socket,
    hub_open,
    hub_next,
    hub_message,
    hub_claim,
    cosign_call,
    enrol_code,
    enrol_device,
    enrol_ticket,
    enrol_certificates,
};

struct Route {
    RouteId id;
    const char* method;
    /// With `{name}` for a part that varies; the last one may hold slashes.
    const char* path;
    std::optional<Role> role;  ///< nothing: every process has it
    const char* request_type;  ///< media type, or nullptr without a body
    const char* response_type;
    const char* summary;
};
const std::vector<Route>& routes();

/// The route of a request, and what stands in the place of its `{name}` parts.
struct FoundRoute {
    const Route* route;
    std::vector<std::string> parts;
};
std::optional<FoundRoute> find_route(std::string_view method, std::string_view path);
/// Whether the path is there under another method.
bool has_path(std::string_view path);

/// HTTP's word for an error.
unsigned http_status(ErrorCode code);

/// OpenAPI 3.0 of all routes, as JSON with a line for each route.
std::string openapi_document();

}  // namespace bidseal::cloud
