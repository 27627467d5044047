// The hub: carries a session's messages between page and phone and keeps them until they have
// arrived. It drives the core's HubSession over a store, so a new process goes on where one ended.
#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <string>

#include "bidseal/session/hub.h"

#include "bridge/cloud/device/ticket.h"
#include "bridge/cloud/hub/platform_message.h"
#include "bridge/cloud/store/records.h"

namespace bidseal::cloud {

/// A client's WebSocket; 0: none, the answer goes back on the request it came with.
using ConnectionId = uint64_t;

/// Whoever can reach clients. Safe for use by several threads.
class HubOutbox {
public:
    virtual ~HubOutbox() = default;
    virtual void send(ConnectionId connection, Bytes message) = 0;
};

class HubService {
public:
    struct Parts {
        Records& records;
        crypto::Sm2PublicKey enrol;
        crypto::TrustStore trust;
        std::vector<crypto::CertificateDigest> platforms;
        const Clock& clock;
        /// Milliseconds since 1970: sessions outlive the process.
        std::function<session::Millis()> millis;
        Random& random;
        HubOutbox& outbox;
    };
    explicit HubService(Parts parts) : m_parts(std::move(parts)) {}

    /// A platform's signed draft: the session is there from now on. The same again changes nothing.
    /// Throws Error: those of PlatformMessage, session_conflict, session_request.
    void open(ByteView message);
    /// A platform's further request of a sealing session; the same again changes nothing. Throws
    /// Error: those of PlatformMessage, session_unknown.
    void next_request(ByteView message);

    /// A client's message (BSH1), or a phone's ticket (BST1), which holds for the connection. What
    /// there is to say goes to the outbox. `address` is where the client is. Throws
    /// Error(session_message) and those of DeviceTicket.
    void receive(ConnectionId connection, const std::string& address, ByteView message);
    /// The same without a connection: gives the reply. A claim brings its ticket along.
    std::optional<Bytes> request(const std::string& address, ByteView message,
                                 const std::optional<DeviceTicket>& ticket);
    void disconnected(ConnectionId connection);
    /// Codes that are due, ends of sessions. Call it every half second or so.
    void tick();

    size_t connected_sessions();

private:
    struct Live {
        std::map<session::Side, ConnectionId> connections;
        session::Millis next_tick = 0;
    };
    struct Client {
        std::optional<DeviceTicket> ticket;
        std::optional<std::pair<session::Sid, session::Side>> place;
    };
    std::optional<session::HubMessage> handle(const std::string& address,
                                              const session::HubMessage& message,
                                              const std::optional<DeviceTicket>& ticket,
                                              ConnectionId connection);
    void check_claim(const session::Claim& claim, const std::optional<DeviceTicket>& ticket) const;
    void place(ConnectionId connection, const session::Sid& sid, session::Side side,
               std::optional<session::Millis> next_tick);
    void leave(ConnectionId connection, const std::pair<session::Sid, session::Side>& place);
    void push(const session::Sid& sid, const std::vector<session::Push>& pushes);
    bool poll_is_due(const session::Sid& sid, session::Side side, session::Millis now);

    Parts m_parts;
    std::mutex m_mutex;  // of what follows
    std::map<session::Sid, Live> m_live;
    std::map<ConnectionId, Client> m_clients;
    std::map<std::pair<session::Sid, session::Side>, session::Millis> m_heard;
};

}  // namespace bidseal::cloud
