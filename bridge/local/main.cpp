// bidseal-bridge: the daemon between a page in the browser and the UKey on this computer.
#include <csignal>
#include <cstdio>

#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bridge/local/dialogs/pinentry.h"
#include "bridge/local/operations/operations.h"
#include "bridge/local/options.h"
#include "bridge/local/tokens/commands.h"
#include "bridge/local/tokens/library_list.h"
#include "bridge/local/transport/server.h"

namespace bidseal::bridge {

namespace {

Server* running = nullptr;

void on_signal(int) {
    if (running)
        running->stop();
}

/// No core dumps and no debugger of the same user: PINs pass through this process.
void harden() {
    ::umask(077);
#if !defined(__SANITIZE_ADDRESS__) && !defined(BIDSEAL_SANITIZED)
    ::prctl(PR_SET_DUMPABLE, 0);
#endif
    rlimit none{0, 0};
    ::setrlimit(RLIMIT_CORE, &none);
    std::signal(SIGPIPE, SIG_IGN);
}

void catch_signals(Server& server) {
    running = &server;
    struct sigaction action {};
    action.sa_handler = on_signal;
    ::sigaction(SIGTERM, &action, nullptr);
    ::sigaction(SIGINT, &action, nullptr);
}

Options read_options(int count, char** values) {
    Options options = parse_options({values + 1, values + count});
    if (options.help || options.version)
        return options;
    constexpr size_t max_policy_bytes = 256 * 1024;
    std::string path = options.policy_file;
    if (path.empty()) {
        path = default_policy_file();
        if (path.empty() || ::access(path.c_str(), F_OK) != 0)
            return options;
    }
    apply_policy(options, read_file(path, max_policy_bytes, FileOwner::user_or_admin));
    return options;
}

std::vector<std::unique_ptr<ukey::TokenDriver>> load_drivers(const Options& options, Log& log) {
    std::vector<LibraryEntry> libraries;
    if (!options.token_manifest.empty())
        libraries = load_library_list(options.token_manifest);
    for (const std::string& path : options.token_libraries) {
        log.write(LogLevel::warning, "unlisted_library");
        libraries.push_back(unlisted_library(path));
    }
    std::vector<std::unique_ptr<ukey::TokenDriver>> drivers;
    for (const LibraryEntry& library : libraries) {
        try {
            drivers.push_back(start_driver(library, log));
        } catch (const Error& error) {
            log.write(LogLevel::error, "driver",
                      {{"library", library.path}, {"error", error_name(error.code())}});
        }
    }
    return drivers;
}

std::optional<crypto::TrustStore> load_trust(const std::vector<std::string>& files) {
    if (files.empty())
        return std::nullopt;
    constexpr size_t max_bytes = 1u << 20;
    crypto::TrustStore trust;
    for (const std::string& file : files) {
        Bytes content = read_file(file, max_bytes, FileOwner::user_or_admin);
        for (crypto::Certificate& root : crypto::Certificate::parse_file(content)) {
            trust.roots.push_back(std::move(root));
        }
    }
    return trust;
}

ServerOptions server_options(const Options& options) {
    ServerOptions server;
    server.origins = OriginPolicy(options.development);
    for (const std::string& origin : options.origins)
        server.origins.allow(origin);
    server.ports = options.ports;
    if (server.ports.empty()) {
        server.ports.assign(std::begin(protocol::bridge_ports), std::end(protocol::bridge_ports));
    }
    server.message_seconds = options.message_seconds;
    return server;
}

std::unique_ptr<Clock> make_clock(const Options& options, Log& log) {
    if (!options.test_clock)
        return std::make_unique<SystemClock>();
    log.write(LogLevel::warning, "test_clock", {{"time", format_time(*options.test_clock)}});
    return std::make_unique<FixedClock>(*options.test_clock);
}

int serve(const Options& options) {
    Log log;
    SteadyNow steady = [] {
        return std::chrono::steady_clock::now();
    };
    SystemRandom random;
    std::unique_ptr<Clock> clock = make_clock(options, log);
    std::optional<crypto::TrustStore> platforms = load_trust(options.trust_files);
    Pinentry dialogs(find_pinentry(options.pinentry), options.dialog_timeout);
    RateLimit windows(options.windows_per_minute, std::chrono::minutes(1), steady);
    TokenService tokens(load_drivers(options, log));
    Services services{tokens,
                      dialogs,
                      *clock,
                      random,
                      windows,
                      platforms ? &*platforms : nullptr,
                      options.language.value_or(system_language())};

    Server server(server_options(options), log);
    auto queries = std::make_unique<WorkerThread>();
    auto operations = std::make_unique<WorkerThread>();
    Dispatcher dispatcher(services, *queries, *operations, server, log);
    {
        TokenWatcher watcher(tokens, log, [&](const TokenWatcher::Changes& changes) {
            dispatcher.tokens_changed(changes);
        });
        catch_signals(server);
        log.write(LogLevel::info, "listening", {{"port", std::to_string(server.port())}});
        std::printf("bidseal-bridge %s ws://127.0.0.1:%u\n", daemon_version, server.port());
        std::fflush(stdout);
        server.run(dispatcher);
    }
    dispatcher.stop();
    operations.reset();
    queries.reset();
    log.write(LogLevel::info, "stopped");
    return 0;
}

int run(int count, char** values) {
    try {
        const std::string command = count > 1 ? values[1] : "";
        if (command == "token" || command == "probe") {
            harden();
            const std::vector<std::string> words{values + 2, values + count};
            return command == "token" ? run_token_command(words) : run_probe_command(words);
        }
        Options options = read_options(count, values);
        if (options.help) {
            std::fputs(usage_text(), stdout);
            return 0;
        }
        if (options.version) {
            std::printf("bidseal-bridge %s\n", daemon_version);
            return 0;
        }
        harden();
        return serve(options);
    } catch (const Error& error) {
        std::fprintf(stderr, "bidseal-bridge: %s%s%s (%s)\n", error.subject().c_str(),
                     error.subject().empty() ? "" : ": ", error.what(),
                     error_text(error.code(), false));
        return error.code() == ErrorCode::usage ? 2 : 1;
    }
}

}  // namespace

}  // namespace bidseal::bridge

int main(int count, char** values) {
    return bidseal::bridge::run(count, values);
}
