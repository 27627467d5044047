#include "bridge/local/operations/dispatcher.h"

#include "bridge/local/operations/operations.h"

namespace bidseal::bridge {

namespace {

using protocol::Method;
using protocol::Request;

bool needs_person(Method method) {
    return method == Method::pair_confirm || method == Method::login ||
           method == Method::grant_open || method == Method::sign_bid ||
           method == Method::sign_openers || method == Method::unwrap_envelopes ||
           method == Method::rehearse_envelopes;
}

bool works_under_grant(Method method) {
    return method == Method::grant_close || method == Method::sign_messages ||
           method == Method::sign_digests || method == Method::decrypt_envelopes ||
           method == Method::encrypt;
}

/// What a page may ask for before it is paired.
bool is_open_to_all(Method method) {
    return method == Method::hello || method == Method::pair_prove ||
           method == Method::pair_begin || method == Method::pair_confirm ||
           method == Method::cancel;
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
        case Method::login:
            return login(call, std::get<protocol::LoginParams>(request.params));
        case Method::grant_open:
            return open_grant(call, std::get<protocol::GrantOpenParams>(request.params));
        case Method::grant_close:
            return close_grant(call, std::get<protocol::GrantCloseParams>(request.params));
        case Method::sign_messages:
            return sign_messages(call, std::get<protocol::SignMessagesParams>(request.params));
        case Method::sign_digests:
            return sign_digests(call, std::get<protocol::SignDigestsParams>(request.params));
        case Method::decrypt_envelopes:
            return decrypt_envelopes(call,
                                     std::get<protocol::DecryptEnvelopesParams>(request.params));
        case Method::encrypt:
            return encrypt(call, std::get<protocol::EncryptParams>(request.params));
        case Method::random:
            return token_random(call, std::get<protocol::RandomParams>(request.params));
        case Method::hello:
        case Method::pair_prove:
        case Method::pair_begin:
        case Method::pair_confirm:
        case Method::cancel:
            break;  // answered by the dispatcher itself
    }
    throw Error(ErrorCode::internal);
}

}  // namespace

Dispatcher::Dispatcher(Services& services, Executor& queries, Executor& operations,
                       Executor& batches, Outbox& outbox, Log& log)
    : m_services(services),
      m_queries(queries),
      m_operations(operations),
      m_batches(batches),
      m_outbox(outbox),
      m_log(log) {
    m_services.grants.ended = [this](ConnectionId connection, const std::string& grant,
                                     ErrorCode reason) {
        m_outbox.send(connection, protocol::write_event(protocol::GrantEndedData{grant, reason}));
    };
}

void Dispatcher::connected(ConnectionId connection, const std::string& origin,
                           const std::string& host) {
    std::lock_guard<std::mutex> lock(m_mutex);
    m_connections.emplace(connection, Connection(origin, host));
}

Dispatcher::Connection* Dispatcher::find(ConnectionId id) {
    auto found = m_connections.find(id);
    return found == m_connections.end() ? nullptr : &found->second;
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
        Connection* found = find(id);
        if (!found)
            return;
        Connection& connection = *found;
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
        const bool was_paired = connection.exchange.was_paired();
        bool let_in = is_open_to_all(request.method) ||
                      connection.exchange.is_paired(m_services.pairings, m_services.origins);
        if (!let_in) {
            if (was_paired)
                shut_out(id, connection);
            m_outbox.send(id, protocol::write_error(
                                  request.id, protocol::describe(Error(ErrorCode::not_paired))));
            return;
        }
    }
    switch (request.method) {
        case Method::hello:
            return greet(id, request);
        case Method::pair_prove:
            return prove(id, request);
        case Method::pair_begin:
            return begin_pairing(id, request);
        case Method::cancel:
            return cancel(id, request);
        default:
            return start(id, std::move(request));
    }
}

template <class Work>
void Dispatcher::answer_now(ConnectionId id, const Request& request, Work work) {
    std::string answer;
    {
        std::lock_guard<std::mutex> lock(m_mutex);
        Connection* connection = find(id);
        if (!connection)
            return;
        try {
            answer = protocol::write_result(request.id, work(*connection));
        } catch (const Error& error) {
            m_log.write(LogLevel::info, "request",
                        {{"connection", std::to_string(id)},
                         {"method", protocol::method_name(request.method)},
                         {"outcome", error_name(error.code())}});
            answer = protocol::write_error(request.id, protocol::describe(error));
        }
    }
    m_outbox.send(id, std::move(answer));
}

void Dispatcher::greet(ConnectionId id, const Request& request) {
    answer_now(id, request, [&](Connection& connection) {
        protocol::HelloResult result =
            hello(m_services, std::get<protocol::HelloParams>(request.params), connection.exchange);
        connection.greeted = true;
        return result;
    });
}

void Dispatcher::prove(ConnectionId id, const Request& request) {
    answer_now(id, request, [&](Connection& connection) {
        return protocol::PairedResult{
            connection.exchange.prove(m_services.pairings, m_services.origins,
                                      std::get<protocol::PairProveParams>(request.params))};
    });
}

void Dispatcher::begin_pairing(ConnectionId id, const Request& request) {
    answer_now(id, request, [&](Connection& connection) {
        return connection.exchange.begin(std::get<protocol::PairBeginParams>(request.params),
                                         m_services.origins, m_services.random);
    });
}

void Dispatcher::cancel(ConnectionId id, const Request& request) {
    uint32_t target = std::get<protocol::CancelParams>(request.params).request;
    bool under_way = false;
    {
        std::lock_guard<std::mutex> lock(m_mutex);
        Connection* connection = find(id);
        if (!connection)
            return;
        auto found = connection->jobs.find(target);
        under_way = found != connection->jobs.end();
        if (under_way)
            found->second->call.interrupt.raise(ErrorCode::cancelled);
    }
    m_outbox.send(id, protocol::write_result(request.id, protocol::CancelResult{under_way}));
}

size_t Dispatcher::person_calls(const Connection& connection) const {
    size_t count = 0;
    for (const auto& [id, job] : connection.jobs)
        count += job->needs_person ? 1 : 0;
    return count;
}

void Dispatcher::start(ConnectionId id, Request request) {
    std::shared_ptr<Job> job;
    uint32_t request_id = request.id;
    bool person = needs_person(request.method);
    std::optional<Error> refused;
    {
        std::lock_guard<std::mutex> lock(m_mutex);
        Connection* connection = find(id);
        if (!connection)
            return;
        size_t all = 0;
        for (const auto& [other, c] : m_connections)
            all += person_calls(c);
        bool full = connection->jobs.size() >= most_calls_of_connection ||
                    (person && (person_calls(*connection) >= most_person_calls_of_connection ||
                                all >= most_person_calls));
        // A page that was not let in is told no events.
        const bool is_told = request.method != Method::pair_confirm;
        auto tell_stage = [this, id, request_id, is_told](protocol::RequestStage stage) {
            if (!is_told)
                return;
            m_outbox.send(id, protocol::write_event(protocol::RequestStageData{request_id, stage}));
        };
        job = std::make_shared<Job>(m_services, id, connection->origin, tell_stage);
        try {
            require(!full, ErrorCode::busy);
            m_services.requests.take(connection->origin);
            if (request.method == Method::pair_confirm) {
                job->offer = connection->exchange.take_offer(
                    std::get<protocol::PairConfirmParams>(request.params));
            }
            if (request.timeout) {
                job->deadline = m_services.steady() + std::chrono::milliseconds(*request.timeout);
            }
            job->request = std::move(request);
            job->needs_person = person;
            connection->jobs.emplace(request_id, job);
        } catch (const Error& error) {
            refused = error;
        }
    }
    if (refused) {
        m_outbox.send(id, protocol::write_error(request_id, protocol::describe(*refused)));
        return;
    }
    if (person)
        job->call.stage(protocol::RequestStage::queued);
    executor_of(*job).post([this, id, job] { run(id, job); });
}

Executor& Dispatcher::executor_of(const Job& job) {
    if (job.needs_person)
        return m_operations;
    return works_under_grant(job.request.method) ? m_batches : m_queries;
}

/// The one place where the errors of operations are caught.
void Dispatcher::run(ConnectionId id, const std::shared_ptr<Job>& job) {
    uint32_t request = job->request.id;
    try {
        job->call.interrupt.check();
        protocol::Result result = job->request.method == Method::pair_confirm
                                      ? protocol::Result(confirm_pairing(job->call, job->offer))
                                      : run_operation(job->call, job->request);
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
    Connection* connection = find(id);
    if (!connection)
        return;
    connection->jobs.erase(job.request.id);
    if (job.request.method == Method::pair_confirm)
        connection->exchange.pair(job.offer.key);
}

void Dispatcher::finish(ConnectionId id, const std::shared_ptr<Job>& job, std::string frame,
                        const char* outcome) {
    m_log.write(LogLevel::info, "request",
                {{"connection", std::to_string(id)},
                 {"method", protocol::method_name(job->request.method)},
                 {"outcome", outcome}});
    {
        std::lock_guard<std::mutex> lock(m_mutex);
        if (Connection* connection = find(id))
            connection->jobs.erase(job->request.id);
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
    end_grants([connection](GrantStore& grants) { grants.end_of_connection(connection); });
}

/// Ending a grant logs out, which may take a token's time: never in the event loop.
void Dispatcher::end_grants(std::function<void(GrantStore&)> end) {
    m_queries.post([this, end = std::move(end)] { end(m_services.grants); });
}

size_t Dispatcher::frame_limit(ConnectionId id, ByteView start) const {
    std::lock_guard<std::mutex> lock(m_mutex);
    auto found = m_connections.find(id);
    bool let_in = found != m_connections.end() && found->second.exchange.was_paired();
    return let_in ? protocol::frame_limit_of(start) : protocol::frame_limit;
}

void Dispatcher::tick() {
    std::lock_guard<std::mutex> lock(m_mutex);
    const auto now = m_services.steady();
    for (auto& [id, connection] : m_connections) {
        for (const auto& [request, job] : connection.jobs) {
            if (job->deadline && now >= *job->deadline)
                job->call.interrupt.raise(ErrorCode::timed_out);
        }
        if (connection.exchange.was_paired() &&
            !connection.exchange.is_paired(m_services.pairings, m_services.origins))
            shut_out(id, connection);
    }
    end_grants([](GrantStore& grants) { grants.expire(); });
}

/// A pairing that was revoked takes what is under way with it.
void Dispatcher::shut_out(ConnectionId id, Connection& connection) {
    for (const auto& [request, job] : connection.jobs)
        job->call.interrupt.raise(ErrorCode::not_paired);
    end_grants([id](GrantStore& grants) { grants.end_of_connection(id); });
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
    for (const std::string& token : changes.removed)
        end_grants([token](GrantStore& grants) { grants.end_of_token(token); });
    for (auto& [id, connection] : m_connections) {
        if (!connection.exchange.is_paired(m_services.pairings, m_services.origins))
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
