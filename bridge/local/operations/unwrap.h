// What opening and rehearsing have in common: the bid's public part, checked, and the wraps of this
// key that the page asked for.
#pragma once

#include "bidseal/bid/holder.h"

#include "bridge/local/operations/key_use.h"

namespace bidseal::bridge {

struct UnwrapPlan {
    TokenKey key;
    bid::Holder holder;
    std::vector<bid::UnwrapTask> tasks;  ///< in the order of the request's slots
    ConsentRequest consent;
};

/// Checks everything that can be checked without the key. With `release`, the opening time must
/// have come. Throws Error: not_open_yet, message_invalid (no slots, or one twice),
/// opener_not_found, token_unsupported, and what bid::Holder, bid::parse_rewrap_file() and
/// bid::parse_release_file() throw.
UnwrapPlan plan_unwrap(Call& call, const protocol::UnwrapParams& params, bool release);

/// Asks for consent and PIN, has the token unwrap one task after the other, and gives each to
/// `take`, which checks it against the bid. The unwrapped bytes are wiped after each.
void run_unwrap(Call& call, const UnwrapPlan& plan,
                const std::function<void(const bid::UnwrapTask&, const SecretBytes&)>& take);

protocol::WrapSlot slot_of(const bid::UnwrapTask& task);

}  // namespace bidseal::bridge
