#include "bridge/local/operations/grant_use.h"

#include "bridge/local/operations/key_use.h"

namespace bidseal::bridge {

namespace {

/// Faults after which a token's login is not to be relied on.
bool ends_the_grant(ErrorCode code) {
    switch (code) {
        case ErrorCode::token_removed:
        case ErrorCode::token_absent:
        case ErrorCode::token_failed:
        case ErrorCode::key_not_found:
        case ErrorCode::pin_required:
        case ErrorCode::pin_wrong:
        case ErrorCode::pin_locked:
        case ErrorCode::signature_invalid:
            return true;
        default:
            return false;
    }
}

}  // namespace

GrantUse::GrantUse(Call& call, const std::string& name, protocol::GrantPurpose purpose)
    : m_call(call),
      m_name(name),
      m_grant(call.services.grants.find(name, call.connection, purpose)) {
    call.uses_token(terms().key.token);
    m_lock = std::unique_lock<std::mutex>(m_grant->use);
    if (m_grant->session)
        check_key();
    call.stage(protocol::RequestStage::token);
}

/// The key's name covers both certificates: a token whose certificate was changed has another.
void GrantUse::check_key() {
    try {
        m_call.services.tokens.find(terms().key.key);
    } catch (const Error& error) {
        m_call.services.grants.end(m_name, error.code());
        throw Error(ErrorCode::grant_ended);
    }
}

const protocol::GrantItem& GrantUse::item(uint32_t number) {
    require(number < terms().items.size(), ErrorCode::message_invalid, "no such item");
    require(m_asked.insert(number).second, ErrorCode::message_invalid, "an item twice");
    return terms().items[number];
}

void GrantUse::check_content(uint32_t number, ByteView content) {
    require(equal(crypto::sha256({content}).view(), item(number).digest),
            ErrorCode::message_invalid, "not what was agreed to");
}

void GrantUse::with_session(const std::function<void(ukey::TokenSession&)>& work) {
    m_call.interrupt.check();
    require(m_grant->session != nullptr, ErrorCode::grant_ended);
    try {
        work(*m_grant->session);
    } catch (const Error& error) {
        if (ends_the_grant(error.code()))
            m_call.services.grants.end(m_name, error.code());
        throw;
    }
}

}  // namespace bidseal::bridge
