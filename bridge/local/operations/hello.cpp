#include <algorithm>

#include "bridge/local/operations/operations.h"

namespace bidseal::bridge {

namespace {

/// Which of the two is to be updated.
[[noreturn]] void refuse_version(bool page_is_older) {
    throw Error(ErrorCode::bridge_outdated).subject(page_is_older ? "page" : "bridge");
}

}  // namespace

protocol::HelloResult hello(const Services& services, const protocol::HelloParams& params,
                            PairingExchange& exchange) {
    const std::vector<uint32_t>& versions = params.versions;
    if (std::find(versions.begin(), versions.end(), protocol::bridge_version) == versions.end()) {
        bool older = std::all_of(versions.begin(), versions.end(),
                                 [](uint32_t v) { return v < protocol::bridge_version; });
        refuse_version(older);
    }
    if (!params.nonce)
        refuse_version(true);
    exchange.greet(services.identity, *params.nonce, protocol::bridge_version, services.random);

    protocol::HelloResult result;
    result.version = protocol::bridge_version;
    result.daemon = {daemon_name, daemon_version};
    for (size_t i = 0; i < protocol::method_count; ++i) {
        result.capabilities.push_back(protocol::method_name(static_cast<protocol::Method>(i)));
    }
    result.nonce = exchange.greeting().bridge_nonce;
    result.daemon_key = to_bytes(exchange.greeting().daemon_key.view());
    result.proof = exchange.daemon_proof();
    return result;
}

}  // namespace bidseal::bridge
