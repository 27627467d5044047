// From released shares to an envelope's secret.
#include "bidseal/base/error.h"
#include "bidseal/bid/holder.h"
#include "bidseal/bid/limits.h"
#include "bidseal/bid/shamir.h"

namespace bidseal::bid {

namespace {

using Shares = std::vector<const ReleasedShare*>;

/// All that is needed to judge a candidate.
struct Target {
    const IndexEnvelope& entry;
    EnvelopeContext context;

    bool fits(const SecretBytes& secret) const {
        return constant_time_equal(
            key_commitment(secret, context, entry.root, entry.length, entry.manifest).view(),
            entry.commitment.view());
    }
};

/// The shares of one part; throws for two of the same slot.
Shares shares_of_part(const std::vector<ReleasedShare>& shares, std::string_view envelope,
                      uint32_t version, size_t way, size_t part) {
    Shares found;
    for (const ReleasedShare& share : shares) {
        if (share.envelope != envelope || share.version != version || share.way != way ||
            share.part != part) {
            continue;
        }
        for (const ReleasedShare* other : found) {
            require(other->slot != share.slot, ErrorCode::share_invalid, "duplicated share");
        }
        found.push_back(&share);
    }
    return found;
}

/// Calls use() with each choice of `count` shares from position `from` on, until it says true.
template <class Use>
bool each_choice(const Shares& shares, size_t count, size_t from, Shares& chosen, const Use& use) {
    if (chosen.size() == count) {
        return use(chosen);
    }
    for (size_t i = from; i + (count - chosen.size()) <= shares.size(); ++i) {
        chosen.push_back(shares[i]);
        const bool done = each_choice(shares, count, i + 1, chosen, use);
        chosen.pop_back();
        if (done) {
            return true;
        }
    }
    return false;
}

SecretBytes part_value(const Shares& chosen, uint32_t threshold) {
    if (threshold == 1) {
        return chosen.front()->value.clone();
    }
    std::vector<ShamirPoint> points;
    for (const ReleasedShare* share : chosen) {
        points.push_back({static_cast<uint8_t>(share->slot + 1), share->value.clone()});
    }
    return shamir_combine(points);
}

/// Tries the parts from `part` on, with what the earlier ones XOR to; wrong shares among surplus
/// ones do no harm, because each choice is judged by the commitment.
bool try_parts(const Way& way, const std::vector<Shares>& shares, size_t part,
               const SecretBytes& sum, const Target& target, SecretBytes& result) {
    if (part == way.parts.size()) {
        if (!target.fits(sum)) {
            return false;
        }
        result = sum.clone();
        return true;
    }
    const uint32_t threshold = way.parts[part].threshold;
    Shares chosen;
    return each_choice(shares[part], threshold, 0, chosen, [&](const Shares& choice) {
        SecretBytes next = part_value(choice, threshold);
        for (size_t i = 0; i < secret_size; ++i) {
            next.span()[i] ^= sum.view()[i];
        }
        return try_parts(way, shares, part + 1, next, target, result);
    });
}

/// Each share must belong to a slot that exists.
void check_places(const std::vector<Openers>& openers, const std::vector<ReleasedShare>& shares) {
    for (const ReleasedShare& share : shares) {
        bool known = share.value.size() == secret_size;
        bool version_known = false;
        for (const Openers& o : openers) {
            if (o.version == share.version) {
                version_known = true;
                try {
                    o.slot(share.envelope, share.way, share.part, share.slot);
                } catch (const Error&) {
                    known = false;
                }
            }
        }
        require(known && version_known, ErrorCode::share_invalid, "share of an unknown slot");
    }
}

}  // namespace

SecretBytes combine_shares(const BidIndex& index, const std::vector<Openers>& openers,
                           std::string_view envelope, const std::vector<ReleasedShare>& shares) {
    const IndexEnvelope& entry = index.envelope(envelope);
    const Target target{entry, envelope_context(index, entry.id, entry.stage)};
    check_places(openers, shares);
    bool complete = false;
    for (const Openers& o : openers) {
        const EnvelopeWays* ways = o.find(envelope);
        for (size_t w = 0; ways != nullptr && w < ways->ways.size(); ++w) {
            const Way& way = ways->ways[w];
            std::vector<Shares> of_parts;
            bool enough = true;
            for (size_t p = 0; p < way.parts.size(); ++p) {
                of_parts.push_back(shares_of_part(shares, envelope, o.version, w, p));
                enough = enough && of_parts.back().size() >= way.parts[p].threshold;
            }
            SecretBytes result;
            if (enough && try_parts(way, of_parts, 0, SecretBytes(secret_size), target, result)) {
                return result;
            }
            complete = complete || enough;
        }
    }
    throw Error(complete ? ErrorCode::commitment_mismatch : ErrorCode::shares_insufficient);
}

}  // namespace bidseal::bid
