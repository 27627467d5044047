#include <algorithm>

#include "bridge/local/operations/operations.h"

namespace bidseal::bridge {

namespace {

constexpr int64_t day_seconds = 86400;
constexpr size_t most_issuers = 8;

/// The issuers that the bridge knows, nearest first. What they are worth is for the page to judge.
std::vector<Bytes> known_issuers(const std::vector<crypto::Certificate>& issuers, ByteView der) {
    std::vector<Bytes> chain;
    crypto::Certificate below = crypto::Certificate::parse(der);
    while (!below.self_issued() && chain.size() < most_issuers) {
        auto issuer = std::find_if(
            issuers.begin(), issuers.end(),
            [&](const crypto::Certificate& candidate) { return below.issued_by(candidate); });
        if (issuer == issuers.end())
            break;
        chain.push_back(to_bytes(issuer->der()));
        below = *issuer;
    }
    return chain;
}

void complete(const Call& call, std::optional<protocol::CertificateInfo>& info) {
    if (!info)
        return;
    const int64_t left = info->not_after.seconds - call.services.clock.now().seconds;
    info->days_left = left <= 0 ? 0 : static_cast<uint32_t>(left / day_seconds);
    info->chain = known_issuers(call.services.issuers, info->der);
}

}  // namespace

protocol::CertificatesListResult list_certificates(Call& call,
                                                   const protocol::CertificatesListParams& params) {
    std::vector<TokenKey> keys = call.services.tokens.list();
    if (params.token) {
        keys.erase(std::remove_if(keys.begin(), keys.end(),
                                  [&](const TokenKey& key) { return key.token != *params.token; }),
                   keys.end());
        require(!keys.empty(), ErrorCode::token_absent);
    }
    protocol::CertificatesListResult result{describe_keys(keys, call.services.clock.now())};
    for (protocol::KeyInfo& key : result.keys) {
        complete(call, key.signing);
        complete(call, key.encryption);
    }
    return result;
}

}  // namespace bidseal::bridge
