#include "bridge/local/operations/unwrap.h"

#include <algorithm>

#include "bidseal/bid/release.h"
#include "bidseal/bid/rewrap.h"

namespace bidseal::bridge {

namespace {

bool same_slot(const protocol::WrapSlot& a, const protocol::WrapSlot& b) {
    return a.envelope == b.envelope && a.version == b.version && a.way == b.way &&
           a.part == b.part && a.slot == b.slot;
}

void check_slots(const std::vector<protocol::WrapSlot>& slots) {
    require(!slots.empty(), ErrorCode::message_invalid, "no slots");
    for (size_t i = 0; i < slots.size(); ++i) {
        for (size_t j = 0; j < i; ++j) {
            require(!same_slot(slots[i], slots[j]), ErrorCode::message_invalid, "a slot twice");
        }
    }
}

/// The key's own task for the slot, or one that was released to it: a page cannot have another's
/// wrap opened.
bid::UnwrapTask find_task(const bid::Holder& holder, const protocol::WrapSlot& slot) {
    for (bid::UnwrapTask& task : holder.released_tasks(slot.envelope)) {
        if (same_slot(slot_of(task), slot))
            return std::move(task);
    }
    for (bid::UnwrapTask& task : holder.tasks(slot.envelope)) {
        if (same_slot(slot_of(task), slot))
            return std::move(task);
    }
    throw Error(ErrorCode::opener_not_found).subject(slot.envelope);
}

/// Leaves out wraps that need another kind of key: with `others_serve`, as long as the envelope has
/// one for a UKey.
void keep_for_ukey(std::vector<bid::UnwrapTask>& tasks, bool others_serve) {
    const auto for_ukey = [](const bid::UnwrapTask& task) {
        return task.kind == bid::WrapKind::ukey;
    };
    for (const bid::UnwrapTask& task : tasks) {
        const bool served = std::any_of(tasks.begin(), tasks.end(), [&](const auto& other) {
            return for_ukey(other) && other.envelope == task.envelope;
        });
        require(for_ukey(task) || (others_serve && served), ErrorCode::token_unsupported,
                "a wrap that needs another kind of key");
    }
    tasks.erase(std::remove_if(tasks.begin(), tasks.end(), std::not_fn(for_ukey)), tasks.end());
}

/// The page learns only that the wrap is not right, never at which step: no oracle.
SecretBytes unwrap_one(ukey::TokenSession& session, const bid::UnwrapTask& task) {
    try {
        return session.unwrap(task.encrypted_key, task.encrypted_share);
    } catch (const Error& error) {
        if (error.code() == ErrorCode::decrypt_failed)
            throw Error(task.released ? ErrorCode::share_invalid : ErrorCode::wrap_mismatch);
        throw;
    }
}

std::vector<ConsentLine> envelope_lines(const std::vector<bid::UnwrapTask>& tasks,
                                        const bid::BidIndex& index, const Texts& texts) {
    std::vector<std::string> seen;
    std::vector<ConsentLine> lines;
    for (const bid::UnwrapTask& task : tasks) {
        if (std::find(seen.begin(), seen.end(), task.envelope) != seen.end())
            continue;
        seen.push_back(task.envelope);
        lines.push_back({texts.envelopes, index.envelope(task.envelope).title});
    }
    return lines;
}

}  // namespace

UnwrapPlan plan_unwrap(Call& call, const protocol::UnwrapParams& params, bool release) {
    check_slots(params.slots);
    Timestamp now = call.services.clock.now();
    bid::TenderFile tender = open_tender(call, params.tender);
    require(!release || now >= tender.tender().opening, ErrorCode::not_open_yet);
    bid::VerifiedIndex bid = bid::verify_bid_parts(params.index, params.openers, params.signature);
    TokenKey key = find_key(call, params.key);
    crypto::Certificate certificate = encryption_certificate(key);
    bid::Holder holder(bid, tender, bid.index.lot, certificate);
    std::vector<bid::Openers> openers{bid.openers};
    for (const Bytes& file : params.rewraps) {
        openers.push_back(bid::parse_rewrap_file(file, bid, tender, tender.tender().trust()));
        holder.add_openers(openers.back());
    }
    for (const Bytes& file : params.releases.value_or(std::vector<Bytes>{})) {
        holder.add_release(
            bid::parse_release_file(file, bid, openers, tender, tender.tender().trust(), now)
                .release);
    }
    std::vector<bid::UnwrapTask> tasks;
    for (const protocol::WrapSlot& slot : params.slots)
        tasks.push_back(find_task(holder, slot));
    keep_for_ukey(tasks, release);

    const Texts& texts = texts_of(call.services.language);
    ConsentRequest consent;
    consent.purpose = release ? Purpose::unwrap : Purpose::rehearse;
    consent.origin = call.origin;
    consent.lines = common_lines(call, tender, bid.index.lot, key, certificate);
    consent.lines.push_back({texts.fingerprint, fingerprint_line(bid.fingerprint)});
    for (ConsentLine& line : envelope_lines(tasks, bid.index, texts)) {
        consent.lines.push_back(std::move(line));
    }
    return {std::move(key), std::move(holder), std::move(tasks), std::move(consent)};
}

void run_unwrap(Call& call, const UnwrapPlan& plan,
                const std::function<void(const UnwrapCall&)>& work) {
    use_key(call, plan.key, plan.consent, [&](ukey::TokenSession& session) {
        work([&](const bid::UnwrapTask& task) {
            call.interrupt.check();
            return unwrap_one(session, task);
        });
    });
}

}  // namespace bidseal::bridge
