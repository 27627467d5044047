#include "bridge/local/policy/origin.h"

#include "bidseal/base/error.h"
#include "bidseal/protocol/messages.h"

namespace bidseal::bridge {

namespace {

constexpr size_t max_origin_bytes = 255;

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

bool is_host_character(char c) {
    return (c >= 'a' && c <= 'z') || is_digit(c) || c == '-' || c == '.';
}

/// Takes the host off the front; empty when it is not one.
std::string_view take_host(std::string_view& text) {
    size_t size = 0;
    if (!text.empty() && text[0] == '[') {
        size = text.find(']');
        if (size == std::string_view::npos)
            return {};
        ++size;
        for (char c : text.substr(1, size - 2)) {
            if (!is_digit(c) && !(c >= 'a' && c <= 'f') && c != ':')
                return {};
        }
    } else {
        while (size < text.size() && is_host_character(text[size]))
            ++size;
        if (size == 0 || text[0] == '.' || text[0] == '-' || text[size - 1] == '.')
            return {};
        if (text.substr(0, size).find("..") != std::string_view::npos)
            return {};
    }
    std::string_view host = text.substr(0, size);
    text.remove_prefix(size);
    return host;
}

/// Whether the rest is empty or `:port`, the port being no default and without leading zeros.
bool is_port_or_nothing(std::string_view text, std::string_view default_port) {
    if (text.empty())
        return true;
    if (text[0] != ':')
        return false;
    text.remove_prefix(1);
    if (text.empty() || text.size() > 5 || text[0] == '0' || text == default_port)
        return false;
    uint32_t port = 0;
    for (char c : text) {
        if (!is_digit(c))
            return false;
        port = port * 10 + static_cast<uint32_t>(c - '0');
    }
    return port <= 65535;
}

bool is_loopback(std::string_view host) {
    return host == "localhost" || host == "127.0.0.1" || host == "[::1]";
}

bool take_prefix(std::string_view& text, std::string_view prefix) {
    if (text.substr(0, prefix.size()) != prefix)
        return false;
    text.remove_prefix(prefix.size());
    return true;
}

}  // namespace

bool is_acceptable_origin(std::string_view origin, bool development) {
    if (origin.size() > max_origin_bytes)
        return false;
    if (take_prefix(origin, "https://")) {
        return !take_host(origin).empty() && is_port_or_nothing(origin, "443");
    }
    if (development && take_prefix(origin, "http://")) {
        return is_loopback(take_host(origin)) && is_port_or_nothing(origin, "80");
    }
    return false;
}

const char* refusal_name(Refusal refusal) {
    switch (refusal) {
        case Refusal::none:
            return "none";
        case Refusal::host:
            return "host";
        case Refusal::origin:
            return "origin";
        case Refusal::protocol:
            return "protocol";
        case Refusal::peer:
            return "peer";
    }
    return "none";
}

void OriginPolicy::allow(std::string_view origin) {
    require(is_acceptable_origin(origin, m_development), ErrorCode::usage,
            "not an origin of a page that the bridge may serve");
    m_origins.emplace(origin);
}

void OriginPolicy::preload(std::string_view origin) {
    allow(origin);
    m_preloaded.emplace(origin);
}

bool OriginPolicy::preloads(std::string_view origin) const {
    return m_preloaded.count(origin) != 0;
}

void OriginPolicy::permit(Feature feature, std::string_view origin) {
    require(is_acceptable_origin(origin, m_development), ErrorCode::usage,
            "not an origin of a page that the bridge may serve");
    m_features[feature].emplace(origin);
}

bool OriginPolicy::may(std::string_view origin, Feature feature) const {
    auto found = m_features.find(feature);
    return found != m_features.end() && found->second.count(origin) != 0;
}

bool OriginPolicy::allows(std::string_view origin) const {
    return m_origins.count(origin) != 0;
}

Refusal OriginPolicy::check_page(const Handshake& handshake, uint16_t port) const {
    std::string suffix = ":" + std::to_string(port);
    if (handshake.host != "127.0.0.1" + suffix && handshake.host != "localhost" + suffix) {
        return Refusal::host;
    }
    return allows(handshake.origin) ? Refusal::none : Refusal::origin;
}

Refusal OriginPolicy::check_upgrade(const Handshake& handshake, uint16_t port) const {
    Refusal refusal = check_page(handshake, port);
    if (refusal != Refusal::none)
        return refusal;
    return handshake.protocol == protocol::bridge_protocol ? Refusal::none : Refusal::protocol;
}

}  // namespace bidseal::bridge
