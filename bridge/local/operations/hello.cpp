#include <algorithm>

#include "bridge/local/operations/operations.h"

namespace bidseal::bridge {

protocol::HelloResult hello(const Services& services, const protocol::HelloParams& params) {
    bool known = std::find(params.versions.begin(), params.versions.end(),
                           protocol::bridge_version) != params.versions.end();
    require(known, ErrorCode::bridge_outdated);
    protocol::HelloResult result;
    result.version = protocol::bridge_version;
    result.daemon = {daemon_name, daemon_version};
    for (size_t i = 0; i < protocol::method_count; ++i) {
        result.capabilities.push_back(protocol::method_name(static_cast<protocol::Method>(i)));
    }
    result.nonce.resize(32);
    services.random.fill(result.nonce);
    return result;
}

}  // namespace bidseal::bridge
