#include "bridge/cloud/http/app.h"

#include <chrono>

#include "bidseal/base/wire.h"
#include "bidseal/protocol/json.h"

namespace bidseal::cloud {
namespace {

constexpr size_t most_waiting_jobs = 20'000;

HttpResponse text_response(const std::string& text, const char* type = "application/json") {
    return {200, type, to_bytes(as_bytes(text))};
}

HttpResponse bytes_response(Bytes bytes) {
    return {200, "application/octet-stream", std::move(bytes)};
}

HttpResponse done() {
    return text_response("{}");
}

AccountId parse_account(const std::string& text) {
    require(text.size() == 2 * AccountId::size() &&
                text.find_first_not_of("0123456789abcdef") == std::string::npos,
            ErrorCode::message_invalid, "no account");
    AccountId account;
    const Bytes bytes = from_hex(text);
    std::copy(bytes.begin(), bytes.end(), account.bytes.begin());
    return account;
}

std::string outcome_label(const Route& route, const char* outcome) {
    return "method=\"" + std::string(route.method) + "\",route=\"" + route.path + "\",outcome=\"" +
           outcome + "\"";
}

}  // namespace

HttpResponse error_response(const Error& error) {
    protocol::ObjectBuilder inner;
    inner.text("code", error_name(error.code()));
    if (error.retries_left())
        inner.integer("retries", *error.retries_left());
    const std::string text =
        protocol::write_json(protocol::ObjectBuilder().value("error", inner.build()).build());
    return {http_status(error.code()), "application/json", to_bytes(as_bytes(text))};
}

App::App(Parts parts)
    : m_parts(std::move(parts)),
      m_hub_workers(std::make_unique<Workers>(1, most_waiting_jobs)),
      m_workers(std::make_unique<Workers>(m_parts.threads, most_waiting_jobs)) {}

void App::finish() {
    m_hub_workers.reset();
    m_workers.reset();
}

Workers& App::workers_of(const Route& route) {
    return route.role == Role::hub ? *m_hub_workers : *m_workers;
}

void App::request(RequestId id, HttpRequest request) {
    const auto found = find_route(request.method, request.path);
    if (!found) {
        const Error error(ErrorCode::method_unknown);
        HttpResponse response = error_response(error);
        if (has_path(request.path))
            response.status = 405;
        m_parts.server.answer(id, std::move(response));
        return;
    }
    auto shared = std::make_shared<HttpRequest>(std::move(request));
    const bool taken = workers_of(*found->route).add([this, id, found = *found, shared] {
        run(id, found, *shared);
    });
    if (!taken)
        m_parts.server.answer(id, error_response(Error(ErrorCode::busy)));
}

void App::run(RequestId id, const FoundRoute& found, const HttpRequest& request) {
    const auto begun = std::chrono::steady_clock::now();
    const char* outcome = "ok";
    HttpResponse response;
    try {
        response = answer(found, request);
    } catch (const Error& error) {
        outcome = error_name(error.code());
        response = error_response(error);
        if (response.status >= 500)
            m_parts.log.warn(
                "failed",
                {{"route", found.route->path}, {"error", outcome}, {"reason", error.what()}});
    } catch (const std::exception& error) {
        outcome = error_name(ErrorCode::internal);
        response = error_response(Error(ErrorCode::internal));
        m_parts.log.warn("failed", {{"route", found.route->path}, {"reason", error.what()}});
    }
    m_parts.server.answer(id, std::move(response));
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begun;
    m_parts.metrics.count("bidseal_requests_total", outcome_label(*found.route, outcome));
    m_parts.metrics.duration("bidseal_request_seconds",
                             "route=\"" + std::string(found.route->path) + "\"", took.count());
}

HttpResponse App::answer(const FoundRoute& found, const HttpRequest& request) {
    const Role role = found.route->role.value_or(Role::hub);
    const bool here = !found.route->role || (role == Role::hub && m_parts.hub != nullptr) ||
                      (role == Role::cosign && m_parts.cosign != nullptr) ||
                      (role == Role::enrol && m_parts.enrol != nullptr);
    require(here, ErrorCode::method_unknown, "not a role of this process");
    switch (found.route->id) {
        case RouteId::health:
            m_parts.check_stores();
            return text_response("{\"status\":\"ok\"}");
        case RouteId::metrics:
            m_parts.metrics.gauge("bidseal_connections",
                                  static_cast<double>(m_parts.server.connections()));
            if (m_parts.hub != nullptr)
                m_parts.metrics.gauge("bidseal_hub_sessions_connected",
                                      static_cast<double>(m_parts.hub->connected_sessions()));
            return text_response(m_parts.metrics.text(), "text/plain; version=0.0.4");
        case RouteId::document:
            return text_response(openapi_document());
        case RouteId::service:
            return text_response(m_parts.service_info);
        case RouteId::hub_socket:
            return {426, "application/json",
                    to_bytes(as_bytes("{\"error\":{\"code\":\"usage\"}}"))};
        case RouteId::hub_open:
            m_parts.hub->open(request.body);
            return done();
        case RouteId::hub_next:
            m_parts.hub->next_request(request.body);
            return done();
        case RouteId::hub_message: {
            auto reply = m_parts.hub->request(request.address, request.body, std::nullopt);
            return bytes_response(reply.value_or(Bytes()));
        }
        case RouteId::hub_claim: {
            WireReader in(request.body, ErrorCode::message_invalid);
            const DeviceTicket ticket = DeviceTicket::decode(in.field(1, max_ticket));
            auto reply = m_parts.hub->request(request.address, in.take(in.left()), ticket);
            return bytes_response(reply.value_or(Bytes()));
        }
        case RouteId::cosign_call:
            return bytes_response(m_parts.cosign->handle(
                found.parts.at(1), parse_account(found.parts.at(0)), request.body));
        case RouteId::enrol_code:
            return text_response(m_parts.enrol->send_code(request.body));
        case RouteId::enrol_device:
            return text_response(m_parts.enrol->enrol_device(request.body));
        case RouteId::enrol_ticket:
            return text_response(m_parts.enrol->renew_ticket(request.body));
        case RouteId::enrol_certificates:
            return text_response(m_parts.enrol->issue_certificates(request.body));
    }
    throw Error(ErrorCode::internal);
}

void App::message(ConnectionId id, const std::string& address, Bytes message) {
    if (m_parts.hub == nullptr)
        return;
    auto shared = std::make_shared<Bytes>(std::move(message));
    m_hub_workers->add([this, id, address, shared] {
        const char* outcome = "ok";
        try {
            m_parts.hub->receive(id, address, *shared);
        } catch (const Error& error) {
            // A message that cannot be answered is dropped: its sender asks again or gives up.
            outcome = error_name(error.code());
        } catch (const std::exception& error) {
            outcome = error_name(ErrorCode::internal);
            m_parts.log.warn("failed", {{"route", "socket"}, {"reason", error.what()}});
        }
        m_parts.metrics.count("bidseal_hub_messages_total",
                              "outcome=\"" + std::string(outcome) + "\"");
    });
}

void App::disconnected(ConnectionId id) {
    if (m_parts.hub != nullptr)
        m_hub_workers->add([this, id] { m_parts.hub->disconnected(id); });
}

}  // namespace bidseal::cloud
