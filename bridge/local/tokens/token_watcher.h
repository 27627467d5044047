// Notices tokens that come and go.
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <mutex>
#include <thread>
#include <vector>

#include "bridge/local/base/log.h"
#include "bridge/local/tokens/token_service.h"

namespace bidseal::bridge {

/// A thread for each driver waits for its events; between them it looks by itself now and then,
/// because some libraries forget to tell.
class TokenWatcher {
public:
    struct Changes {
        std::vector<protocol::TokenInfo> added;
        std::vector<std::string> removed;  ///< names of tokens
    };

    /// `tell` is called from the watching threads, one call at a time.
    TokenWatcher(TokenService& tokens, Log& log, std::function<void(const Changes&)> tell);
    /// Ends the threads.
    ~TokenWatcher();

private:
    void watch(ukey::TokenDriver& driver);
    void compare();

    TokenService& m_tokens;
    Log& m_log;
    std::function<void(const Changes&)> m_tell;
    std::mutex m_mutex;
    std::map<std::string, protocol::TokenInfo> m_known;
    std::atomic<bool> m_ending{false};
    std::vector<std::thread> m_threads;
};

}  // namespace bidseal::bridge
