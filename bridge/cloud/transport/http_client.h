// Plain requests to a server, one after the other: for programs that act as a phone or a platform.
#pragma once

#include <memory>
#include <string>

#include "bidseal/base/bytes.h"

namespace bidseal::cloud {

struct HttpAnswer {
    unsigned status = 0;
    Bytes body;
};

class HttpClient {
public:
    /// `url` is http://host:port or https://host:port. `ca_file` (PEM) says whom HTTPS trusts, the
    /// system's list without it. Throws Error(usage) for another form.
    explicit HttpClient(const std::string& url, const std::string& ca_file = "");
    ~HttpClient();
    HttpClient(const HttpClient&) = delete;
    HttpClient& operator=(const HttpClient&) = delete;

    /// Throws Error(io_read) when there is no answer within `seconds`: the request may have arrived
    /// all the same.
    HttpAnswer get(const std::string& path, unsigned seconds = 10);
    HttpAnswer post(const std::string& path, const char* type, ByteView body,
                    unsigned seconds = 10);

    struct Impl;

private:
    std::unique_ptr<Impl> m_impl;
};

}  // namespace bidseal::cloud
