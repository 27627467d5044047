#include "bridge/local/cli/commands.h"

#include <cstdio>

#include <unistd.h>

#include "bidseal/base/error.h"
#include "bidseal/protocol/json.h"

#include "bridge/local/base/log_file.h"
#include "bridge/local/base/private_files.h"
#include "bridge/local/cli/doctor.h"
#include "bridge/local/cli/policy_command.h"
#include "bridge/local/cli/start.h"
#include "bridge/local/cli/trust_command.h"
#include "bridge/local/startup.h"
#include "bridge/local/tokens/token_service.h"

namespace bidseal::bridge {

namespace {

constexpr int exit_not_running = 3;  // as `systemctl status` has it

/// The words of a command that are no options of the daemon, and the rest.
struct Words {
    std::vector<std::string> plain, options;
    bool json = false;
    size_t lines = 50;
};

Words sort_words(const std::vector<std::string>& arguments) {
    Words words;
    for (size_t i = 1; i < arguments.size(); ++i) {
        const std::string& word = arguments[i];
        if (word == "--json") {
            words.json = true;
        } else if (word == "-n" && i + 1 < arguments.size()) {
            const std::string& count = arguments[++i];
            require(!count.empty() && count.size() <= 6 &&
                        count.find_first_not_of("0123456789") == std::string::npos,
                    ErrorCode::usage, "-n wants a number");
            words.lines = std::stoul(count);
        } else if (word.substr(0, 2) == "--") {
            words.options.push_back(word);
            // Options of the daemon have a value, unless they are switches or hold it themselves.
            const bool takes_value =
                word.find('=') == std::string::npos && word != "--development" && word != "--help";
            if (takes_value && i + 1 < arguments.size())
                words.options.push_back(arguments[++i]);
        } else {
            words.plain.push_back(word);
        }
    }
    return words;
}

std::string state_of(const Options& options) {
    return options.state_dir.empty() ? default_state_dir() : options.state_dir;
}

int show_status(const Words& words) {
    const std::optional<RunningDaemon> daemon = find_running(state_of(read_options(words.options)));
    if (words.json) {
        protocol::ObjectBuilder json;
        json.boolean("running", daemon.has_value());
        if (daemon) {
            json.integer("pid", daemon->pid).integer("port", daemon->port);
            if (daemon->secure_port != 0)
                json.integer("secure_port", daemon->secure_port);
            json.text("version", daemon->version).time("started", daemon->started);
        }
        std::printf("%s\n", protocol::write_json(json.build()).c_str());
    } else if (daemon) {
        std::printf("running: version %s, port %u, process %lld, since %s\n",
                    daemon->version.c_str(), daemon->port, static_cast<long long>(daemon->pid),
                    format_time(daemon->started).c_str());
    } else {
        std::printf("not running\n");
    }
    return daemon ? 0 : exit_not_running;
}

void print_key(const protocol::KeyInfo& key) {
    const std::pair<const char*, const std::optional<protocol::CertificateInfo>*> both[] = {
        {"signing", &key.signing}, {"encryption", &key.encryption}};
    for (const auto& [use, certificate] : both) {
        if (!*certificate)
            continue;
        std::printf("    %-10s  %s, until %s\n", use, (*certificate)->subject.c_str(),
                    format_time((*certificate)->not_after).c_str());
    }
}

/// Tokens and certificates; needs no PIN.
int list_keys(const Words& words) {
    const Options options = read_options(words.options);
    Log log(words.json ? -1 : 2);
    TokenService tokens(load_drivers(options, log));
    const std::vector<TokenKey> found = tokens.list();
    const Timestamp now = make_clock(options, log)->now();
    const std::vector<protocol::KeyInfo> keys = describe_keys(found, now);
    protocol::Json::Array items;
    for (const protocol::TokenInfo& token : describe_tokens(found)) {
        if (!words.json) {
            std::printf("%s (%s)", token.label.c_str(), token.serial.c_str());
            if (token.retries_left)
                std::printf(", PIN tries left: %u", *token.retries_left);
            std::printf("\n");
        }
        for (const protocol::KeyInfo& key : keys) {
            if (key.token != token.token)
                continue;
            if (!words.json)
                print_key(key);
            protocol::ObjectBuilder item;
            item.text("token", token.label).text("serial", token.serial).text("key", key.label);
            if (key.signing)
                item.text("signing", key.signing->subject);
            if (key.encryption)
                item.text("encryption", key.encryption->subject);
            items.push_back(item.build());
        }
    }
    if (words.json) {
        std::printf("%s\n", protocol::write_json(
                                protocol::ObjectBuilder().array("keys", std::move(items)).build())
                                .c_str());
    } else if (found.empty()) {
        std::printf("no token is plugged in\n");
    }
    return 0;
}

int show_logs(const Words& words) {
    const std::string state = state_of(read_options(words.options));
    for (const std::string& line : last_log_lines(state + "/bridge.log", words.lines))
        std::printf("%s\n", line.c_str());
    return 0;
}

}  // namespace

void write_run_file(const std::string& state, const RunningDaemon& daemon) {
    protocol::ObjectBuilder json;
    json.integer("pid", daemon.pid).integer("port", daemon.port);
    if (daemon.secure_port != 0)
        json.integer("secure_port", daemon.secure_port);
    json.text("version", daemon.version).time("started", daemon.started);
    const std::string text = protocol::write_json(json.build());
    write_private_file(state + "/run.json", as_bytes(text));
}

std::optional<RunningDaemon> last_started(const std::string& state) {
    const std::optional<Bytes> content = read_private_file(state + "/run.json", 4096);
    if (!content)
        return std::nullopt;
    protocol::Json json = protocol::parse_json(*content);
    protocol::ObjectReader r(json, protocol::MemberOrder::any);
    RunningDaemon daemon;
    daemon.pid = r.integer("pid", 1, INT32_MAX);
    daemon.port = static_cast<uint16_t>(r.integer("port", 1, 65535));
    if (r.has("secure_port"))
        daemon.secure_port = static_cast<uint16_t>(r.integer("secure_port", 1, 65535));
    daemon.version = r.text("version", 32);
    daemon.started = r.time("started");
    return daemon;
}

std::optional<RunningDaemon> find_running(const std::string& state) {
    if (state.empty() || ::access((state + "/lock").c_str(), F_OK) != 0)
        return std::nullopt;
    try {
        FileLock free(state + "/lock", false);
        return std::nullopt;
    } catch (const Error& error) {
        if (error.code() != ErrorCode::busy)
            throw;
    }
    return last_started(state).value_or(RunningDaemon{});
}

std::optional<int> run_command(const std::vector<std::string>& arguments) {
    if (arguments.empty())
        return std::nullopt;
    const std::string& command = arguments[0];
    if (command == "policy")
        return run_policy_command({arguments.begin() + 1, arguments.end()});
    if (command == "trust")
        return run_trust_command({arguments.begin() + 1, arguments.end()});
    if (command == "start")
        return run_start({arguments.begin() + 1, arguments.end()});
    if (command != "status" && command != "list" && command != "logs" && command != "doctor")
        return std::nullopt;
    const Words words = sort_words(arguments);
    require(words.plain.empty(), ErrorCode::usage, "a word too many");
    if (command == "status")
        return show_status(words);
    if (command == "list")
        return list_keys(words);
    if (command == "logs")
        return show_logs(words);
    return run_doctor(words.options, words.json);
}

}  // namespace bidseal::bridge
