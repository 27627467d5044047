// From messages to operations and back. Knows nothing of sockets: frames come in as bytes and leave
// through an Outbox. All errors of all operations are caught here and nowhere else.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "bridge/local/base/log.h"
#include "bridge/local/operations/call.h"
#include "bridge/local/operations/executor.h"
#include "bridge/local/pairing/exchange.h"
#include "bridge/local/tokens/token_watcher.h"

namespace bidseal::bridge {

/// Where frames go. Both functions may be called from any thread and do not wait.
class Outbox {
public:
    virtual ~Outbox() = default;
    virtual void send(ConnectionId connection, std::string frame) = 0;
    /// Ends the connection after what was sent has left.
    virtual void close(ConnectionId connection) = 0;
};

/// Calls of one connection that may wait at once, and of all together; more get the error `busy`.
inline constexpr size_t most_calls_of_connection = 8;
inline constexpr size_t most_person_calls_of_connection = 2;
inline constexpr size_t most_person_calls = 8;

class Dispatcher {
public:
    /// `queries` runs what only looks; `operations` runs what needs a person, one after the other,
    /// so that there is one window at a time; `batches` runs what is done under a grant, which may
    /// take its time. All must outlive the dispatcher, the executors' work
    /// excepted: end them first.
    Dispatcher(Services& services, Executor& queries, Executor& operations, Executor& batches,
               Outbox& outbox, Log& log);

    /// The transport has checked origin, host, protocol and peer.
    void connected(ConnectionId connection, const std::string& origin, const std::string& host);
    /// A whole text frame. Answers, or ends the connection when it breaks the protocol.
    void received(ConnectionId connection, ByteView frame);
    /// Its calls are given up.
    void disconnected(ConnectionId connection);

    /// Whether the connection has said hello.
    bool greeted(ConnectionId connection) const;
    /// Most bytes of a frame that begins so: only pages that were let in may send large ones.
    size_t frame_limit(ConnectionId connection, ByteView start) const;
    /// Tells all connections whose pages are paired; ends calls that use a removed token.
    void tokens_changed(const TokenWatcher::Changes& changes);
    /// To be called now and then: ends requests whose time is over, grants that expired, and what
    /// pages do whose pairing was revoked.
    void tick();
    /// Gives up all calls: the daemon ends.
    void stop();

private:
    struct Job {
        Job(Services& services, ConnectionId connection, std::string origin,
            std::function<void(protocol::RequestStage)> tell_stage)
            : call(services, connection, std::move(origin), std::move(tell_stage)) {}
        Call call;
        protocol::Request request;
        bool needs_person = false;
        PairingOffer offer;  ///< of pair.confirm
        std::optional<std::chrono::steady_clock::time_point> deadline;
    };
    struct Connection {
        Connection(const std::string& origin, const std::string& host)
            : origin(origin), exchange(origin, host) {}
        std::string origin;
        PairingExchange exchange;
        bool greeted = false;
        uint32_t last_id = 0;
        std::map<uint32_t, std::shared_ptr<Job>> jobs;
    };

    void handle(ConnectionId id, protocol::Request request);
    void greet(ConnectionId id, const protocol::Request& request);
    void cancel(ConnectionId id, const protocol::Request& request);
    void prove(ConnectionId id, const protocol::Request& request);
    void begin_pairing(ConnectionId id, const protocol::Request& request);
    /// Answers a request that is done at once; `work` runs under the lock and throws Error.
    template <class Work>
    void answer_now(ConnectionId id, const protocol::Request& request, Work work);
    Connection* find(ConnectionId id);
    void shut_out(ConnectionId id, Connection& connection);
    void end_grants(std::function<void(GrantStore&)> end);
    void start(ConnectionId id, protocol::Request request);
    void run(ConnectionId id, const std::shared_ptr<Job>& job);
    void complete(ConnectionId id, const Job& job);
    void finish(ConnectionId id, const std::shared_ptr<Job>& job, std::string frame,
                const char* outcome);
    void refuse(ConnectionId id, std::optional<uint32_t> request, const Error& error);
    size_t person_calls(const Connection& connection) const;
    Executor& executor_of(const Job& job);
    template <class Visit>
    void each_job(Visit visit);

    Services& m_services;
    Executor& m_queries;
    Executor& m_operations;
    Executor& m_batches;
    Outbox& m_outbox;
    Log& m_log;
    mutable std::mutex m_mutex;
    std::map<ConnectionId, Connection> m_connections;
};

}  // namespace bidseal::bridge
