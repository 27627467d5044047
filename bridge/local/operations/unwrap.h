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

/// What the token makes of one task. Throws Error: wrap_mismatch, cancelled, token_*.
using UnwrapCall = std::function<SecretBytes(const bid::UnwrapTask&)>;

/// Asks for consent and PIN, then runs `work` with the open token.
void run_unwrap(Call& call, const UnwrapPlan& plan,
                const std::function<void(const UnwrapCall&)>& work);

/// Names a slot in the protocol's words. `Place` is a bid::UnwrapTask or a bid::ReleasedShare.
template <class Place>
protocol::WrapSlot slot_of(const Place& place) {
    return {place.envelope, place.version, static_cast<uint32_t>(place.way),
            static_cast<uint32_t>(place.part), static_cast<uint32_t>(place.slot)};
}

}  // namespace bidseal::bridge
