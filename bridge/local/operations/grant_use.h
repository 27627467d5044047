// Using an open grant: what is the same for signing and decrypting.
#pragma once

#include <set>

#include "bridge/local/operations/operations.h"

namespace bidseal::bridge {

/// A grant while one request uses it. A fault of the token ends the grant for good.
class GrantUse {
public:
    /// Throws Error(grant_ended) when the grant is not this connection's, not for this purpose, or
    /// its certificates are no longer those on the token.
    GrantUse(Call& call, const std::string& name, protocol::GrantPurpose purpose);

    Grant& grant() { return *m_grant; }
    const GrantTerms& terms() const { return m_grant->terms; }

    /// The item's terms. Throws Error(message_invalid) when there is no such item or it is asked
    /// for twice in the request.
    const protocol::GrantItem& item(uint32_t number);
    /// The same, and the content must be the one that was agreed to.
    void check_content(uint32_t number, ByteView content);

    /// Runs `work` with the logged-in session. Throws Error(grant_ended) when there is none; what
    /// the token throws ends the grant.
    void with_session(const std::function<void(ukey::TokenSession&)>& work);

private:
    void check_key();

    Call& m_call;
    std::string m_name;
    std::shared_ptr<Grant> m_grant;
    std::unique_lock<std::mutex> m_lock;
    std::set<uint32_t> m_asked;
};

}  // namespace bidseal::bridge
