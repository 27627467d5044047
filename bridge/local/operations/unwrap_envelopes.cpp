#include "bridge/local/operations/operations.h"
#include "bridge/local/operations/unwrap.h"

namespace bidseal::bridge {

protocol::UnwrapResult unwrap_envelopes(Call& call, const protocol::UnwrapParams& params) {
    UnwrapPlan plan = plan_unwrap(call, params, true);
    protocol::UnwrapResult result;
    run_unwrap(call, plan, [&](const UnwrapCall& unwrap) {
        const auto release = [&](const bid::UnwrapTask& task) {
            return plan.holder.accept(task, unwrap(task));
        };
        for (bid::ReleasedShare& share : bid::release_shares(plan.tasks, release)) {
            result.shares.push_back({slot_of(share), std::move(share.value)});
        }
    });
    return result;
}

}  // namespace bidseal::bridge
