// A grant: one consent and one PIN for a counted batch, and everything that ends it.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "bidseal/crypto/certificate.h"
#include "bidseal/protocol/messages.h"

#include "bridge/local/base/system.h"
#include "bridge/local/grants/journal.h"
#include "bridge/local/tokens/token_service.h"

namespace bidseal::bridge {

using ConnectionId = uint64_t;

inline constexpr size_t most_items_of_grant = 1000;
inline constexpr size_t most_grants = 8;
inline constexpr std::chrono::minutes usual_grant_time{10};

/// What the person agreed to. Every member binds: nothing else can be done with the grant.
struct GrantTerms {
    ConnectionId connection = 0;
    std::string origin;
    TokenKey key;  ///< token serial, container and both certificates
    protocol::GrantPurpose purpose{};
    protocol::SignatureInput input{};
    std::vector<protocol::GrantItem> items;
};

/// A digest over origin, token serial, certificates, purpose and items: what a batch that is taken
/// up again must agree with.
crypto::Sm3Digest digest_of_terms(const GrantTerms& terms);

/// An open grant. Its members are used by the thread that holds `use`.
struct Grant {
    GrantTerms terms;
    std::chrono::steady_clock::time_point expires;
    std::optional<crypto::Certificate> certificate;  ///< that signs, or that was encrypted to
    std::unique_ptr<ukey::TokenSession> session;  ///< logged in; absent when nothing is left to do
    std::unique_ptr<BatchJournal> journal;        ///< of batches that can be taken up again
    std::map<uint32_t, Bytes> signatures;         ///< made so far, by item
    std::mutex use;

    ~Grant();
};

/// All open grants. Thread safe.
class GrantStore {
public:
    explicit GrantStore(SteadyNow now) : m_now(std::move(now)) {}

    /// Told of grants that ended by themselves, from any thread.
    std::function<void(ConnectionId, const std::string& grant, ErrorCode reason)> ended;

    /// Throws Error(busy) when there are too many, or the connection has one on this token.
    void check_room(ConnectionId connection, const std::string& token) const;
    /// Gives the grant's name: 32 hex digits.
    std::string add(std::shared_ptr<Grant> grant, std::chrono::seconds lasting, Random& random);
    /// The grant, when it is this connection's and for this purpose. Throws Error(grant_ended), the
    /// same for every cause.
    std::shared_ptr<Grant> find(const std::string& name, ConnectionId connection,
                                protocol::GrantPurpose purpose) const;
    /// Takes it out and gives it, or nothing; only to its own connection.
    std::shared_ptr<Grant> take(const std::string& name, ConnectionId connection);

    /// Each logs out what it ends, so it may wait for a token.
    void end(const std::string& name, ErrorCode reason);
    void end_of_connection(ConnectionId connection);
    void end_of_token(const std::string& token);
    void expire();
    void end_all();

private:
    template <class Fits>
    void end_where(Fits fits, ErrorCode reason, bool tell);

    SteadyNow m_now;
    mutable std::mutex m_mutex;
    std::map<std::string, std::shared_ptr<Grant>> m_grants;
};

}  // namespace bidseal::bridge
