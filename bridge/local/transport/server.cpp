#include "bridge/local/transport/server.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstring>
#include <deque>
#include <map>
#include <mutex>
#include <optional>

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <libwebsockets.h>

#include "bidseal/base/secret.h"
#include "bidseal/protocol/message_io.h"

#include "bridge/local/policy/peer.h"

namespace bidseal::bridge {

namespace {

/// More than this waiting to be read by a page means that it does not read.
constexpr size_t most_bytes_to_send = 16u << 20;
constexpr size_t receive_buffer = 65536;

struct Peer {
    lws* wsi = nullptr;
    std::string origin;
    std::string incoming;
    std::deque<std::string> outgoing;
    size_t outgoing_bytes = 0;
    bool closing = false;
    /// When it is dropped: before its hello, and in the middle of a message.
    std::optional<std::chrono::steady_clock::time_point> deadline;
};

/// What libwebsockets keeps for each socket.
struct SocketData {
    ConnectionId id;
};

std::string header(lws* wsi, lws_token_indexes token) {
    char text[512];
    int size = lws_hdr_copy(wsi, text, sizeof text, token);
    return size > 0 ? std::string(text, static_cast<size_t>(size)) : std::string();
}

Handshake handshake_of(lws* wsi) {
    return {header(wsi, WSI_TOKEN_HOST), header(wsi, WSI_TOKEN_ORIGIN),
            header(wsi, WSI_TOKEN_PROTOCOL)};
}

bool port_is_free(uint16_t port) {
    int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return false;
    int yes = 1;
    ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    bool free = ::bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
    ::close(fd);
    return free;
}

int on_event(lws* wsi, lws_callback_reasons reason, void* user, void* in, size_t size);

const lws_protocols protocols[] = {
    {"http", on_event, sizeof(SocketData), receive_buffer, 0, nullptr, 0},
    {protocol::bridge_protocol, on_event, sizeof(SocketData), receive_buffer, 0, nullptr, 0},
    {nullptr, nullptr, 0, 0, 0, nullptr, 0},
};

}  // namespace

struct Server::Impl {
    Impl(ServerOptions options, Log& log) : options(std::move(options)), log(log) {}

    ServerOptions options;
    Log& log;
    Dispatcher* dispatcher = nullptr;
    lws_context* context = nullptr;
    lws_retry_bo_t idle{};
    uint16_t port = 0, secure_port = 0;
    size_t sockets = 0;
    ConnectionId last_id = 0;
    std::map<ConnectionId, Peer> peers;  // of the event loop alone
    std::atomic<bool> ending{false};

    struct Post {
        ConnectionId connection;
        std::string frame;
        bool close;
    };
    std::mutex mutex;
    std::deque<Post> posts;  // from any thread

    void open();
    bool listen_on(uint16_t port, bool secure);
    void open_secure();
    void add_post(Post post);
    void take_posts();

    Refusal check(lws* wsi, bool upgrade);
    bool is_crowded(lws* wsi) const;
    int refuse(lws* wsi, const char* reason);
    int answer_http(lws* wsi, const char* path);
    int established(lws* wsi, SocketData& data);
    int receive(lws* wsi, ConnectionId id, ByteView piece);
    int write_next(lws* wsi, ConnectionId id);
    void closed(ConnectionId id);
    void set_deadline(Peer& peer, unsigned seconds);
    int timer(lws* wsi, ConnectionId id);
};

void Server::Impl::open() {
    lws_set_log_level(0, nullptr);
    idle.secs_since_valid_ping = static_cast<uint16_t>(options.idle_seconds / 2);
    idle.secs_since_valid_hangup = static_cast<uint16_t>(options.idle_seconds);
    lws_context_creation_info info{};
    info.options = LWS_SERVER_OPTION_EXPLICIT_VHOSTS;
    if (!options.certificate_file.empty())
        info.options |= LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT;
    info.user = this;
    info.uid = static_cast<uid_t>(-1);
    info.gid = static_cast<gid_t>(-1);
    info.timeout_secs = 5;
    info.timeout_secs_ah_idle = 5;
    info.max_http_header_pool = static_cast<unsigned short>(options.most_connections);
    info.pt_serv_buf_size = receive_buffer;
    context = lws_create_context(&info);
    require(context != nullptr, ErrorCode::internal, "no event loop");
    for (uint16_t candidate : options.ports) {
        if (port_is_free(candidate) && listen_on(candidate, false)) {
            port = candidate;
            open_secure();
            return;
        }
    }
    throw Error(ErrorCode::io_read, "no port is free");
}

/// The second way in; without it the first still works.
void Server::Impl::open_secure() {
    if (options.certificate_file.empty() || port == UINT16_MAX)
        return;
    const auto candidate = static_cast<uint16_t>(port + 1);
    if (port_is_free(candidate) && listen_on(candidate, true))
        secure_port = candidate;
    else
        log.write(LogLevel::error, "no_tls_port", {{"port", std::to_string(candidate)}});
}

bool Server::Impl::listen_on(uint16_t candidate, bool secure) {
    lws_context_creation_info info{};
    const uint64_t tls = secure ? LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT : 0;
    if (secure) {
        info.ssl_cert_filepath = options.certificate_file.c_str();
        info.ssl_private_key_filepath = options.key_file.c_str();
        // Browsers would take HTTP/2, in which libwebsockets shows neither the Host nor a socket.
        info.alpn = "http/1.1";
        info.ssl_options_set = SSL_OP_NO_TLSv1 | SSL_OP_NO_TLSv1_1 | SSL_OP_NO_RENEGOTIATION;
    }
    info.port = candidate;
    info.protocols = protocols;
    info.keepalive_timeout = 5;
    info.timeout_secs = 5;
    info.retry_and_idle_policy = &idle;
    // With an address alone libwebsockets 4.1 still listens everywhere: these options bind it.
    info.vhost_name = secure ? "v4-tls" : "v4";
    info.iface = "127.0.0.1";
    info.options =
        tls | LWS_SERVER_OPTION_DISABLE_IPV6 | LWS_SERVER_OPTION_FAIL_UPON_UNABLE_TO_BIND;
    if (!lws_create_vhost(context, &info))
        return false;
    info.vhost_name = secure ? "v6-tls" : "v6";
    info.iface = "::1";
    info.options = tls | LWS_SERVER_OPTION_IPV6_V6ONLY_MODIFY |
                   LWS_SERVER_OPTION_IPV6_V6ONLY_VALUE | LWS_SERVER_OPTION_FAIL_UPON_UNABLE_TO_BIND;
    // A machine may have no IPv6 at all.
    if (!lws_create_vhost(context, &info))
        log.write(LogLevel::warning, "no_ipv6_loopback");
    return true;
}

void Server::Impl::add_post(Post post) {
    {
        std::lock_guard<std::mutex> lock(mutex);
        posts.push_back(std::move(post));
    }
    lws_cancel_service(context);
}

void Server::Impl::take_posts() {
    std::deque<Post> taken;
    {
        std::lock_guard<std::mutex> lock(mutex);
        taken.swap(posts);
    }
    for (Post& post : taken) {
        auto found = peers.find(post.connection);
        if (found == peers.end())
            continue;
        Peer& peer = found->second;
        peer.outgoing_bytes += post.frame.size();
        if (!post.frame.empty())
            peer.outgoing.push_back(std::move(post.frame));
        peer.closing = peer.closing || post.close || peer.outgoing_bytes > most_bytes_to_send;
        lws_callback_on_writable(peer.wsi);
    }
}

Refusal Server::Impl::check(lws* wsi, bool upgrade) {
    Handshake handshake = handshake_of(wsi);
    const auto here = static_cast<uint16_t>(lws_get_vhost_listen_port(lws_get_vhost(wsi)));
    Refusal refusal = upgrade ? options.origins.check_upgrade(handshake, here)
                              : options.origins.check_page(handshake, here);
    if (refusal != Refusal::none)
        return refusal;
    std::optional<uint32_t> user = peer_user(lws_get_socket_fd(wsi));
    return user && *user == ::geteuid() ? Refusal::none : Refusal::peer;
}

/// Whether the page has all the places that one page may have.
bool Server::Impl::is_crowded(lws* wsi) const {
    const std::string origin = header(wsi, WSI_TOKEN_ORIGIN);
    const auto of_origin = std::count_if(peers.begin(), peers.end(), [&](const auto& entry) {
        return entry.second.origin == origin;
    });
    return static_cast<size_t>(of_origin) >= options.most_of_origin;
}

int Server::Impl::refuse(lws* wsi, const char* reason) {
    log.write(LogLevel::warning, "refused",
              {{"reason", reason}, {"origin", header(wsi, WSI_TOKEN_ORIGIN)}});
    lws_return_http_status(wsi, HTTP_STATUS_FORBIDDEN, nullptr);
    return 1;
}

/// The health page and its preflight. It tells that a bridge runs here and nothing else; fetching
/// it makes the browser ask the user for the permission to reach local programs.
int Server::Impl::answer_http(lws* wsi, const char* path) {
    Refusal refusal = check(wsi, false);
    if (refusal != Refusal::none) {
        refuse(wsi, refusal_name(refusal));
        return -1;
    }
    bool preflight = lws_hdr_total_length(wsi, WSI_TOKEN_OPTIONS_URI) > 0;
    bool get = lws_hdr_total_length(wsi, WSI_TOKEN_GET_URI) > 0;
    if (std::strcmp(path, protocol::bridge_health_path) != 0 || (!preflight && !get)) {
        lws_return_http_status(wsi, HTTP_STATUS_NOT_FOUND, nullptr);
        return -1;
    }
    std::string body =
        preflight ? "" : "{\"bridge\":\"" + std::string(protocol::bridge_protocol) + "\"}";
    std::string origin = header(wsi, WSI_TOKEN_ORIGIN);
    std::string head = preflight ? "HTTP/1.1 204 No Content\r\n" : "HTTP/1.1 200 OK\r\n";
    head += "Access-Control-Allow-Origin: " + origin + "\r\nVary: Origin\r\n";
    if (preflight) {
        head +=
            "Access-Control-Allow-Methods: GET\r\n"
            "Access-Control-Allow-Private-Network: true\r\n"
            "Access-Control-Max-Age: 60\r\n";
    } else {
        head +=
            "Content-Type: application/json\r\nCache-Control: no-store\r\n"
            "X-Content-Type-Options: nosniff\r\n"
            "Content-Length: " +
            std::to_string(body.size()) + "\r\n";
    }
    head += "Connection: close\r\n\r\n" + body;
    std::vector<uint8_t> buffer(LWS_PRE);
    buffer.insert(buffer.end(), head.begin(), head.end());
    lws_write(wsi, buffer.data() + LWS_PRE, head.size(), LWS_WRITE_HTTP_HEADERS);
    return -1;
}

/// libwebsockets 4.1 cannot take a timer back (asking for it makes it fire at once), so the
/// deadline stands here and a timer that comes without one, or early, does nothing.
void Server::Impl::set_deadline(Peer& peer, unsigned seconds) {
    peer.deadline = std::chrono::steady_clock::now() + std::chrono::seconds(seconds);
    lws_set_timer_usecs(peer.wsi, static_cast<lws_usec_t>(seconds) * LWS_USEC_PER_SEC);
}

int Server::Impl::timer(lws* wsi, ConnectionId id) {
    auto found = peers.find(id);
    if (found == peers.end() || !found->second.deadline)
        return 0;
    auto left = *found->second.deadline - std::chrono::steady_clock::now();
    if (left > std::chrono::milliseconds(1)) {
        lws_set_timer_usecs(wsi,
                            std::chrono::duration_cast<std::chrono::microseconds>(left).count());
        return 0;
    }
    log.write(LogLevel::warning, "too_slow", {{"connection", std::to_string(id)}});
    return -1;
}

int Server::Impl::established(lws* wsi, SocketData& data) {
    data.id = ++last_id;
    Peer& peer = peers[data.id];
    peer.wsi = wsi;
    peer.origin = header(wsi, WSI_TOKEN_ORIGIN);
    dispatcher->connected(data.id, header(wsi, WSI_TOKEN_ORIGIN), header(wsi, WSI_TOKEN_HOST));
    log.write(LogLevel::info, "connected", {{"connection", std::to_string(data.id)}});
    set_deadline(peer, options.hello_seconds);
    return 0;
}

int Server::Impl::receive(lws* wsi, ConnectionId id, ByteView piece) {
    Peer& peer = peers[id];
    if (peer.closing)
        return 0;
    if (lws_frame_is_binary(wsi)) {
        lws_close_reason(wsi, LWS_CLOSE_STATUS_UNACCEPTABLE_OPCODE, nullptr, 0);
        return -1;
    }
    bool greeted = dispatcher->greeted(id);
    if (!peer.deadline && greeted) {
        set_deadline(peer, options.message_seconds);
    }
    peer.incoming.append(as_text(piece));
    bool whole = lws_is_final_fragment(wsi) && lws_remaining_packet_payload(wsi) == 0;
    // What a frame will become is told in advance by its first frame's length where it is large.
    size_t announced = peer.incoming.size() + lws_remaining_packet_payload(wsi);
    bool start_known = whole || peer.incoming.size() >= protocol::max_frame_start;
    size_t limit =
        start_known ? dispatcher->frame_limit(id, as_bytes(peer.incoming)) : protocol::frame_limit;
    if (peer.incoming.size() > limit || (start_known && announced > limit)) {
        log.write(LogLevel::warning, "frame_too_large", {{"connection", std::to_string(id)}});
        lws_close_reason(wsi, LWS_CLOSE_STATUS_MESSAGE_TOO_LARGE, nullptr, 0);
        return -1;
    }
    if (!whole)
        return 0;
    std::string frame;
    frame.swap(peer.incoming);
    dispatcher->received(id, as_bytes(frame));
    if (dispatcher->greeted(id))
        peer.deadline.reset();
    return 0;
}

int Server::Impl::write_next(lws* wsi, ConnectionId id) {
    Peer& peer = peers[id];
    if (!peer.outgoing.empty()) {
        std::string frame = std::move(peer.outgoing.front());
        peer.outgoing.pop_front();
        peer.outgoing_bytes -= frame.size();
        std::vector<uint8_t> buffer(LWS_PRE);
        buffer.insert(buffer.end(), frame.begin(), frame.end());
        int written = lws_write(wsi, buffer.data() + LWS_PRE, frame.size(), LWS_WRITE_TEXT);
        // A released share may have stood in it.
        wipe(buffer.data(), buffer.size());
        wipe(frame.data(), frame.size());
        if (written < 0)
            return -1;
    }
    if (!peer.outgoing.empty()) {
        lws_callback_on_writable(wsi);
    } else if (peer.closing) {
        lws_close_reason(wsi, LWS_CLOSE_STATUS_POLICY_VIOLATION, nullptr, 0);
        return -1;
    }
    return 0;
}

void Server::Impl::closed(ConnectionId id) {
    if (peers.erase(id) == 0)
        return;
    dispatcher->disconnected(id);
    log.write(LogLevel::info, "disconnected", {{"connection", std::to_string(id)}});
}

namespace {

int on_event(lws* wsi, lws_callback_reasons reason, void* user, void* in, size_t size) {
    auto* server = static_cast<Server::Impl*>(lws_context_user(lws_get_context(wsi)));
    if (!server || !server->dispatcher)
        return 0;
    auto* data = static_cast<SocketData*>(user);
    switch (reason) {
        case LWS_CALLBACK_FILTER_NETWORK_CONNECTION:
            return server->sockets >= server->options.most_connections ? 1 : 0;
        case LWS_CALLBACK_WSI_CREATE:
            ++server->sockets;
            return 0;
        case LWS_CALLBACK_WSI_DESTROY:
            if (server->sockets > 0)
                --server->sockets;
            return 0;
        case LWS_CALLBACK_HTTP_CONFIRM_UPGRADE: {
            Refusal refusal = server->check(wsi, true);
            if (refusal != Refusal::none)
                return server->refuse(wsi, refusal_name(refusal));
            return server->is_crowded(wsi) ? server->refuse(wsi, "crowded") : 0;
        }
        case LWS_CALLBACK_HTTP:
            return server->answer_http(wsi, static_cast<const char*>(in));
        case LWS_CALLBACK_ESTABLISHED:
            return server->established(wsi, *data);
        case LWS_CALLBACK_RECEIVE:
            return server->receive(wsi, data->id, {static_cast<const uint8_t*>(in), size});
        case LWS_CALLBACK_SERVER_WRITEABLE:
            return server->write_next(wsi, data->id);
        case LWS_CALLBACK_TIMER:
            return server->timer(wsi, data->id);
        case LWS_CALLBACK_CLOSED:
            server->closed(data->id);
            return 0;
        case LWS_CALLBACK_EVENT_WAIT_CANCELLED:
            server->take_posts();
            return 0;
        default:
            return 0;
    }
}

}  // namespace

Server::Server(ServerOptions options, Log& log)
    : m_impl(std::make_unique<Impl>(std::move(options), log)) {
    try {
        m_impl->open();
    } catch (...) {
        if (m_impl->context)
            lws_context_destroy(m_impl->context);
        throw;
    }
}

Server::~Server() {
    lws_context_destroy(m_impl->context);
}

uint16_t Server::port() const {
    return m_impl->port;
}

uint16_t Server::secure_port() const {
    return m_impl->secure_port;
}

void Server::run(Dispatcher& dispatcher) {
    m_impl->dispatcher = &dispatcher;
    while (!m_impl->ending && lws_service(m_impl->context, 0) >= 0) {
    }
    // The connections that are left end with the context, when the dispatcher may be gone.
    m_impl->dispatcher = nullptr;
}

void Server::stop() {
    m_impl->ending = true;
    lws_cancel_service(m_impl->context);
}

void Server::send(ConnectionId connection, std::string frame) {
    m_impl->add_post({connection, std::move(frame), false});
}

void Server::close(ConnectionId connection) {
    m_impl->add_post({connection, {}, true});
}

}  // namespace bidseal::bridge
