#include "bridge/local/options.h"

#include <cstdlib>
#include <functional>
#include <map>

#include "bidseal/base/error.h"
#include "bidseal/protocol/json.h"

namespace bidseal::bridge {

namespace {

uint64_t read_number(const std::string& text, uint64_t least, uint64_t most) {
    require(!text.empty() && text.size() <= 9 &&
                text.find_first_not_of("0123456789") == std::string::npos,
            ErrorCode::usage, "not a number");
    uint64_t number = std::stoull(text);
    require(number >= least && number <= most, ErrorCode::usage, "number out of range");
    return number;
}

Language read_language(const std::string& text) {
    require(text == "en" || text == "zh", ErrorCode::usage, "language is en or zh");
    return text == "zh" ? Language::chinese : Language::english;
}

using Setter = std::function<void(Options&, const std::string&)>;

const std::map<std::string, Setter>& setters() {
    static const std::map<std::string, Setter> table = {
        {"--port",
         [](Options& o, const std::string& v) {
             o.ports.push_back(static_cast<uint16_t>(read_number(v, 1, 65535)));
         }},
        {"--allow-origin",
         [](Options& o, const std::string& v) {
             o.origins.push_back(v);
         }},
        {"--preload-origin",
         [](Options& o, const std::string& v) {
             o.preloaded_origins.push_back(v);
         }},
        {"--allow-digests",
         [](Options& o, const std::string& v) {
             o.digest_origins.push_back(v);
         }},
        {"--allow-decrypt",
         [](Options& o, const std::string& v) {
             o.decrypt_origins.push_back(v);
         }},
        {"--issuers",
         [](Options& o, const std::string& v) {
             o.issuer_files.push_back(v);
         }},
        {"--requests-per-second",
         [](Options& o, const std::string& v) {
             o.requests_per_second = static_cast<uint32_t>(read_number(v, 1, 1000000));
         }},
        {"--state-dir",
         [](Options& o, const std::string& v) {
             o.state_dir = v;
         }},
        {"--signed-policy",
         [](Options& o, const std::string& v) {
             o.signed_policy = v;
         }},
        {"--policy-root",
         [](Options& o, const std::string& v) {
             o.policy_root = v;
         }},
        {"--policy",
         [](Options& o, const std::string& v) {
             o.policy_file = v;
         }},
        {"--pinentry",
         [](Options& o, const std::string& v) {
             o.pinentry = v;
         }},
        {"--token-manifest",
         [](Options& o, const std::string& v) {
             o.token_manifest = v;
         }},
        {"--token-library",
         [](Options& o, const std::string& v) {
             o.token_libraries.push_back(v);
         }},
        {"--trust",
         [](Options& o, const std::string& v) {
             o.trust_files.push_back(v);
         }},
        {"--test-clock",
         [](Options& o, const std::string& v) {
             o.test_clock = parse_time(v);
         }},
        {"--language",
         [](Options& o, const std::string& v) {
             o.language = read_language(v);
         }},
        {"--dialog-timeout",
         [](Options& o, const std::string& v) {
             o.dialog_timeout = std::chrono::seconds(read_number(v, 1, 3600));
         }},
        {"--windows-per-minute",
         [](Options& o, const std::string& v) {
             o.windows_per_minute = read_number(v, 1, 1000);
         }},
        {"--message-timeout",
         [](Options& o, const std::string& v) {
             o.message_seconds = static_cast<unsigned>(read_number(v, 1, 600));
         }},
    };
    return table;
}

}  // namespace

Options parse_options(const std::vector<std::string>& arguments) {
    Options options;
    for (size_t i = 0; i < arguments.size(); ++i) {
        std::string name = arguments[i];
        if (name == "--help" || name == "-h") {
            options.help = true;
            continue;
        }
        if (name == "--version") {
            options.version = true;
            continue;
        }
        if (name == "--development") {
            options.development = true;
            continue;
        }
        std::optional<std::string> value;
        size_t equals = name.find('=');
        if (equals != std::string::npos) {
            value = name.substr(equals + 1);
            name.resize(equals);
        }
        auto setter = setters().find(name);
        if (setter == setters().end()) {
            throw Error(ErrorCode::usage, "unknown option").subject(name);
        }
        if (!value && i + 1 < arguments.size())
            value = arguments[++i];
        try {
            require(value.has_value(), ErrorCode::usage, "a value is missing");
            setter->second(options, *value);
        } catch (const Error& error) {
            throw Error(ErrorCode::usage, error.what()).subject(name);
        }
    }
    return options;
}

std::string default_policy_file() {
    const char* config = std::getenv("XDG_CONFIG_HOME");
    if (config && config[0] == '/')
        return std::string(config) + "/bidseal/bridge.json";
    const char* home = std::getenv("HOME");
    if (home && home[0] == '/')
        return std::string(home) + "/.config/bidseal/bridge.json";
    return {};
}

std::string default_state_dir() {
    const char* state = std::getenv("XDG_STATE_HOME");
    if (state && state[0] == '/')
        return std::string(state) + "/bidseal/bridge";
    const char* home = std::getenv("HOME");
    if (home && home[0] == '/')
        return std::string(home) + "/.local/state/bidseal/bridge";
    return {};
}

void apply_policy(Options& options, ByteView json) {
    protocol::Json value = protocol::parse_json(json);
    protocol::ObjectReader r(value, protocol::MemberOrder::any);
    const std::pair<const char*, std::vector<std::string>*> origin_lists[] = {
        {"origins", &options.origins},
        {"preloaded_origins", &options.preloaded_origins},
        {"digest_origins", &options.digest_origins},
        {"decrypt_origins", &options.decrypt_origins},
    };
    for (const auto& [name, list] : origin_lists) {
        if (!r.has(name))
            continue;
        for (std::string& origin : r.texts(name, 0, 256, 255))
            list->push_back(std::move(origin));
    }
    if (r.has("development"))
        options.development |= r.boolean("development");
    if (r.has("pinentry")) {
        std::string path = r.text("pinentry", 4096);
        if (options.pinentry.empty())
            options.pinentry = path;
    }
    if (r.has("trust")) {
        for (std::string& path : r.texts("trust", 0, 64, 4096)) {
            options.trust_files.push_back(std::move(path));
        }
    }
    if (r.has("issuers")) {
        for (std::string& path : r.texts("issuers", 0, 64, 4096))
            options.issuer_files.push_back(std::move(path));
    }
    r.finish();
}

const char* usage_text() {
    return R"(bidseal-bridge: lets pages that you allow use your UKey, each time with your consent

usage: bidseal-bridge [options]
       bidseal-bridge start [bidseal:start]
       bidseal-bridge status|doctor|list [--json]
       bidseal-bridge logs [-n LINES]
       bidseal-bridge policy list|revoke|check|sign

  --allow-origin ORIGIN    a page that may connect, such as https://tender.example; repeatable
  --preload-origin ORIGIN  a page that may connect and needs no pairing; repeatable
  --allow-digests ORIGIN   a page that may have digests signed, which nobody can look into
  --allow-decrypt ORIGIN   a page that may have any envelope opened
  --policy FILE            policy file instead of ~/.config/bidseal/bridge.json
  --signed-policy FILE     the organisation's policy instead of /etc/bidseal/policy.p7s
  --policy-root FILE       root certificate that stands for it instead of
                           /etc/bidseal/policy-root.pem
  --token-manifest FILE    list of driver libraries, written by the administrator, instead of
                           /etc/bidseal/libraries.json
  --state-dir DIR          key, pairings and log instead of ~/.local/state/bidseal/bridge
  --pinentry PROGRAM       the program that asks for the PIN (default: pinentry)
  --trust FILE             root certificates of platforms; tender files of others are refused
  --issuers FILE           certificates of CAs that complete the chains told to pages
  --port PORT              listen here instead of the usual ports; repeatable, the first free one
  --language en|zh         language of the windows (default: the session's)
  --dialog-timeout SECONDS how long a window waits (default: 120)
  --windows-per-minute N   windows that one page may cause (default: 20)
  --requests-per-second N  requests of one page (default: 100)
  --message-timeout SEC    how long a message may take to arrive (default: 10)
  --version, --help

for development and tests:
  --development            pages at http://localhost and http://127.0.0.1 may be allowed
  --token-library FILE     load this driver library, whoever wrote it; repeatable
  --test-clock TIME        take this for the time, such as 2026-11-22T08:30:00Z

examples:
  bidseal-bridge --allow-origin https://tender.example --token-manifest /etc/bidseal/libraries.json
  bidseal-bridge --development --allow-origin http://localhost:5173 --token-library ./libsoftukey.so

It prints one line with its address when it is ready, and logs to standard error and to bridge.log
in its state folder.
)";
}

}  // namespace bidseal::bridge
