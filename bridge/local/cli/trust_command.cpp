#include "bridge/local/cli/trust_command.h"

#include <cstdio>

#include "bidseal/base/error.h"
#include "bidseal/crypto/certificate.h"
#include "bidseal/protocol/json.h"

#include "bridge/local/base/private_files.h"
#include "bridge/local/base/system.h"
#include "bridge/local/cli/commands.h"
#include "bridge/local/options.h"
#include "bridge/local/trust/files.h"
#include "bridge/local/trust/nss.h"
#include "bridge/os/process.h"

namespace bidseal::bridge {

namespace {

constexpr int exit_not_installed = 3;  // as status has it for a bridge that does not run
constexpr size_t max_certificate = 16 * 1024;

const char* trust_usage =
    R"(usage: bidseal-bridge trust install [--state-dir DIR]   pages may connect by wss://localhost as well
       bidseal-bridge trust remove  [--state-dir DIR]   takes that back, in every browser of yours
       bidseal-bridge trust status  [--state-dir DIR] [--json]

For browsers that refuse plain connections to this computer. install makes a certificate for
localhost, and has your browsers trust the CA that signed it. That CA can vouch for this computer
alone, and its key is destroyed at once: it can never sign again. Run install again before the
certificate ends.
)";

struct TrustWords {
    std::string action, state;
    bool json = false;
};

TrustWords read_words(const std::vector<std::string>& words) {
    TrustWords read;
    for (size_t i = 0; i < words.size(); ++i) {
        if (words[i] == "--json") {
            read.json = true;
        } else if (words[i] == "--state-dir" && i + 1 < words.size()) {
            read.state = words[++i];
        } else {
            require(read.action.empty(), ErrorCode::usage, "a word too many");
            read.action = words[i];
        }
    }
    if (read.state.empty())
        read.state = default_state_dir();
    require(!read.state.empty(), ErrorCode::io_write, "no home folder: --state-dir is needed");
    return read;
}

std::vector<NssDatabase> databases() {
    const std::string home = os::environment_value("HOME"), certutil = find_certutil();
    require(!home.empty() && home[0] == '/', ErrorCode::io_write, "no home folder");
    std::vector<NssDatabase> found;
    for (const std::string& folder : find_nss_databases(home))
        found.emplace_back(certutil, folder);
    return found;
}

bool certutil_missing() {
    if (!find_certutil().empty())
        return false;
    std::fprintf(stderr,
                 "bidseal-bridge: certutil is needed for that. Install the package "
                 "libnss3-tools.\n");
    return true;
}

/// What changed is taken up when the bridge starts.
void tell_to_restart(const std::string& state) {
    if (find_running(state)) {
        std::printf("Start the bridge anew: systemctl --user restart bidseal-bridge\n");
    }
}

int install(const std::string& state) {
    if (certutil_missing())
        return 1;
    make_private_folder(state);
    const FileLock lock(state + "/tls-lock");
    SystemRandom random;
    const Timestamp now = SystemClock().now();
    write_tls_files(state, make_local_certificates(random, now));
    const std::optional<TlsFiles> files = find_tls_files(state);
    require(files.has_value(), ErrorCode::io_write);
    bool whole = true;
    for (NssDatabase& database : databases()) {
        // Those of earlier installations vouch for keys that are gone.
        const bool done = database.remove_all() && database.add(files->authority);
        std::printf("%-8s %s\n", done ? "trusted" : "failed", database.folder().c_str());
        if (!done)
            std::fprintf(stderr, "%s\n", database.problem().c_str());
        whole = whole && done;
    }
    std::printf("Good until %s. Browsers that run take it up when they are started anew.\n",
                format_time(files->not_after).c_str());
    tell_to_restart(state);
    return whole ? 0 : 1;
}

int remove(const std::string& state) {
    if (certutil_missing())
        return 1;
    bool whole = true;
    for (NssDatabase& database : databases()) {
        if (!database.exists() || database.ours().empty())
            continue;
        const bool done = database.remove_all();
        std::printf("%-8s %s\n", done ? "removed" : "failed", database.folder().c_str());
        if (!done)
            std::fprintf(stderr, "%s\n", database.problem().c_str());
        whole = whole && done;
    }
    if (!whole)
        return 1;
    remove_tls_files(state);
    tell_to_restart(state);
    return 0;
}

int show(const std::string& state, bool json) {
    const std::optional<TlsFiles> files = find_tls_files(state);
    const std::optional<RunningDaemon> daemon = find_running(state);
    const bool ended = files && files->not_after <= SystemClock().now();
    protocol::Json::Array items;
    bool everywhere = true;
    if (files && !find_certutil().empty()) {
        const Bytes authority = read_private_file(files->authority, max_certificate).value();
        const crypto::Certificate certificate = crypto::Certificate::parse_file(authority).at(0);
        for (const NssDatabase& database : databases()) {
            const bool trusted = database.trusts(certificate.der());
            everywhere = everywhere && trusted;
            items.push_back(protocol::ObjectBuilder()
                                .text("folder", database.folder())
                                .boolean("trusted", trusted)
                                .build());
            if (!json)
                std::printf("%-12s %s\n", trusted ? "trusted" : "not trusted",
                            database.folder().c_str());
        }
    }
    if (json) {
        protocol::ObjectBuilder object;
        object.boolean("installed", files.has_value());
        if (files)
            object.time("until", files->not_after);
        if (daemon && daemon->secure_port != 0)
            object.integer("port", daemon->secure_port);
        object.array("databases", std::move(items));
        std::printf("%s\n", protocol::write_json(object.build()).c_str());
    } else if (!files) {
        std::printf("not installed\n");
    } else {
        std::printf("%s %s%s\n", ended ? "ENDED" : "good until",
                    format_time(files->not_after).c_str(),
                    ended ? ": run bidseal-bridge trust install" : "");
        if (daemon && daemon->secure_port != 0)
            std::printf("wss://localhost:%u\n", daemon->secure_port);
        else if (daemon)
            tell_to_restart(state);
    }
    if (!files)
        return exit_not_installed;
    return ended || !everywhere ? 1 : 0;
}

}  // namespace

int run_trust_command(const std::vector<std::string>& words) {
    if (words.empty() || words[0] == "--help" || words[0] == "help") {
        std::fputs(trust_usage, words.empty() ? stderr : stdout);
        return words.empty() ? 2 : 0;
    }
    const TrustWords read = read_words(words);
    if (read.action == "install")
        return install(read.state);
    if (read.action == "remove")
        return remove(read.state);
    require(read.action == "status", ErrorCode::usage, "install, remove or status");
    return show(read.state, read.json);
}

}  // namespace bidseal::bridge
