#include "bridge/cloud/transport/server.h"

#include <atomic>
#include <chrono>
#include <cstring>
#include <deque>
#include <map>
#include <mutex>
#include <optional>

#include <sys/resource.h>

#include <libwebsockets.h>

#include "bidseal/base/error.h"
#include "bidseal/base/secret.h"

namespace bidseal::cloud {
namespace {

constexpr size_t receive_buffer = 32 * 1024;
constexpr size_t body_piece = 16 * 1024;
/// More than this waiting to be read by a client means that it does not read.
constexpr size_t most_bytes_to_send = 16 << 20;
constexpr unsigned slow_seconds = 20;

struct WebSocket {
    lws* wsi = nullptr;
    std::string address;
    Bytes incoming;
    std::deque<Bytes> outgoing;
    size_t outgoing_bytes = 0;
};

struct Exchange {
    lws* wsi = nullptr;
    HttpRequest request;
    std::optional<HttpResponse> response;
    bool begun = false, head_sent = false;
    size_t sent = 0;
};

/// What libwebsockets keeps for each socket.
struct SocketData {
    uint64_t id;
};

std::string peer_address(lws* wsi) {
    char text[64] = "";
    lws_get_peer_simple(wsi, text, sizeof text);
    return text;
}

const char* method_name(int method) {
    switch (method) {
        case LWSHUMETH_GET:
            return "GET";
        case LWSHUMETH_POST:
            return "POST";
        default:
            return "";
    }
}

int on_event(lws* wsi, lws_callback_reasons reason, void* user, void* in, size_t size);

const lws_protocols protocols[] = {
    {"http", on_event, sizeof(SocketData), receive_buffer, 0, nullptr, 0},
    {hub_subprotocol, on_event, sizeof(SocketData), receive_buffer, 0, nullptr, 0},
    {nullptr, nullptr, 0, 0, 0, nullptr, 0},
};

}  // namespace

struct Server::Impl {
    Impl(ServerOptions its_options, Log& its_log) : options(std::move(its_options)), log(its_log) {}

    ServerOptions options;
    Log& log;
    TransportHandler* handler = nullptr;
    lws_context* context = nullptr;
    lws_retry_bo_t idle{};
    std::atomic<bool> ending{false};
    std::optional<std::chrono::steady_clock::time_point> last_moment;
    std::atomic<size_t> open_sockets{0};

    // Of the event loop alone.
    uint64_t last_id = 0;
    std::map<ConnectionId, WebSocket> sockets;
    std::map<RequestId, Exchange> exchanges;

    std::mutex mutex;
    std::deque<std::pair<ConnectionId, Bytes>> messages;     // from any thread
    std::deque<std::pair<RequestId, HttpResponse>> answers;  // from any thread

    void open();
    bool ended();
    void take_posts();
    int begin_request(lws* wsi, SocketData& data);
    int body_piece_came(lws* wsi, uint64_t id, ByteView piece);
    int request_complete(lws* wsi, uint64_t id);
    int refuse(lws* wsi, unsigned status);
    int write_response(lws* wsi, uint64_t id);
    int receive(lws* wsi, uint64_t id, ByteView piece);
    int write_message(lws* wsi, uint64_t id);
};

void Server::Impl::open() {
    lws_set_log_level(0, nullptr);
    rlimit files{};
    if (::getrlimit(RLIMIT_NOFILE, &files) == 0) {
        files.rlim_cur = files.rlim_max;
        ::setrlimit(RLIMIT_NOFILE, &files);
    }
    idle.secs_since_valid_ping = 30;
    idle.secs_since_valid_hangup = 60;
    lws_context_creation_info info{};
    info.user = this;
    info.uid = static_cast<uid_t>(-1);
    info.gid = static_cast<gid_t>(-1);
    info.port = options.port;
    info.protocols = protocols;
    info.timeout_secs = slow_seconds;
    info.timeout_secs_ah_idle = 10;
    info.keepalive_timeout = 30;
    info.max_http_header_pool = 512;
    info.pt_serv_buf_size = receive_buffer;
    info.retry_and_idle_policy = &idle;
    info.alpn = "http/1.1";
    // With an address alone libwebsockets 4.1 still listens everywhere: these options bind it.
    info.options = LWS_SERVER_OPTION_DISABLE_IPV6 | LWS_SERVER_OPTION_FAIL_UPON_UNABLE_TO_BIND;
    if (options.address != "0.0.0.0")
        info.iface = options.address.c_str();
    if (!options.tls_certificate.empty()) {
        info.options |= LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT;
        info.ssl_cert_filepath = options.tls_certificate.c_str();
        info.ssl_private_key_filepath = options.tls_key.c_str();
        constexpr long no_tls_1_0 = 0x04000000, no_tls_1_1 = 0x10000000;  // as in openssl/ssl.h
        info.ssl_options_set = no_tls_1_0 | no_tls_1_1;
    }
    context = lws_create_context(&info);
    require(context != nullptr, ErrorCode::io_read, "cannot listen");
}

bool Server::Impl::ended() {
    if (!ending)
        return false;
    const auto now = std::chrono::steady_clock::now();
    if (!last_moment)
        last_moment = now + std::chrono::seconds(3);
    return exchanges.empty() || now >= *last_moment;
}

void Server::Impl::take_posts() {
    decltype(messages) taken;
    decltype(answers) responses;
    {
        std::lock_guard<std::mutex> lock(mutex);
        taken.swap(messages);
        responses.swap(answers);
    }
    for (auto& [id, message] : taken) {
        const auto found = sockets.find(id);
        if (found == sockets.end())
            continue;
        WebSocket& socket = found->second;
        socket.outgoing_bytes += message.size();
        socket.outgoing.push_back(std::move(message));
        lws_callback_on_writable(socket.wsi);
    }
    for (auto& [id, response] : responses) {
        const auto found = exchanges.find(id);
        if (found == exchanges.end())
            continue;
        found->second.response = std::move(response);
        lws_callback_on_writable(found->second.wsi);
    }
}

int Server::Impl::refuse(lws* wsi, unsigned status) {
    lws_return_http_status(wsi, status, nullptr);
    return -1;
}

int Server::Impl::begin_request(lws* wsi, SocketData& data) {
    char* path = nullptr;
    int path_size = 0;
    const int method = lws_http_get_uri_and_method(wsi, &path, &path_size);
    Exchange exchange;
    exchange.wsi = wsi;
    exchange.request.method = method >= 0 ? method_name(method) : "";
    exchange.request.address = peer_address(wsi);
    if (exchange.request.method.empty() || ending)
        return refuse(wsi, HTTP_STATUS_METHOD_NOT_ALLOWED);
    exchange.request.path.assign(path, static_cast<size_t>(path_size));
    size_t body = 0;
    if (method == LWSHUMETH_POST) {
        char text[24];
        const int size = lws_hdr_copy(wsi, text, sizeof text, WSI_TOKEN_HTTP_CONTENT_LENGTH);
        if (size <= 0 || std::strspn(text, "0123456789") != static_cast<size_t>(size) || size > 9)
            return refuse(wsi, HTTP_STATUS_LENGTH_REQUIRED);
        body = std::strtoul(text, nullptr, 10);
        if (body > max_http_body)
            return refuse(wsi, HTTP_STATUS_REQ_ENTITY_TOO_LARGE);
    }
    data.id = ++last_id;
    exchanges[data.id] = std::move(exchange);
    return body == 0 ? request_complete(wsi, data.id) : 0;
}

int Server::Impl::body_piece_came(lws* wsi, uint64_t id, ByteView piece) {
    const auto found = exchanges.find(id);
    if (found == exchanges.end())
        return -1;
    append(found->second.request.body, piece);
    if (found->second.request.body.size() > max_http_body)
        return refuse(wsi, HTTP_STATUS_REQ_ENTITY_TOO_LARGE);
    return 0;
}

int Server::Impl::request_complete(lws* wsi, uint64_t id) {
    const auto found = exchanges.find(id);
    // libwebsockets tells the end of an empty body as well.
    if (found == exchanges.end() || found->second.begun)
        return 0;
    found->second.begun = true;
    // From here on it is us who may be slow.
    lws_set_timeout(wsi, NO_PENDING_TIMEOUT, 0);
    handler->request(id, std::move(found->second.request));
    return 0;
}

int Server::Impl::write_response(lws* wsi, uint64_t id) {
    const auto found = exchanges.find(id);
    if (found == exchanges.end() || !found->second.response)
        return 0;
    Exchange& exchange = found->second;
    const HttpResponse& response = *exchange.response;
    if (!exchange.head_sent) {
        uint8_t buffer[LWS_PRE + 1024];
        uint8_t *start = buffer + LWS_PRE, *at = start, *end = buffer + sizeof buffer - 1;
        const auto add = [&](const char* name, const char* value) {
            return lws_add_http_header_by_name(wsi, reinterpret_cast<const uint8_t*>(name),
                                               reinterpret_cast<const uint8_t*>(value),
                                               static_cast<int>(std::strlen(value)), &at, end);
        };
        if (lws_add_http_common_headers(wsi, response.status, response.type.c_str(),
                                        response.body.size(), &at, end) ||
            add("cache-control:", "no-store") || add("x-content-type-options:", "nosniff") ||
            lws_finalize_write_http_header(wsi, start, &at, end))
            return -1;
        exchange.head_sent = true;
        if (!response.body.empty()) {
            lws_callback_on_writable(wsi);
            return 0;
        }
    }
    const size_t size = std::min(body_piece, response.body.size() - exchange.sent);
    const bool last = exchange.sent + size == response.body.size();
    if (size > 0) {
        Bytes buffer(LWS_PRE);
        append(buffer, ByteView(response.body).subspan(exchange.sent, size));
        if (lws_write(wsi, buffer.data() + LWS_PRE, size,
                      last ? LWS_WRITE_HTTP_FINAL : LWS_WRITE_HTTP) < 0)
            return -1;
        exchange.sent += size;
    }
    if (!last) {
        lws_callback_on_writable(wsi);
        return 0;
    }
    exchanges.erase(found);
    return lws_http_transaction_completed(wsi) != 0 ? -1 : 0;
}

int Server::Impl::receive(lws* wsi, uint64_t id, ByteView piece) {
    WebSocket& socket = sockets[id];
    if (!lws_frame_is_binary(wsi)) {
        lws_close_reason(wsi, LWS_CLOSE_STATUS_UNACCEPTABLE_OPCODE, nullptr, 0);
        return -1;
    }
    if (socket.incoming.size() + piece.size() + lws_remaining_packet_payload(wsi) >
        max_socket_message) {
        lws_close_reason(wsi, LWS_CLOSE_STATUS_MESSAGE_TOO_LARGE, nullptr, 0);
        return -1;
    }
    append(socket.incoming, piece);
    if (lws_is_final_fragment(wsi) && lws_remaining_packet_payload(wsi) == 0) {
        Bytes message;
        message.swap(socket.incoming);
        handler->message(id, socket.address, std::move(message));
    }
    return 0;
}

int Server::Impl::write_message(lws* wsi, uint64_t id) {
    WebSocket& socket = sockets[id];
    if (socket.outgoing_bytes > most_bytes_to_send) {
        lws_close_reason(wsi, LWS_CLOSE_STATUS_POLICY_VIOLATION, nullptr, 0);
        return -1;
    }
    if (socket.outgoing.empty())
        return 0;
    Bytes buffer(LWS_PRE);
    append(buffer, socket.outgoing.front());
    const size_t size = socket.outgoing.front().size();
    socket.outgoing_bytes -= size;
    socket.outgoing.pop_front();
    if (lws_write(wsi, buffer.data() + LWS_PRE, size, LWS_WRITE_BINARY) < 0)
        return -1;
    if (!socket.outgoing.empty())
        lws_callback_on_writable(wsi);
    return 0;
}

namespace {

int on_event(lws* wsi, lws_callback_reasons reason, void* user, void* in, size_t size) {
    auto* server = static_cast<Server::Impl*>(lws_context_user(lws_get_context(wsi)));
    if (server == nullptr || server->handler == nullptr)
        return 0;
    auto* data = static_cast<SocketData*>(user);
    const ByteView bytes(static_cast<const uint8_t*>(in), size);
    switch (reason) {
        case LWS_CALLBACK_FILTER_NETWORK_CONNECTION:
            return server->open_sockets >= server->options.most_connections ? 1 : 0;
        case LWS_CALLBACK_WSI_CREATE:
            ++server->open_sockets;
            return 0;
        case LWS_CALLBACK_WSI_DESTROY:
            --server->open_sockets;
            return 0;
        case LWS_CALLBACK_HTTP_CONFIRM_UPGRADE:
            return lws_hdr_total_length(wsi, WSI_TOKEN_PROTOCOL) > 0 ? 0 : 1;
        case LWS_CALLBACK_HTTP:
            return server->begin_request(wsi, *data);
        case LWS_CALLBACK_HTTP_BODY:
            return server->body_piece_came(wsi, data->id, bytes);
        case LWS_CALLBACK_HTTP_BODY_COMPLETION:
            return server->request_complete(wsi, data->id);
        case LWS_CALLBACK_HTTP_WRITEABLE:
            return server->write_response(wsi, data->id);
        case LWS_CALLBACK_CLOSED_HTTP:
            if (data != nullptr)
                server->exchanges.erase(data->id);
            return 0;
        case LWS_CALLBACK_ESTABLISHED: {
            data->id = ++server->last_id;
            WebSocket& socket = server->sockets[data->id];
            socket.wsi = wsi;
            socket.address = peer_address(wsi);
            return 0;
        }
        case LWS_CALLBACK_RECEIVE:
            return server->receive(wsi, data->id, bytes);
        case LWS_CALLBACK_SERVER_WRITEABLE:
            return server->write_message(wsi, data->id);
        case LWS_CALLBACK_CLOSED:
            server->sockets.erase(data->id);
            server->handler->disconnected(data->id);
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
    m_impl->open();
}

Server::~Server() {
    // Closing calls back, and the handler may be gone.
    m_impl->handler = nullptr;
    lws_context_destroy(m_impl->context);
}

void Server::run(TransportHandler& handler) {
    m_impl->handler = &handler;
    while (!m_impl->ended() && lws_service(m_impl->context, 0) >= 0) {
    }
    m_impl->handler = nullptr;
}

void Server::stop() {
    m_impl->ending = true;
    lws_cancel_service(m_impl->context);
}

void Server::wake() {
    lws_cancel_service(m_impl->context);
}

void Server::answer(RequestId id, HttpResponse response) {
    {
        std::lock_guard<std::mutex> lock(m_impl->mutex);
        m_impl->answers.emplace_back(id, std::move(response));
    }
    lws_cancel_service(m_impl->context);
}

void Server::send(ConnectionId connection, Bytes message) {
    {
        std::lock_guard<std::mutex> lock(m_impl->mutex);
        m_impl->messages.emplace_back(connection, std::move(message));
    }
    lws_cancel_service(m_impl->context);
}

size_t Server::connections() const {
    return m_impl->open_sockets;
}

}  // namespace bidseal::cloud
