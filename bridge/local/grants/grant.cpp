#include "bridge/local/grants/grant.h"

#include "bidseal/base/error.h"

namespace bidseal::bridge {

namespace {

void append_part(Bytes& text, ByteView part) {
    append_u32(text, static_cast<uint32_t>(part.size()));
    append(text, part);
}

}  // namespace

crypto::Sm3Digest digest_of_terms(const GrantTerms& terms) {
    Bytes text;
    append_part(text, as_bytes("bidseal.v1 grant"));
    append_part(text, as_bytes(terms.origin));
    append_part(text, as_bytes(terms.key.info.serial));
    append_part(text, terms.key.info.signing_certificate);
    append_part(text, terms.key.info.encryption_certificate);
    append_u32(text, static_cast<uint32_t>(terms.purpose));
    append_u32(text, static_cast<uint32_t>(terms.input));
    append_u32(text, static_cast<uint32_t>(terms.items.size()));
    for (const protocol::GrantItem& item : terms.items) {
        append_part(text, as_bytes(item.name));
        append_part(text, item.digest);
    }
    return crypto::sm3(text);
}

Grant::~Grant() {
    if (session)
        session->logout();
}

void GrantStore::check_room(ConnectionId connection, const std::string& token) const {
    std::lock_guard<std::mutex> lock(m_mutex);
    require(m_grants.size() < most_grants, ErrorCode::busy);
    for (const auto& [name, grant] : m_grants) {
        require(grant->terms.connection != connection || grant->terms.key.token != token,
                ErrorCode::busy, "a grant of this page stands already");
    }
}

std::string GrantStore::add(std::shared_ptr<Grant> grant, std::chrono::seconds lasting,
                            Random& random) {
    Bytes name(16);
    random.fill(name);
    grant->expires = m_now() + lasting;
    std::lock_guard<std::mutex> lock(m_mutex);
    return m_grants.emplace(to_hex(name), std::move(grant)).first->first;
}

std::shared_ptr<Grant> GrantStore::find(const std::string& name, ConnectionId connection,
                                        protocol::GrantPurpose purpose) const {
    std::lock_guard<std::mutex> lock(m_mutex);
    auto found = m_grants.find(name);
    bool fits = found != m_grants.end() && found->second->terms.connection == connection &&
                found->second->terms.purpose == purpose && m_now() < found->second->expires;
    require(fits, ErrorCode::grant_ended);
    return found->second;
}

std::shared_ptr<Grant> GrantStore::take(const std::string& name, ConnectionId connection) {
    std::lock_guard<std::mutex> lock(m_mutex);
    auto found = m_grants.find(name);
    if (found == m_grants.end() || found->second->terms.connection != connection)
        return nullptr;
    std::shared_ptr<Grant> grant = std::move(found->second);
    m_grants.erase(found);
    return grant;
}

/// What is in use ends when its user lets go; it cannot be found any more at once.
template <class Fits>
void GrantStore::end_where(Fits fits, ErrorCode reason, bool tell) {
    std::map<std::string, std::shared_ptr<Grant>> gone;
    {
        std::lock_guard<std::mutex> lock(m_mutex);
        for (auto it = m_grants.begin(); it != m_grants.end();) {
            if (fits(it->first, *it->second)) {
                gone.insert(std::move(*it));
                it = m_grants.erase(it);
            } else {
                ++it;
            }
        }
    }
    for (const auto& [name, grant] : gone) {
        if (tell && ended)
            ended(grant->terms.connection, name, reason);
    }
}

void GrantStore::end(const std::string& name, ErrorCode reason) {
    end_where([&](const std::string& n, const Grant&) { return n == name; }, reason, true);
}

void GrantStore::end_of_connection(ConnectionId connection) {
    end_where([&](const std::string&, const Grant& g) { return g.terms.connection == connection; },
              ErrorCode::grant_ended, false);
}

void GrantStore::end_of_token(const std::string& token) {
    end_where([&](const std::string&, const Grant& g) { return g.terms.key.token == token; },
              ErrorCode::token_removed, true);
}

void GrantStore::expire() {
    const auto now = m_now();
    end_where([&](const std::string&, const Grant& g) { return now >= g.expires; },
              ErrorCode::timed_out, true);
}

void GrantStore::end_all() {
    end_where([](const std::string&, const Grant&) { return true; }, ErrorCode::cancelled, false);
}

}  // namespace bidseal::bridge
