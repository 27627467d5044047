#include "bridge/local/cli/policy_command.h"

#include <cstdio>
#include <fstream>
#include <map>

#include "bidseal/base/error.h"
#include "bidseal/protocol/json.h"

#include "bridge/local/base/private_files.h"
#include "bridge/local/base/system.h"
#include "bridge/local/pairing/pairing_store.h"
#include "bridge/local/policy/origin.h"
#include "bridge/local/policy/origin_display.h"
#include "bridge/local/policy/signed_policy.h"
#include "bridge/local/startup.h"

namespace bidseal::bridge {

namespace {

constexpr size_t max_file = 1u << 20;

const char* policy_usage =
    R"(usage: bidseal-bridge policy list [--json] [--state-dir DIR]     which pages are paired
       bidseal-bridge policy revoke ID|ORIGIN [--state-dir DIR]  they have to be paired anew
       bidseal-bridge policy check FILE --root FILE              what a signed policy says
       bidseal-bridge policy sign --number N --expires TIME [--origin ORIGIN]…
           [--preload ORIGIN]… [--digests ORIGIN]… [--decrypt ORIGIN]…
           --key FILE --certificate FILE [--chain FILE]… --out FILE
)";

/// `--name value` pairs and plain words.
struct PolicyWords {
    std::multimap<std::string, std::string> options;
    std::vector<std::string> plain;
    bool json = false;

    std::string one(const std::string& name) const {
        auto [begin, end] = options.equal_range(name);
        require(begin != end && std::next(begin) == end, ErrorCode::usage,
                "an option is missing or repeated; see bidseal-bridge policy help");
        return begin->second;
    }
    std::vector<std::string> all(const std::string& name) const {
        std::vector<std::string> values;
        auto [begin, end] = options.equal_range(name);
        for (auto it = begin; it != end; ++it)
            values.push_back(it->second);
        return values;
    }
};

PolicyWords sort_policy_words(const std::vector<std::string>& arguments) {
    PolicyWords words;
    for (size_t i = 0; i < arguments.size(); ++i) {
        if (arguments[i] == "--json") {
            words.json = true;
        } else if (arguments[i].substr(0, 2) == "--") {
            require(i + 1 < arguments.size(), ErrorCode::usage, "a value is missing");
            words.options.emplace(arguments[i].substr(2), arguments[i + 1]);
            ++i;
        } else {
            words.plain.push_back(arguments[i]);
        }
    }
    return words;
}

PairingStore open_store(const PolicyWords& words) {
    Options options;
    if (words.options.count("state-dir"))
        options.state_dir = words.one("state-dir");
    return PairingStore(open_state_dir(options));
}

int list_pairings(const PolicyWords& words) {
    PairingStore store = open_store(words);
    protocol::Json::Array items;
    for (const Pairing& pairing : store.list()) {
        if (words.json) {
            items.push_back(protocol::ObjectBuilder()
                                .text("id", pairing.id)
                                .text("origin", pairing.origin)
                                .time("paired", pairing.paired)
                                .boolean("preloaded", pairing.preloaded)
                                .build());
        } else {
            std::printf("%s  %s  %s%s\n", pairing.id.c_str(), format_time(pairing.paired).c_str(),
                        origin_for_people(pairing.origin).c_str(),
                        pairing.preloaded ? "  (by policy)" : "");
        }
    }
    if (words.json) {
        std::printf("%s\n",
                    protocol::write_json(
                        protocol::ObjectBuilder().array("pairings", std::move(items)).build())
                        .c_str());
    }
    return 0;
}

int revoke_pairings(const PolicyWords& words) {
    require(words.plain.size() == 1, ErrorCode::usage, "revoke wants one id or origin");
    PairingStore store = open_store(words);
    const size_t count = store.revoke(words.plain[0]);
    std::printf("%zu revoked\n", count);
    return count > 0 ? 0 : 1;
}

void print_pages(const char* name, const std::vector<std::string>& origins) {
    for (const std::string& origin : origins)
        std::printf("%-10s %s\n", name, origin_for_people(origin).c_str());
}

int check_policy(const PolicyWords& words) {
    require(words.plain.size() == 1, ErrorCode::usage, "check wants one file");
    crypto::TrustStore roots;
    roots.roots = crypto::Certificate::parse_file(read_file(words.one("root"), max_file));
    SystemClock clock;
    const SignedPolicy policy =
        open_signed_policy(read_file(words.plain[0], max_file), roots, clock.now());
    std::printf("number %u, from %s to %s\n", policy.number, format_time(policy.issued).c_str(),
                format_time(policy.expires).c_str());
    print_pages("page", policy.pages.origins);
    print_pages("preloaded", policy.pages.preloaded_origins);
    print_pages("digests", policy.pages.digest_origins);
    print_pages("decrypt", policy.pages.decrypt_origins);
    return 0;
}

uint32_t policy_number(const std::string& text) {
    require(!text.empty() && text.size() <= 9 &&
                text.find_first_not_of("0123456789") == std::string::npos && text[0] != '0',
            ErrorCode::usage, "--number wants a number from 1 on");
    return static_cast<uint32_t>(std::stoul(text));
}

int sign_policy_file(const PolicyWords& words) {
    SystemClock clock;
    SystemRandom random;
    SignedPolicy policy;
    policy.number = policy_number(words.one("number"));
    policy.issued = clock.now();
    policy.expires = parse_time(words.one("expires"));
    policy.pages = {words.all("origin"), words.all("preload"), words.all("digests"),
                    words.all("decrypt")};
    // What a bridge would refuse is refused here.
    OriginPolicy trial(false);
    for (const auto* list : {&policy.pages.origins, &policy.pages.preloaded_origins,
                             &policy.pages.digest_origins, &policy.pages.decrypt_origins}) {
        for (const std::string& origin : *list)
            trial.allow(origin);
    }
    const crypto::PrivateKey key =
        crypto::PrivateKey::from_file(read_file(words.one("key"), max_file));
    const std::vector<crypto::Certificate> signer =
        crypto::Certificate::parse_file(read_file(words.one("certificate"), max_file));
    require(signer.size() == 1, ErrorCode::usage, "--certificate wants one certificate");
    std::vector<crypto::Certificate> chain;
    for (const std::string& file : words.all("chain")) {
        for (crypto::Certificate& each : crypto::Certificate::parse_file(read_file(file, max_file)))
            chain.push_back(std::move(each));
    }
    const Bytes signed_policy = sign_policy(policy, key, signer[0], chain, random);
    std::ofstream out(words.one("out"), std::ios::binary | std::ios::trunc);
    out.write(reinterpret_cast<const char*>(signed_policy.data()),
              static_cast<std::streamsize>(signed_policy.size()));
    out.close();
    require(out.good(), ErrorCode::io_write);
    return 0;
}

}  // namespace

int run_policy_command(const std::vector<std::string>& arguments) {
    const std::string command = arguments.empty() ? "help" : arguments[0];
    if (command == "help" || command == "--help") {
        std::fputs(policy_usage, stdout);
        return 0;
    }
    const PolicyWords words = sort_policy_words({arguments.begin() + 1, arguments.end()});
    if (command == "list")
        return list_pairings(words);
    if (command == "revoke")
        return revoke_pairings(words);
    if (command == "check")
        return check_policy(words);
    if (command == "sign")
        return sign_policy_file(words);
    throw Error(ErrorCode::usage, "see bidseal-bridge policy help").subject(command);
}

}  // namespace bidseal::bridge
