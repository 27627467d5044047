// HTTP and WebSocket over libwebsockets: bytes in, bytes out. What they mean is the handler's
// matter.
#pragma once

#include <memory>
#include <string>

#include "bidseal/base/bytes.h"

#include "bridge/cloud/base/log.h"
#include "bridge/cloud/hub/hub_service.h"

namespace bidseal::cloud {

inline constexpr const char* hub_subprotocol = "bidseal-hub.v1";
inline constexpr size_t max_http_body = (1 << 20) + 4096;
inline constexpr size_t max_socket_message = session::max_frame + 1024;

using RequestId = uint64_t;

struct HttpRequest {
    std::string method;  ///< GET or POST
    std::string path;
    Bytes body;
    std::string address;  ///< the peer's
};

struct HttpResponse {
    unsigned status = 200;
    std::string type = "application/json";
    Bytes body;
};

/// Called from the event loop: it must not block.
class TransportHandler {
public:
    virtual ~TransportHandler() = default;
    /// To be answered by Server::answer(), from any thread.
    virtual void request(RequestId id, HttpRequest request) = 0;
    virtual void message(ConnectionId id, const std::string& address, Bytes message) = 0;
    virtual void disconnected(ConnectionId id) = 0;
};

struct ServerOptions {
    std::string address = "127.0.0.1";  ///< IPv4; 0.0.0.0 for all
    uint16_t port = 0;
    std::string tls_certificate, tls_key;  ///< PEM files; without them plain HTTP
    unsigned most_connections = 12'000;
};

class Server : public HubOutbox {
public:
    /// Listens. Throws Error: io_read (the port is taken, a TLS file is not to be read), internal.
    Server(ServerOptions options, Log& log);
    ~Server() override;

    /// Serves until stop(), and then until the requests under way are answered, at most 3 s.
    void run(TransportHandler& handler);
    /// From any thread or signal handler.
    void stop();
    /// Looks whether the time after stop() is over. From any thread, now and then.
    void wake();

    /// From any thread. For a request or connection that has gone nothing happens.
    void answer(RequestId id, HttpResponse response);
    void send(ConnectionId connection, Bytes message) override;
    size_t connections() const;

    struct Impl;

private:
    std::unique_ptr<Impl> m_impl;
};

}  // namespace bidseal::cloud
