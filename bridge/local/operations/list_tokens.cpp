#include "bridge/local/operations/operations.h"

namespace bidseal::bridge {

protocol::TokensListResult list_tokens(Call& call, const protocol::NoParams&) {
    return {describe_tokens(call.services.tokens.list())};
}

}  // namespace bidseal::bridge
