#include "bridge/local/operations/operations.h"
#include "bridge/local/operations/unwrap.h"

namespace bidseal::bridge {

protocol::RehearseResult rehearse_envelopes(Call& call, const protocol::UnwrapParams& params) {
    UnwrapPlan plan = plan_unwrap(call, params, false);
    protocol::RehearseResult result;
    run_unwrap(call, plan, [&](const UnwrapCall& unwrap) {
        for (const bid::UnwrapTask& task : plan.tasks) {
            const bid::RehearseResult found = plan.holder.rehearse(task, unwrap(task));
            result.slots.push_back({slot_of(task), found.commitment_checked});
        }
    });
    return result;
}

}  // namespace bidseal::bridge
