// What an operation gets: the services of the daemon, and who asks.
#pragma once

#include <functional>
#include <mutex>
#include <string>

#include "bidseal/crypto/certificate.h"
#include "bidseal/protocol/message_io.h"

#include "bridge/local/base/interrupt.h"
#include "bridge/local/base/system.h"
#include "bridge/local/dialogs/dialogs.h"
#include "bridge/local/dialogs/texts.h"
#include "bridge/local/grants/grant.h"
#include "bridge/local/pairing/pairing_store.h"
#include "bridge/local/policy/origin.h"
#include "bridge/local/policy/rate_limit.h"
#include "bridge/local/tokens/token_service.h"

namespace bidseal::bridge {

/// Made once when the daemon starts; everything outlives the calls.
struct Services {
    TokenService& tokens;
    Dialogs& dialogs;
    const Clock& clock;
    Random& random;
    RateLimit& windows;   ///< used by the operations' thread only
    PaceLimit& requests;  ///< under the dispatcher's lock only
    const crypto::P256PrivateKey& identity;
    PairingStore& pairings;
    const OriginPolicy& origins;
    GrantStore& grants;
    SteadyNow steady;
    std::string journal_folder;                     ///< of batches that can be taken up again
    std::vector<crypto::Certificate> issuers;       ///< that complete the chains shown to pages
    const crypto::TrustStore* platforms = nullptr;  ///< roots of platforms; absent: not checked
    Language language = Language::english;
};

/// One request under way. The operation runs in one thread; interrupt and token() may be used from
/// others.
class Call {
public:
    Call(Services& services, ConnectionId connection, std::string origin,
         std::function<void(protocol::RequestStage)> tell_stage)
        : services(services),
          connection(connection),
          origin(std::move(origin)),
          m_tell_stage(std::move(tell_stage)) {}

    Services& services;
    const ConnectionId connection;
    const std::string origin;
    Interrupt interrupt;

    /// Tells the page what the request waits for.
    void stage(protocol::RequestStage stage) const { m_tell_stage(stage); }

    /// The token that the call uses from now on: when it is pulled out the call ends.
    void uses_token(const std::string& token) {
        std::lock_guard<std::mutex> lock(m_mutex);
        m_token = token;
    }
    bool is_using(const std::string& token) const {
        std::lock_guard<std::mutex> lock(m_mutex);
        return !m_token.empty() && m_token == token;
    }

private:
    std::function<void(protocol::RequestStage)> m_tell_stage;
    mutable std::mutex m_mutex;
    std::string m_token;
};

}  // namespace bidseal::bridge
