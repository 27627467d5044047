// The WebSocket server on the loopback interface. libwebsockets is known here alone.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "bridge/local/base/log.h"
#include "bridge/local/operations/dispatcher.h"
#include "bridge/local/policy/origin.h"

namespace bidseal::bridge {

struct ServerOptions {
    std::vector<uint16_t> ports;  ///< the first that is free is taken
    /// PEM: with both it listens with TLS as well, at the port after the one that it takes.
    std::string certificate_file, key_file;
    OriginPolicy origins;
    size_t most_connections = 32;
    size_t most_of_origin = 16;     ///< so that one page cannot take all places
    unsigned hello_seconds = 10;    ///< from the connection to the first message's end
    unsigned message_seconds = 10;  ///< from a message's first byte to its last
    unsigned idle_seconds = 30;     ///< without an answer to a ping
};

/// Listens on 127.0.0.1 and ::1 at one port. Refuses with 403 before the upgrade whatever the
/// OriginPolicy refuses and every peer of another user. Frames are collected up to what their
/// method allows; a peer that sends binary frames, too much or too slowly is dropped.
class Server : public Outbox {
public:
    /// Opens the sockets. Throws Error(io_read) when no port is free.
    Server(ServerOptions options, Log& log);
    ~Server() override;

    uint16_t port() const;
    /// With TLS; 0 when it was not asked for, or that port is not free.
    uint16_t secure_port() const;

    /// Serves until stop(). `dispatcher` must outlive the call.
    void run(Dispatcher& dispatcher);
    /// Ends run(). May be called from a signal handler.
    void stop();

    void send(ConnectionId connection, std::string frame) override;
    void close(ConnectionId connection) override;

    struct Impl;

private:
    std::unique_ptr<Impl> m_impl;
};

}  // namespace bidseal::bridge
