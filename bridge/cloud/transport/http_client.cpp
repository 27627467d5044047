#include "bridge/cloud/transport/http_client.h"

#include <algorithm>
#include <chrono>
#include <cstring>

#include <libwebsockets.h>

#include "bidseal/base/error.h"

namespace bidseal::cloud {
namespace {

constexpr size_t piece_size = 16 * 1024;
constexpr size_t most_answer = 4 << 20;

int on_event(lws* wsi, lws_callback_reasons reason, void* user, void* in, size_t size);

const lws_protocols protocols[] = {{"http", on_event, 0, piece_size, 0, nullptr, 0},
                                   {nullptr, nullptr, 0, 0, 0, nullptr, 0}};

}  // namespace

struct HttpClient::Impl {
    lws_context* context = nullptr;
    std::string host;
    int port = 0;
    bool tls = false;

    // Of the request under way.
    const char* type = nullptr;
    ByteView body;
    size_t sent = 0;
    HttpAnswer answer;
    bool answered = false, ended = false;

    HttpAnswer run(const char* method, const std::string& path, unsigned seconds);
    int add_headers(lws* wsi, unsigned char** at, unsigned char* end) const;
    int write_body(lws* wsi);
};

int HttpClient::Impl::add_headers(lws* wsi, unsigned char** at, unsigned char* end) const {
    if (type == nullptr)
        return 0;
    const std::string length = std::to_string(body.size());
    const auto add = [&](lws_token_indexes token, const char* value) {
        return lws_add_http_header_by_token(wsi, token,
                                            reinterpret_cast<const unsigned char*>(value),
                                            static_cast<int>(std::strlen(value)), at, end);
    };
    if (add(WSI_TOKEN_HTTP_CONTENT_LENGTH, length.c_str()) != 0 ||
        add(WSI_TOKEN_HTTP_CONTENT_TYPE, type) != 0)
        return -1;
    if (!body.empty()) {
        lws_client_http_body_pending(wsi, 1);
        lws_callback_on_writable(wsi);
    }
    return 0;
}

int HttpClient::Impl::write_body(lws* wsi) {
    if (type == nullptr || sent == body.size())
        return 0;
    const size_t size = std::min(piece_size, body.size() - sent);
    const bool last = sent + size == body.size();
    Bytes buffer(LWS_PRE);
    append(buffer, body.subspan(sent, size));
    if (last)
        lws_client_http_body_pending(wsi, 0);
    if (lws_write(wsi, buffer.data() + LWS_PRE, size,
                  last ? LWS_WRITE_HTTP_FINAL : LWS_WRITE_HTTP) < static_cast<int>(size))
        return -1;
    sent += size;
    if (!last)
        lws_callback_on_writable(wsi);
    return 0;
}

HttpAnswer HttpClient::Impl::run(const char* method, const std::string& path, unsigned seconds) {
    sent = 0;
    answer = HttpAnswer();
    answered = ended = false;
    lws_client_connect_info info{};
    info.context = context;
    info.address = host.c_str();
    info.host = host.c_str();
    info.origin = host.c_str();
    info.port = port;
    info.path = path.c_str();
    info.method = method;
    info.protocol = protocols[0].name;
    info.alpn = "http/1.1";
    info.userdata = nullptr;
    info.ssl_connection = tls ? LCCSCF_USE_SSL : 0;
    lws* wsi = nullptr;
    info.pwsi = &wsi;
    if (lws_client_connect_via_info(&info) == nullptr)
        ended = true;
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(seconds);
    lws_sorted_usec_list_t wake{};
    while (!ended && std::chrono::steady_clock::now() < until) {
        // Without something that is due, libwebsockets would wait for the network for ever.
        lws_sul_schedule(
            context, 0, &wake, [](lws_sorted_usec_list_t*) {}, 200 * LWS_US_PER_MS);
        lws_service(context, 0);
    }
    lws_sul_schedule(context, 0, &wake, nullptr, LWS_SET_TIMER_USEC_CANCEL);
    if (!ended && wsi != nullptr) {
        lws_set_timeout(wsi, PENDING_TIMEOUT_KILLED_BY_PARENT, LWS_TO_KILL_SYNC);
    }
    require(answered, ErrorCode::io_read, "no answer");
    return std::move(answer);
}

namespace {

int on_event(lws* wsi, lws_callback_reasons reason, void*, void* in, size_t size) {
    auto* client = static_cast<HttpClient::Impl*>(lws_context_user(lws_get_context(wsi)));
    if (client == nullptr)
        return 0;
    switch (reason) {
        case LWS_CALLBACK_CLIENT_APPEND_HANDSHAKE_HEADER: {
            auto** at = static_cast<unsigned char**>(in);
            return client->add_headers(wsi, at, *at + size);
        }
        case LWS_CALLBACK_CLIENT_HTTP_WRITEABLE:
            return client->write_body(wsi);
        case LWS_CALLBACK_ESTABLISHED_CLIENT_HTTP:
            client->answer.status = lws_http_client_http_response(wsi);
            return 0;
        case LWS_CALLBACK_RECEIVE_CLIENT_HTTP: {
            char buffer[LWS_PRE + piece_size];
            char* start = buffer + LWS_PRE;
            int length = piece_size;
            return lws_http_client_read(wsi, &start, &length) < 0 ? -1 : 0;
        }
        case LWS_CALLBACK_RECEIVE_CLIENT_HTTP_READ:
            append(client->answer.body, {static_cast<const uint8_t*>(in), size});
            return client->answer.body.size() > most_answer ? -1 : 0;
        case LWS_CALLBACK_COMPLETED_CLIENT_HTTP:
            client->answered = true;
            client->ended = true;
            return -1;  // a connection for each request
        case LWS_CALLBACK_CLIENT_CONNECTION_ERROR:
        case LWS_CALLBACK_CLOSED_CLIENT_HTTP:
            client->ended = true;
            return 0;
        default:
            return 0;
    }
}

}  // namespace

HttpClient::HttpClient(const std::string& url, const std::string& ca_file)
    : m_impl(std::make_unique<Impl>()) {
    const bool tls = url.starts_with("https://");
    require(tls || url.starts_with("http://"), ErrorCode::usage, "an address begins with https://");
    std::string rest = url.substr(tls ? 8 : 7);
    while (rest.ends_with('/'))
        rest.pop_back();
    const size_t colon = rest.rfind(':');
    m_impl->tls = tls;
    m_impl->host = rest.substr(0, colon);
    m_impl->port = tls ? 443 : 80;
    if (colon != std::string::npos) {
        const std::string port = rest.substr(colon + 1);
        require(!port.empty() && port.size() <= 5 &&
                    port.find_first_not_of("0123456789") == std::string::npos,
                ErrorCode::usage, "no port");
        m_impl->port = std::stoi(port);
    }
    require(!m_impl->host.empty() && m_impl->host.find('/') == std::string::npos, ErrorCode::usage,
            "an address is https://host:port");
    lws_set_log_level(0, nullptr);
    lws_context_creation_info info{};
    info.user = m_impl.get();
    info.uid = static_cast<uid_t>(-1);
    info.gid = static_cast<gid_t>(-1);
    info.port = CONTEXT_PORT_NO_LISTEN;
    info.protocols = protocols;
    info.options = LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT;
    if (!ca_file.empty())
        info.client_ssl_ca_filepath = ca_file.c_str();
    m_impl->context = lws_create_context(&info);
    require(m_impl->context != nullptr, ErrorCode::io_read, "no network");
}

HttpClient::~HttpClient() {
    m_impl->ended = true;
    lws_context_destroy(m_impl->context);
}

HttpAnswer HttpClient::get(const std::string& path, unsigned seconds) {
    m_impl->type = nullptr;
    m_impl->body = {};
    return m_impl->run("GET", path, seconds);
}

HttpAnswer HttpClient::post(const std::string& path, const char* type, ByteView body,
                            unsigned seconds) {
    m_impl->type = type;
    m_impl->body = body;
    return m_impl->run("POST", path, seconds);
}

}  // namespace bidseal::cloud
