#include "bridge/local/operations/dispatcher.h"

#include "bridge/local/operations/operations.h"

namespace bidseal::bridge {

namespace {

using protocol::Method;
using protocol::Request;

bool needs_person(Method method) {
    return method == Method::sign_bid || method == Method::sign_openers ||
           method == Method::unwrap_envelopes || method == Method::rehearse_envelopes;
}

protocol::Result run_operation(Call& call, const Request& request) {
    switch (request.method) {
        case Method::tokens_list:
            return list_tokens(call, std::get<protocol::NoParams>(request.params));
        case Method::certificates_list:
            return list_certificates(call,
                                     std::get<protocol::CertificatesListParams>(request.params));
        case Method::sign_bid:
            return sign_bid(call, std::get<protocol::SignBidParams>(request.params));
        case Method::sign_openers:
            return sign_openers(call, std::get<protocol::SignOpenersParams>(request.params));
        case Method::unwrap_envelopes:
            return unwrap_envelopes(call, std::get<protocol::UnwrapParams>(request.params));
        case Method::rehearse_envelopes:
            return rehearse_envelopes(call, std::get<protocol::UnwrapParams>(request.params));
        case Method::hello:
        case Method::cancel:
            break;  // answered by the dispatcher itself
    }
    throw Error(ErrorCode::internal);
}

}  // namespace

Dispatcher::Dispatcher(Services& services, Executor& queries, Executor& operations, Outbox& outbox,
                       Log& log)
    : m_services(services),
      m_queries(queries),
      m_operations(operations),
      m_outbox(outbox),
      m_log(log) {}

void Dispatcher::connected(ConnectionId connection, const std::string& origin) {
    std::lock_guard<std::mutex> lock(m_mutex);
    m_connections[connection].origin = origin;
}

void Dispatcher::received(ConnectionId connection, ByteView frame) {
    std::optional<uint32_t> id;
    try {
        handle(connection, protocol::parse_request(frame, id));
    } catch (const Error& error) {
        refuse(connection, id, error);
    }
}

/// A fault in a message that could be told apart is answered; one that could not, or that breaks
/// the order of the exchange, ends the connection as well.
void Dispatcher::refuse(ConnectionId id, std::optional<uint32_t> request, const Error& error) {
    m_log.write(LogLevel::warning, "message_refused",
                {{"connection", std::to_string(id)}, {"error", error_name(error.code())}});
    m_outbox.send(id, protocol::write_error(request, protocol::describe(error)));
    if (!request)
        m_outbox.close(id);
}

void Dispatcher::handle(ConnectionId id, Request request) {
    {
        std::lock_guard<std::mutex> lock(m_mutex);
        auto found = m_connections.find(id);
        if (found == m_connections.end())
            return;
        Connection& connection = found->second;
        bool in_order = request.id > connection.last_id &&
                        connection.greeted == (request.method != Method::hello);
        if (!in_order) {
            m_outbox.send(
                id, protocol::write_error(request.id,
                                          protocol::describe(Error(ErrorCode::message_invalid))));
            m_outbox.close(id);
            return;
        }
        connection.last_id = request.id;
    }
    switch (request.method) {
        case Method::hello:
            return greet(id, request);
        case Method::cancel:
            return cancel(id, request);
        default:
            return start(id, std::move(request));
    }
}

void Dispatcher::greet(ConnectionId id, const Request& request) {
    std::string answer;
    try {
        protocol::HelloResult result =
            hello(m_services, std::get<protocol::HelloParams>(request.params));
        answer = protocol::write_result(request.id, std::move(result));
        std::lock_guard<std::mutex> lock(m_mutex);
        auto found = m_connections.find(id);
        if (found != m_connections.end())
            found->second.greeted = true;
    } catch (const Error& error) {
        answer = protocol::write_error(request.id, protocol::describe(error));
    }
    m_outbox.send(id, std::move(answer));
}

void Dispatcher::cancel(ConnectionId id, const Request& request) {
    uint32_t target = std::get<protocol::CancelParams>(request.params).request;
    bool under_way = false;
    {
        std::lock_guard<std::mutex> lock(m_mutex);
        Connection& connection = m_connections[id];
        auto found = connection.jobs.find(target);
        under_way = found != connection.jobs.end();
        if (under_way)
            found->second->call.interrupt.raise(ErrorCode::cancelled);
    }
    m_outbox.send(id, protocol::write_result(request.id, protocol::CancelResult{under_way}));
}

size_t Dispatcher::key_calls(const Connection& connection) const {
    size_t count = 0;
    for (const auto& [id, job] : connection.jobs)
        count += job->uses_key ? 1 : 0;
    return count;
}

void Dispatcher::start(ConnectionId id, Request request) {
    std::shared_ptr<Job> job;
    uint32_t request_id = request.id;
    bool uses_key = needs_person(request.method);
    {
        std::lock_guard<std::mutex> lock(m_mutex);
        auto found = m_connections.find(id);
        if (found == m_connections.end())
            return;
        Connection& connection = found->second;
        size_t all = 0;
        for (const auto& [other, c] : m_connections)
            all += key_calls(c);
        bool full = connection.jobs.size() >= most_calls_of_connection ||
                    (uses_key && (key_calls(connection) >= most_key_calls_of_connection ||
                                  all >= most_key_calls));
        if (full) {
            m_outbox.send(
                id, protocol::write_error(request_id, protocol::describe(Error(ErrorCode::busy))));
            return;
        }
        auto tell_stage = [this, id, request_id](protocol::RequestStage stage) {
            m_outbox.send(id, protocol::write_event(protocol::RequestStageData{request_id, stage}));
        };
        job = std::make_shared<Job>(m_services, connection.origin, tell_stage);
        job->request = std::move(request);
        job->uses_key = uses_key;
        connection.jobs.emplace(request_id, job);
    }
    if (uses_key)
        job->call.stage(protocol::RequestStage::queued);
    (uses_key ? m_operations : m_queries).post([this, id, job] { run(id, job); });
}

/// The one place where the errors of operations are caught.
void Dispatcher::run(ConnectionId id, const std::shared_ptr<Job>& job) {
    uint32_t request = job->request.id;
    try {
        job->call.interrupt.check();
        protocol::Result result = run_operation(job->call, job->request);
        std::string frame = protocol::write_result(request, result);
        complete(id, *job);
        finish(id, job, std::move(frame), "ok");
    } catch (const Error& error) {
        finish(id, job, protocol::write_error(request, protocol::describe(error)),
               error_name(error.code()));
    } catch (const std::exception&) {
        finish(id, job,
               protocol::write_error(request, protocol::describe(Error(ErrorCode::internal))),
               "internal");
    }
}

/// From here on the call cannot be cancelled. One that was given up while it ran loses its result.
void Dispatcher::complete(ConnectionId id, const Job& job) {
    std::lock_guard<std::mutex> lock(m_mutex);
    job.call.interrupt.check();
    auto found = m_connections.find(id);
    if (found != m_connections.end())
        found->second.jobs.erase(job.request.id);
}

void Dispatcher::finish(ConnectionId id, const std::shared_ptr<Job>& job, std::string frame,
                        const char* outcome) {
    m_log.write(LogLevel::info, "request",
                {{"connection", std::to_string(id)},
                 {"method", protocol::method_name(job->request.method)},
                 {"outcome", outcome}});
    {
        std::lock_guard<std::mutex> lock(m_mutex);
        auto found = m_connections.find(id);
        if (found != m_connections.end())
            found->second.jobs.erase(job->request.id);
    }
    m_outbox.send(id, std::move(frame));
}

void Dispatcher::disconnected(ConnectionId connection) {
    std::lock_guard<std::mutex> lock(m_mutex);
    auto found = m_connections.find(connection);
    if (found == m_connections.end())
        return;
    for (const auto& [id, job] : found->second.jobs) {
        job->call.interrupt.raise(ErrorCode::cancelled);
    }
    m_connections.erase(found);
}

bool Dispatcher::greeted(ConnectionId connection) const {
    std::lock_guard<std::mutex> lock(m_mutex);
    auto found = m_connections.find(connection);
    return found != m_connections.end() && found->second.greeted;
}

template <class Visit>
void Dispatcher::each_job(Visit visit) {
    for (auto& [id, connection] : m_connections) {
        for (auto& [request, job] : connection.jobs)
            visit(*job);
    }
}

void Dispatcher::tokens_changed(const TokenWatcher::Changes& changes) {
    std::lock_guard<std::mutex> lock(m_mutex);
    each_job([&](Job& job) {
        for (const std::string& token : changes.removed) {
            if (job.call.is_using(token))
                job.call.interrupt.raise(ErrorCode::token_removed);
        }
    });
    for (const auto& [id, connection] : m_connections) {
        if (!connection.greeted)
            continue;
        for (const std::string& token : changes.removed) {
            m_outbox.send(id, protocol::write_event(protocol::TokenRemovedData{token}));
        }
        for (const protocol::TokenInfo& token : changes.added) {
            m_outbox.send(id, protocol::write_event(protocol::TokenAddedData{token}));
        }
    }
}

void Dispatcher::stop() {
    std::lock_guard<std::mutex> lock(m_mutex);
    each_job([](Job& job) { job.call.interrupt.raise(ErrorCode::cancelled); });
}

}  // namespace bidseal::bridge
