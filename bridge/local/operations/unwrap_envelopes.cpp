#include "bridge/local/operations/operations.h"
#include "bridge/local/operations/unwrap.h"

namespace bidseal::bridge {

protocol::UnwrapResult unwrap_envelopes(Call& call, const protocol::UnwrapParams& params) {
    UnwrapPlan plan = plan_unwrap(call, params, true);
    protocol::UnwrapResult result;
    run_unwrap(call, plan, [&](const bid::UnwrapTask& task, const SecretBytes& unwrapped) {
        bid::ReleasedShare released = plan.holder.accept(task, unwrapped);
        result.shares.push_back({slot_of(task), std::move(released.value)});
    });
    return result;
}

}  // namespace bidseal::bridge
