#include <algorithm>

#include "bridge/local/operations/operations.h"

namespace bidseal::bridge {

protocol::CertificatesListResult list_certificates(Call& call,
                                                   const protocol::CertificatesListParams& params) {
    std::vector<TokenKey> keys = call.services.tokens.list();
    if (params.token) {
        keys.erase(std::remove_if(keys.begin(), keys.end(),
                                  [&](const TokenKey& key) { return key.token != *params.token; }),
                   keys.end());
        require(!keys.empty(), ErrorCode::token_absent);
    }
    return {describe_keys(keys, call.services.clock.now())};
}

}  // namespace bidseal::bridge
