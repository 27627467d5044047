// Which pages may talk to the bridge: decided from the headers of the very first request.
#pragma once

#include <cstdint>
#include <map>
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

/// What only pages may do that the policy names, because consent alone does not carry it.
enum class Feature {
    digests,  ///< have digests signed that the bridge cannot look into
    decrypt,  ///< have any envelope opened: also one that was taken out of a sealed bid
};

enum class Refusal { none, host, origin, protocol, peer };
const char* refusal_name(Refusal refusal);

/// The allowed pages.
class OriginPolicy {
public:
    explicit OriginPolicy(bool development = false) : m_development(development) {}

    /// Throws Error(usage) for what is_acceptable_origin() refuses.
    void allow(std::string_view origin);
    /// Allows it, and to be paired without a window: the organisation vouches for the page.
    void preload(std::string_view origin);
    bool allows(std::string_view origin) const;
    bool preloads(std::string_view origin) const;
    /// Throws Error(usage) as allow() does. The page must be allowed as well.
    void permit(Feature feature, std::string_view origin);
    bool may(std::string_view origin, Feature feature) const;
    bool empty() const { return m_origins.empty(); }

    /// Host must be exactly 127.0.0.1:port or localhost:port, the origin on the list.
    Refusal check_page(const Handshake& handshake, uint16_t port) const;
    /// check_page(), and the subprotocol must be exactly bidseal.v1.
    Refusal check_upgrade(const Handshake& handshake, uint16_t port) const;

private:
    bool m_development;
    std::set<std::string, std::less<>> m_origins, m_preloaded;
    std::map<Feature, std::set<std::string, std::less<>>> m_features;
};

}  // namespace bidseal::bridge
