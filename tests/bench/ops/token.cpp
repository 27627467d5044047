// The token by itself, without bridge and page: what the bridge's own time is measured against.
// Usage: bench_token LIBRARY PIN; lines and answers as in program.cpp. `sign`: the first container
// signs messages of SIZE bytes and the signature is checked, as the driver does it for the bridge.
#include <chrono>
#include <iostream>
#include <stdexcept>
#include <string>

#include "bidseal/base/error.h"

#include "bridge/ukey/driver.h"
#include "bridge/ukey/skf/raw_driver.h"

namespace {

using namespace bidseal;

double sign(ukey::TokenSession& session, std::size_t size, unsigned count) {
    Bytes message(size, 1);
    const auto begin = std::chrono::steady_clock::now();
    for (unsigned i = 0; i < count; ++i) {
        message[0] = static_cast<uint8_t>(i);
        if (session.sign(message).empty())
            throw std::runtime_error("no signature");
    }
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
    return took.count();
}

}  // namespace

int main(int words, char** values) {
    if (words != 3)
        return 2;
    try {
        const ukey::Profile profile;
        const auto driver =
            ukey::make_driver(skf::load_raw(values[1], profile), values[1], profile);
        const auto session = driver->open(driver->list().at(0));
        session->login(SecretBytes::copy_of(as_bytes(values[2])));
        std::string operation;
        std::size_t size = 0;
        unsigned count = 0;
        std::cout.precision(9);
        while (std::cin >> operation >> size >> count && operation == "sign")
            std::cout << sign(*session, size, count) << std::endl;
    } catch (const std::exception& error) {
        std::cerr << error.what() << std::endl;
        return 1;
    }
    return 0;
}
