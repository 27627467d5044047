// The tokens behind all loaded drivers, under names that a page may use.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "bidseal/protocol/messages.h"

#include "bridge/ukey/token.h"

namespace bidseal::bridge {

/// One container of a token, and the names under which a page asks for it.
struct TokenKey {
    std::string token;  ///< of the application on the device: its containers share it and its PIN
    std::string key;    ///< of the container with just these certificates: a renewed one is another
    ukey::TokenInfo info;
    ukey::TokenDriver* driver = nullptr;
};

/// Thread safe as the drivers are. The drivers may stand for other processes: nothing here assumes
/// that a library lives in this one.
class TokenService {
public:
    explicit TokenService(std::vector<std::unique_ptr<ukey::TokenDriver>> drivers);

    const std::vector<std::unique_ptr<ukey::TokenDriver>>& drivers() const { return m_drivers; }

    /// All containers of all tokens now plugged in. A driver that fails counts as empty; when all
    /// fail, the first's Error is thrown.
    std::vector<TokenKey> list() const;

    /// Throws Error: token_absent (none is plugged in), key_not_found.
    TokenKey find(const std::string& key) const;

private:
    std::vector<std::unique_ptr<ukey::TokenDriver>> m_drivers;
};

/// What a page is told of the tokens; each once.
std::vector<protocol::TokenInfo> describe_tokens(const std::vector<TokenKey>& keys);

/// What a page is told of the containers that hold a certificate which can be read.
std::vector<protocol::KeyInfo> describe_keys(const std::vector<TokenKey>& keys, Timestamp now);

}  // namespace bidseal::bridge
