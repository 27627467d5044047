// What the command line of bidseal-cloud says.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "bidseal/base/time.h"

namespace bidseal::cloud {

struct Options {
    bool help = false, version = false, openapi = false, verify_audit = false;
    std::string state;  ///< folder
    std::string address = "127.0.0.1";
    uint16_t port = 8443;
    std::vector<std::string> roles;  ///< empty: all
    std::string tls_certificate, tls_key;
    std::vector<std::string> trust, platforms;
    std::string enrol_key, cosign_key;  ///< public keys of other processes, 65 bytes in hex
    std::string test_ca, testca_program;
    bool simulators = false;
    bool test_clock = false;
    size_t threads = 2;
    std::string unlock, retire, close;  ///< ids of keys
};

const char* usage_text();
/// Throws Error(usage) with the option as subject.
Options parse_options(const std::vector<std::string>& arguments);

}  // namespace bidseal::cloud
