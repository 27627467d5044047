#include "bridge/local/tokens/token_watcher.h"

namespace bidseal::bridge {

namespace {

constexpr std::chrono::milliseconds look_again{2000};

std::map<std::string, protocol::TokenInfo> by_name(const std::vector<TokenKey>& keys) {
    std::map<std::string, protocol::TokenInfo> tokens;
    for (protocol::TokenInfo& token : describe_tokens(keys)) {
        std::string name = token.token;
        tokens.emplace(std::move(name), std::move(token));
    }
    return tokens;
}

}  // namespace

TokenWatcher::TokenWatcher(TokenService& tokens, Log& log, std::function<void(const Changes&)> tell)
    : m_tokens(tokens), m_log(log), m_tell(std::move(tell)) {
    try {
        m_known = by_name(m_tokens.list());
    } catch (const Error& error) {
        m_log.write(LogLevel::warning, "tokens", {{"error", error_name(error.code())}});
    }
    for (const std::unique_ptr<ukey::TokenDriver>& driver : m_tokens.drivers()) {
        m_threads.emplace_back([this, &driver] { watch(*driver); });
    }
}

TokenWatcher::~TokenWatcher() {
    m_ending = true;
    for (const std::unique_ptr<ukey::TokenDriver>& driver : m_tokens.drivers()) {
        driver->cancel_wait();
    }
    for (std::thread& thread : m_threads)
        thread.join();
}

void TokenWatcher::watch(ukey::TokenDriver& driver) {
    while (!m_ending) {
        try {
            driver.wait_event(look_again);
            if (!m_ending)
                compare();
        } catch (const Error& error) {
            m_log.write(LogLevel::warning, "token_watch", {{"error", error_name(error.code())}});
            std::this_thread::sleep_for(std::chrono::milliseconds(500));
        }
    }
}

void TokenWatcher::compare() {
    std::lock_guard<std::mutex> lock(m_mutex);
    std::map<std::string, protocol::TokenInfo> present = by_name(m_tokens.list());
    Changes changes;
    for (const auto& [name, token] : present) {
        if (m_known.count(name) == 0)
            changes.added.push_back(token);
    }
    for (const auto& [name, token] : m_known) {
        if (present.count(name) == 0)
            changes.removed.push_back(name);
    }
    m_known = std::move(present);
    if (!changes.added.empty() || !changes.removed.empty())
        m_tell(changes);
}

}  // namespace bidseal::bridge
