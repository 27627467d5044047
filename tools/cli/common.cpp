#include "tools/cli/common.h"

#include <algorithm>
#include <functional>

namespace bidseal::cli {

std::vector<Option> trust_options() {
    return {
        {"tender", "FILE", "the tender file", true},
        {"trust", "FILE", "trust these roots instead of the issuers that the tender file accepts",
         false, true},
        {"crl", "FILE", "revocation list (DER or PEM)", false, true},
        {"require-crl", "", "refuse when no current revocation list is at hand"},
        {"at", "TIME", "judge as of this time (2026-11-22T08:30:00Z) instead of now"},
    };
}

std::unique_ptr<Clock> clock_of(const Args& args) {
    if (args.has("at"))
        return std::make_unique<FixedClock>(parse_time(args.get("at")));
    return std::make_unique<SystemClock>();
}

bid::TenderFile load_tender(const Args& args, const std::string& path) {
    bid::TenderFile tender = bid::TenderFile::parse(read_file(path, 32u << 20));
    if (args.has("trust"))
        tender.verify_trust(trust_of(args, tender), clock_of(args)->now());
    return tender;
}

crypto::TrustStore trust_of(const Args& args, const bid::TenderFile& tender) {
    crypto::TrustStore trust = tender.tender().trust();
    if (args.has("trust"))
        trust.roots = certificates_of(args, "trust");
    for (crypto::RevocationList& crl : crls_of(args))
        trust.crls.push_back(std::move(crl));
    return trust;
}

crypto::RevocationPolicy revocation_policy(const Args& args) {
    return args.has("require-crl") ? crypto::RevocationPolicy::require_evidence
                                   : crypto::RevocationPolicy::use_if_present;
}

OpenBid::OpenBid(const std::string& path) : file(path), reader(file.size()) {
    while (const auto need = reader.need())
        reader.supply(file.read(need->offset, need->length));
}

crypto::ChainResult judge_signer(const Args& args, const bid::VerifiedIndex& bid,
                                 const bid::TenderFile& tender, Timestamp at) {
    return bid::verify_bid_trust(bid, tender, at, trust_of(args, tender), revocation_policy(args));
}

std::vector<Option> rewrap_options() {
    return {{"rewrap", "FILE", "openers that were added later", false, true},
            {"rewrap-received", "TIME",
             "when each rewrap was received, in the same order (default: when it was made)", false,
             true}};
}

std::vector<bid::Openers> all_openers(const Args& args, const bid::VerifiedIndex& bid,
                                      const bid::TenderFile& tender) {
    const std::vector<std::string> paths = args.all("rewrap");
    const std::vector<std::string> receipts = args.all("rewrap-received");
    if (!receipts.empty() && receipts.size() != paths.size())
        throw Error(ErrorCode::usage, "each --rewrap needs its --rewrap-received, in order");
    std::vector<bid::Openers> all{bid.openers};
    for (size_t i = 0; i < paths.size(); ++i) {
        std::optional<Timestamp> received;
        if (!receipts.empty())
            received = parse_time(receipts[i]);
        all.push_back(bid::parse_rewrap_file(read_file(paths[i], 32u << 20), bid, tender,
                                             trust_of(args, tender), received,
                                             revocation_policy(args)));
        for (size_t j = 0; j <= i; ++j)
            require(all[j].version != all.back().version, ErrorCode::bid_openers,
                    "version stands twice");
    }
    return all;
}

std::vector<bid::CheckedRelease> all_releases(const Args& args, const bid::VerifiedIndex& bid,
                                              const std::vector<bid::Openers>& openers,
                                              const bid::TenderFile& tender, Timestamp at) {
    std::vector<bid::CheckedRelease> all;
    for (const std::string& path : args.all("release"))
        all.push_back(bid::parse_release_file(read_file(path, 32u << 20), bid, openers, tender,
                                              trust_of(args, tender), at));
    return all;
}

namespace {

/// What one certificate's key does with a slot; true when that is enough.
using Use = std::function<bool(const bid::Holder&, const bid::UnwrapTask&, const SecretBytes&)>;

/// Has each key unwrap its slots of the envelope and what was released to it, until `use` says that
/// it is enough. Slots that are not
/// right are passed over; throws the first reason when no key was any good.
void each_share(const OpenBid& bid, const bid::TenderFile& tender,
                const std::vector<bid::Openers>& openers,
                const std::vector<bid::CheckedRelease>& releases, KeyHolder& key,
                const std::string& envelope, const Use& use) {
    std::optional<Error> refused;  // the first slot that did not serve
    bool any = false;
    for (const crypto::Certificate& certificate : key.encryption_certificates()) {
        bid::Holder holder(bid.reader.bid(), tender, bid.reader.index().lot, certificate);
        for (size_t i = 1; i < openers.size(); ++i)
            holder.add_openers(openers[i]);
        for (const bid::CheckedRelease& each : releases)
            if (each.release.recipient == certificate.digest())
                holder.add_release(each.release);
        std::vector<bid::UnwrapTask> tasks;
        try {
            tasks = holder.tasks(envelope);
        } catch (const Error& error) {
            if (error.code() != ErrorCode::opener_not_found)
                throw;
        }
        for (bid::UnwrapTask& task : holder.released_tasks(envelope))
            tasks.push_back(std::move(task));
        for (const bid::UnwrapTask& task : tasks) {
            try {
                const SecretBytes unwrapped = key.unwrap(task, certificate);
                if (use(holder, task, unwrapped))
                    return;
                any = true;
            } catch (const Error& error) {
                if (!bid::concerns_one_slot(error.code()))
                    throw;
                if (!refused)
                    refused = error;
            }
        }
    }
    if (!any)
        throw refused ? *refused : Error(ErrorCode::opener_not_found);
}

/// The same share may come twice: by the holder's own key and by a release, or in two releases.
bool has_share(const std::vector<bid::ReleasedShare>& shares, const bid::UnwrapTask& task) {
    for (const bid::ReleasedShare& share : shares)
        if (share.version == task.version && share.way == task.way && share.part == task.part &&
            share.slot == task.slot)
            return true;
    return false;
}

}  // namespace

SecretBytes unlock_envelope(const OpenBid& bid, const bid::TenderFile& tender,
                            const std::vector<bid::Openers>& openers,
                            const std::vector<bid::CheckedRelease>& releases, KeyHolder& key,
                            const std::string& envelope) {
    // A release to somebody else's key is a mistake that should be told, not passed over.
    for (const bid::CheckedRelease& each : releases) {
        bool own = false;
        for (const crypto::Certificate& certificate : key.encryption_certificates())
            own = own || each.release.recipient == certificate.digest();
        if (!own)
            throw Error(ErrorCode::release_other_key);
    }
    std::vector<bid::ReleasedShare> shares;
    SecretBytes secret;
    each_share(
        bid, tender, openers, releases, key, envelope,
        [&](const bid::Holder& holder, const bid::UnwrapTask& task, const SecretBytes& unwrapped) {
            if (has_share(shares, task))
                return false;
            shares.push_back(holder.accept(task, unwrapped));
            if (task.opens_alone)
                secret = bid::combine_shares(bid.reader.index(), openers, envelope, shares);
            return task.opens_alone;
        });
    if (!secret.empty())
        return secret;
    return bid::combine_shares(bid.reader.index(), openers, envelope, shares);
}

bool rehearse_envelope(const OpenBid& bid, const bid::TenderFile& tender,
                       const std::vector<bid::Openers>& openers, KeyHolder& key,
                       const std::string& envelope) {
    bool whole = false;
    each_share(
        bid, tender, openers, {}, key, envelope,
        [&](const bid::Holder& holder, const bid::UnwrapTask& task, const SecretBytes& unwrapped) {
            whole |= holder.rehearse(task, unwrapped).commitment_checked;
            return whole;
        });
    return whole;
}

std::vector<bid::ReleasedShare> own_shares(const OpenBid& bid, const bid::TenderFile& tender,
                                           const std::vector<bid::Openers>& openers, KeyHolder& key,
                                           const std::string& envelope) {
    std::vector<bid::ReleasedShare> shares;
    each_share(
        bid, tender, openers, {}, key, envelope,
        [&](const bid::Holder& holder, const bid::UnwrapTask& task, const SecretBytes& unwrapped) {
            shares.push_back(holder.accept(task, unwrapped));
            return false;
        });
    return shares;
}

std::vector<const bid::IndexEnvelope*> chosen_envelopes(const Args& args,
                                                        const bid::BidIndex& index) {
    std::vector<const bid::IndexEnvelope*> chosen;
    if (args.has("envelope")) {
        for (const std::string& id : args.all("envelope"))
            chosen.push_back(&index.envelope(id));
    } else {
        for (const bid::IndexEnvelope& envelope : index.envelopes)
            chosen.push_back(&envelope);
    }
    std::stable_sort(chosen.begin(), chosen.end(),
                     [](const auto* a, const auto* b) { return a->stage < b->stage; });
    return chosen;
}

namespace {

std::string words_of(const bid::Fingerprint& fingerprint) {
    std::string text;
    for (const std::string& word : bid::fingerprint_words(fingerprint))
        text += (text.empty() ? "" : " ") + word;
    return text;
}

}  // namespace

void show_bid(Output& out, const bid::VerifiedIndex& bid) {
    const bid::BidIndex& index = bid.index;
    out.rows({
        {"platform", index.platform},
        {"project", index.project},
        {"lot", index.lot},
        {"supplier", index.supplier_name + " (" + index.supplier_code + ")"},
        {"signed by", bid.signature.signer.subject_text()},
        {"created", format_time(index.created)},
        {"fingerprint", bid::fingerprint_text(bid.fingerprint)},
        {"read aloud", words_of(bid.fingerprint)},
    });
    for (const bid::IndexEnvelope& envelope : index.envelopes) {
        std::string ways;
        if (const bid::EnvelopeWays* found = bid.openers.find(envelope.id)) {
            for (const bid::Way& way : found->ways) {
                std::string parts;
                for (const bid::Part& part : way.parts) {
                    parts += (parts.empty() ? "" : "+") + std::string(part_role_name(part.role));
                    if (part.threshold > 1)
                        parts += " " + std::to_string(part.threshold) + " of " +
                                 std::to_string(part.slots.size());
                }
                ways += (ways.empty() ? "" : ", ") + parts;
            }
        }
        out.line("envelope " + envelope.id + " (stage " + std::to_string(envelope.stage) + ", " +
                 envelope_kind_name(envelope.kind) + "): " + human_size(envelope.length) +
                 ", opens by " + ways);
    }
}

protocol::Json bid_json(const bid::VerifiedIndex& bid) {
    const bid::BidIndex& index = bid.index;
    protocol::Json::Array envelopes;
    for (const bid::IndexEnvelope& envelope : index.envelopes)
        envelopes.push_back(protocol::ObjectBuilder()
                                .text("id", envelope.id)
                                .text("kind", envelope_kind_name(envelope.kind))
                                .integer("stage", envelope.stage)
                                .size("length", envelope.length)
                                .size("chunks", envelope.chunks)
                                .hex("root", envelope.root.view())
                                .hex("commitment", envelope.commitment.view())
                                .build());
    return protocol::ObjectBuilder()
        .hex("fingerprint", bid.fingerprint.view())
        .texts("words", bid::fingerprint_words(bid.fingerprint))
        .text("platform", index.platform)
        .text("project", index.project)
        .text("lot", index.lot)
        .hex("tender", index.tender.view())
        .text("supplier", index.supplier_name)
        .text("code", index.supplier_code)
        .text("signer", bid.signature.signer.subject_text())
        .time("created", index.created)
        .array("envelopes", std::move(envelopes))
        .build();
}

}  // namespace bidseal::cli
