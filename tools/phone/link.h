// bidseal-phone's way to the service: HTTP requests, repeated when the network or the service
// fails.
#pragma once

#include <functional>
#include <string>

#include "bridge/cloud/phone/cosign_client.h"
#include "bridge/cloud/transport/http_client.h"
#include "state.h"

namespace bidseal::phone {

class ServiceLink {
public:
    ServiceLink(const std::string& url, const std::string& ca_file) : m_http(url, ca_file) {}

    /// JSON to a route and back. Throws the Error that the service names, Error(io_read).
    std::string post_json(const std::string& path, const std::string& json);
    std::string get_json(const std::string& path);
    /// A message to the hub; what it answers, or nothing when it cannot be reached now.
    std::optional<Bytes> hub(const std::string& path, ByteView message);
    /// Carries co-sign calls, each up to so many times.
    cloud::CarryCall carry(unsigned tries = 5);

private:
    cloud::HttpClient m_http;
};

}  // namespace bidseal::phone
