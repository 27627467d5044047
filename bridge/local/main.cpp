// bidseal-bridge: the daemon between a page in the browser and the UKey on this computer.
#include <csignal>
#include <cstdio>
#include <thread>

#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bridge/local/base/private_files.h"
#include "bridge/local/base/ticker.h"
#include "bridge/local/cli/commands.h"
#include "bridge/local/dialogs/pinentry.h"
#include "bridge/local/operations/operations.h"
#include "bridge/local/pairing/identity.h"
#include "bridge/local/startup.h"
#include "bridge/local/tokens/commands.h"
#include "bridge/local/transport/server.h"
#include "bridge/local/trust/files.h"
#include "bridge/os/service.h"

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

std::unique_ptr<FileLock> be_the_only_one(const std::string& state) {
    // `bidseal-bridge status` holds the lock for a moment.
    constexpr int tries = 10;
    constexpr std::chrono::milliseconds pause{30};
    for (int i = 1;; ++i) {
        try {
            return std::make_unique<FileLock>(state + "/lock", false);
        } catch (const Error& error) {
            if (error.code() != ErrorCode::busy)
                throw;
            if (i == tries)
                throw Error(ErrorCode::busy, "another bridge of this user is running");
        }
        std::this_thread::sleep_for(pause);
    }
}

/// The files of the second way in, when they are there and good; what is wrong is logged, and the
/// first way still works.
std::optional<TlsFiles> tls_files(const std::string& state, Log& log) {
    try {
        std::optional<TlsFiles> files = find_tls_files(state);
        if (files && files->not_after <= SystemClock().now())
            throw Error(ErrorCode::certificate_expired);
        return files;
    } catch (const Error& error) {
        log.write(LogLevel::error, "tls", {{"error", error_name(error.code())}});
        return std::nullopt;
    }
}

ServerOptions server_options(const Options& options, const OriginPolicy& origins,
                             const std::optional<TlsFiles>& tls) {
    ServerOptions server;
    if (tls) {
        server.certificate_file = tls->certificate;
        server.key_file = tls->key;
    }
    server.origins = origins;
    server.ports = options.ports;
    if (server.ports.empty()) {
        server.ports.assign(std::begin(protocol::bridge_ports), std::end(protocol::bridge_ports));
    }
    server.message_seconds = options.message_seconds;
    return server;
}

int serve(const Options& options) {
    const std::string state = open_state_dir(options);
    LogFile log_file(state + "/bridge.log");
    Log log(2, &log_file);
    SteadyNow steady = [] {
        return std::chrono::steady_clock::now();
    };
    SystemRandom random;
    std::unique_ptr<Clock> clock = make_clock(options, log);
    std::optional<crypto::TrustStore> platforms = load_trust(options.trust_files);
    Pinentry dialogs(find_pinentry(options.pinentry), options.dialog_timeout);
    RateLimit windows(options.windows_per_minute, std::chrono::minutes(1), steady);
    PaceLimit requests(options.requests_per_second, steady);
    // One daemon for each user: two would show two windows at once.
    std::unique_ptr<FileLock> alone = be_the_only_one(state);
    crypto::P256PrivateKey identity = load_or_make_identity(state, random);
    PairingStore pairings(state);
    const OriginPolicy origins = origin_policy(options, state, clock->now(), log);
    GrantStore grants(steady);
    TokenService tokens(load_drivers(options, log));
    Services services{tokens,
                      dialogs,
                      *clock,
                      random,
                      windows,
                      requests,
                      identity,
                      pairings,
                      origins,
                      grants,
                      steady,
                      state + "/journal",
                      load_certificates(options.issuer_files),
                      platforms ? &*platforms : nullptr,
                      options.language.value_or(system_language())};

    Server server(server_options(options, origins, tls_files(state, log)), log);
    auto queries = std::make_unique<WorkerThread>();
    auto operations = std::make_unique<WorkerThread>();
    auto batches = std::make_unique<WorkerThread>();
    Dispatcher dispatcher(services, *queries, *operations, *batches, server, log);
    {
        constexpr std::chrono::milliseconds tick{500};
        Ticker ticker(tick, [&] { dispatcher.tick(); });
        TokenWatcher watcher(tokens, log, [&](const TokenWatcher::Changes& changes) {
            dispatcher.tokens_changed(changes);
        });
        catch_signals(server);
        write_run_file(state, {::getpid(), server.port(), server.secure_port(), daemon_version,
                               SystemClock().now()});
        log.write(LogLevel::info, "listening", {{"port", std::to_string(server.port())}});
        std::printf("bidseal-bridge %s ws://127.0.0.1:%u\n", daemon_version, server.port());
        std::fflush(stdout);
        os::tell_service_manager("READY=1");
        server.run(dispatcher);
        os::tell_service_manager("STOPPING=1");
    }
    dispatcher.stop();
    operations.reset();
    batches.reset();
    queries.reset();
    grants.end_all();
    log.write(LogLevel::info, "stopped");
    return 0;
}

int run(int count, char** values) {
    try {
        harden();
        const std::vector<std::string> arguments(values + 1, values + count);
        const std::string command = arguments.empty() ? "" : arguments[0];
        if (command == "token" || command == "probe") {
            const std::vector<std::string> words(arguments.begin() + 1, arguments.end());
            return command == "token" ? run_token_command(words) : run_probe_command(words);
        }
        if (std::optional<int> done = run_command(arguments))
            return *done;
        const Options options = read_options(arguments);
        if (options.help) {
            std::fputs(usage_text(), stdout);
            return 0;
        }
        if (options.version) {
            std::printf("bidseal-bridge %s\n", daemon_version);
            return 0;
        }
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
