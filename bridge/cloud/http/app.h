// The service as a whole: takes what the transport brings, gives it to the roles on threads of
// their own, and answers.
#pragma once

#include <memory>
#include <set>
#include <string>

#include "bridge/cloud/base/metrics.h"
#include "bridge/cloud/base/workers.h"
#include "bridge/cloud/cosign/service.h"
#include "bridge/cloud/enrol/enrol_service.h"
#include "bridge/cloud/http/routes.h"
#include "bridge/cloud/hub/hub_service.h"
#include "bridge/cloud/transport/server.h"

namespace bidseal::cloud {

class App : public TransportHandler {
public:
    /// Roles that this process does not have are null. All must outlive it.
    struct Parts {
        HubService* hub = nullptr;
        CosignService* cosign = nullptr;
        EnrolService* enrol = nullptr;
        std::string service_info;            ///< JSON of /v1/service
        std::function<void()> check_stores;  ///< throws Error when one does not work
        Server& server;
        Metrics& metrics;
        Log& log;
        size_t threads = 2;
    };
    explicit App(Parts parts);

    void request(RequestId id, HttpRequest request) override;
    void message(ConnectionId id, const std::string& address, Bytes message) override;
    void disconnected(ConnectionId id) override;
    /// Waits for what is under way.
    void finish();

private:
    HttpResponse answer(const FoundRoute& found, const HttpRequest& request);
    Workers& workers_of(const Route& route);
    void run(RequestId id, const FoundRoute& found, const HttpRequest& request);

    Parts m_parts;
    std::unique_ptr<Workers> m_hub_workers;  // one thread: messages of a session keep their order
    std::unique_ptr<Workers> m_workers;
};

HttpResponse error_response(const Error& error);

}  // namespace bidseal::cloud
