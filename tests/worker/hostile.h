// Drivers in their own process over libraries that misbehave on order.
#pragma once

#include <chrono>
#include <cstdio>

#include "bridge/worker/start.h"
#include "tests/ukey/issued.h"
#include "tests/worker/children.h"

namespace bidseal::test {

inline std::string vendor_library(const std::string& name) {
    return std::string(BIDSEAL_TEST_LIBRARIES) + "/lib" + name + ".so";
}

inline worker::ClientOptions options_for(const std::string& library,
                                         ukey::Profile profile = ukey::Profile::standard()) {
    worker::ClientOptions options;
    options.program = BIDSEAL_WORKER;
    options.library = library;
    options.profile = profile;
    options.profile.environment = ukey::Profile::unlisted().environment;
    return options;
}

inline std::unique_ptr<ukey::TokenDriver> driver_of(const worker::ClientOptions& options) {
    return worker::start_driver(options);
}

/// The file with the orders for tests/worker/libs.
class Faults {
public:
    explicit Faults(const Folder& folder) : m_path((folder.path() / "faults").string()) {
        ::setenv("BIDSEAL_TEST_FAULTS", m_path.c_str(), 1);
    }
    void order(const std::string& function, const std::string& fault) const {
        std::ofstream(m_path) << function << " " << fault << "\n";
    }
    void none() const { std::remove(m_path.c_str()); }

private:
    std::string m_path;
};

}  // namespace bidseal::test
