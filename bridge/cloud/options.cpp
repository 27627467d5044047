#include "bridge/cloud/options.h"

#include <algorithm>
#include <functional>
#include <map>

#include "bidseal/base/error.h"

namespace bidseal::cloud {
namespace {

uint64_t read_number(const std::string& text, uint64_t least, uint64_t most) {
    require(!text.empty() && text.size() <= 6 &&
                text.find_first_not_of("0123456789") == std::string::npos,
            ErrorCode::usage, "not a number");
    const uint64_t number = std::stoull(text);
    require(number >= least && number <= most, ErrorCode::usage, "number out of range");
    return number;
}

using Flag = bool Options::*;
const std::map<std::string, Flag>& flags() {
    static const std::map<std::string, Flag> table = {
        {"--help", &Options::help},
        {"-h", &Options::help},
        {"--version", &Options::version},
        {"--openapi", &Options::openapi},
        {"--verify-audit", &Options::verify_audit},
        {"--simulators", &Options::simulators},
        {"--test-clock", &Options::test_clock},
    };
    return table;
}

using Text = std::string Options::*;
const std::map<std::string, Text>& texts() {
    static const std::map<std::string, Text> table = {
        {"--state", &Options::state},
        {"--address", &Options::address},
        {"--tls-cert", &Options::tls_certificate},
        {"--tls-key", &Options::tls_key},
        {"--enrol-key", &Options::enrol_key},
        {"--cosign-key", &Options::cosign_key},
        {"--test-ca", &Options::test_ca},
        {"--testca-program", &Options::testca_program},
        {"--unlock", &Options::unlock},
        {"--retire", &Options::retire},
        {"--close", &Options::close},
    };
    return table;
}

void set_value(Options& options, const std::string& name, const std::string& value) {
    const auto text = texts().find(name);
    if (text != texts().end())
        options.*(text->second) = value;
    else if (name == "--port")
        options.port = static_cast<uint16_t>(read_number(value, 1, 65535));
    else if (name == "--threads")
        options.threads = read_number(value, 1, 256);
    else if (name == "--trust")
        options.trust.push_back(value);
    else if (name == "--platform")
        options.platforms.push_back(value);
    else if (name == "--role")
        options.roles.push_back(value);
    else
        throw Error(ErrorCode::usage, "unknown option");
}

}  // namespace

const char* usage_text() {
    return R"(bidseal-cloud: the mobile-CA service, where phones and pages meet.

  bidseal-cloud --state FOLDER [--port N] [OPTION]...
      serves until SIGTERM or SIGINT; what was begun goes on in the next process
  bidseal-cloud --state FOLDER --verify-audit       follows the audit trails, prints their heads
  bidseal-cloud --state FOLDER --unlock|--retire|--close KEY     after an identity check; a renewal;
                                                                 a revocation
  bidseal-cloud --openapi                           the description of all routes

  --role hub|cosign|enrol    one role; may be repeated; all without it
  --address A, --port N      where to listen: 127.0.0.1 and 8443 without them; 0.0.0.0 for all
  --tls-cert F, --tls-key F  PEM; without them plain HTTP, for trials on one machine
  --trust F                  roots and intermediates that issue platforms' certificates; repeatable
  --platform F               certificate of a platform that is served; repeatable
  --enrol-key HEX            public key of enrolment, when it runs elsewhere (see /v1/service)
  --cosign-key HEX           public key of the co-sign service, when it runs elsewhere
  --simulators               enrolment with simulated text messages, faces and company registry
  --test-ca FOLDER           the test CA that issues certificates; --testca-program names its program
  --threads N                for signing; 2 without it
  --test-clock               the time is what the file FOLDER/clock says (2026-11-22T08:30:00Z)
)";
}

Options parse_options(const std::vector<std::string>& arguments) {
    Options options;
    for (size_t i = 0; i < arguments.size(); i++) {
        const std::string& name = arguments[i];
        try {
            if (const auto flag = flags().find(name); flag != flags().end()) {
                options.*(flag->second) = true;
                continue;
            }
            require(i + 1 < arguments.size(), ErrorCode::usage, "unknown, or without its value");
            set_value(options, name, arguments[++i]);
        } catch (const Error& error) {
            throw Error(ErrorCode::usage, error.what()).subject(name);
        }
    }
    for (const std::string& role : options.roles) {
        const bool known = role == "hub" || role == "cosign" || role == "enrol";
        if (!known)
            throw Error(ErrorCode::usage, "a role is hub, cosign or enrol").subject("--role");
    }
    if (options.tls_certificate.empty() != options.tls_key.empty())
        throw Error(ErrorCode::usage, "--tls-cert and --tls-key go together").subject("--tls-key");
    const bool serves = !options.help && !options.version && !options.openapi;
    if (serves && options.state.empty())
        throw Error(ErrorCode::usage, "a state folder is needed").subject("--state");
    return options;
}

}  // namespace bidseal::cloud
