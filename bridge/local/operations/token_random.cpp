#include "bridge/local/operations/operations.h"

namespace bidseal::bridge {

protocol::RandomResult token_random(Call& call, const protocol::RandomParams& params) {
    require(params.size > 0, ErrorCode::message_invalid, "no size");
    for (const TokenKey& key : call.services.tokens.list()) {
        if (key.token == params.token) {
            call.uses_token(key.token);
            return {key.driver->open(key.info)->random(params.size)};
        }
    }
    throw Error(ErrorCode::token_absent);
}

}  // namespace bidseal::bridge
