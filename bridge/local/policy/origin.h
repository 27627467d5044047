// Which pages may talk to the bridge: decided from the headers of the very first request.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <string_view>

namespace bidseal::bridge {

/// Whether the text is an origin as a browser writes it (RFC 6454 section 6.2): `https://host` or
/// `https://host:port`, lower case, no path, no default port; with `development`, `http://` too
/// when the host is localhost, 127.0.0.1 or [::1]. `null` is none.
bool is_acceptable_origin(std::string_view origin, bool development);

/// What a request's headers say. Absent and repeated headers are as bad as wrong ones: repeated
/// ones arrive joined by a comma, which no right value holds.
struct Handshake {
    std::string host;
    std::string origin;
    std::string protocol;  ///< Sec-WebSocket-Protocol; not looked at for the health page
};

enum class Refusal { none, host, origin, protocol, peer };
const char* refusal_name(Refusal refusal);

/// The allowed pages.
class OriginPolicy {
public:
    explicit OriginPolicy(bool development = false) : m_development(development) {}

    /// Throws Error(usage) for what is_acceptable_origin() refuses.
    void allow(std::string_view origin);
    bool allows(std::string_view origin) const;
    bool empty() const { return m_origins.empty(); }

    /// Host must be exactly 127.0.0.1:port or localhost:port, the origin on the list.
    Refusal check_page(const Handshake& handshake, uint16_t port) const;
    /// check_page(), and the subprotocol must be exactly bidseal.v1.
    Refusal check_upgrade(const Handshake& handshake, uint16_t port) const;

private:
    bool m_development;
    std::set<std::string, std::less<>> m_origins;
};

}  // namespace bidseal::bridge
