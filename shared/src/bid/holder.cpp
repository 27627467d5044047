#include "bidseal/bid/holder.h"

#include <algorithm>
#include <map>

#include "bidseal/base/error.h"
#include "bidseal/bid/limits.h"
#include "bidseal/bid/release.h"

#include "release_content.h"
#include "wrap_content.h"

namespace bidseal::bid {

namespace {

/// The share inside a `cms` wrap, opened with its content key.
SecretBytes share_of_cms(const Slot& slot, const SecretBytes& content_key) {
    const crypto::ParsedEnvelopedData envelope = crypto::parse_enveloped_data(slot.data);
    const SecretBytes content = crypto::open_enveloped_content(envelope, content_key.view());
    require(content.size() == cms_wrap_content_size, ErrorCode::wrap_mismatch);
    return SecretBytes::copy_of(content.view().last(secret_size));
}

/// What the holder's key has to decrypt. Gives nothing for a wrap that is not built right.
bool fill_task(UnwrapTask& task, const Slot& slot, const crypto::Certificate& certificate) {
    switch (slot.kind) {
        case WrapKind::ukey:
            if (slot.data.size() <= secret_size) {
                return false;
            }
            task.encrypted_share.assign(slot.data.begin(), slot.data.begin() + secret_size);
            task.encrypted_key.assign(slot.data.begin() + secret_size, slot.data.end());
            return true;
        case WrapKind::mobile:
            task.encrypted_key = slot.data;
            return true;
        case WrapKind::cms:
        case WrapKind::cms_oaep_sha1:
            try {
                const crypto::ParsedEnvelopedData envelope =
                    crypto::parse_enveloped_data(slot.data);
                const auto* recipient = crypto::find_recipient(envelope, certificate);
                if (recipient == nullptr) {
                    return false;
                }
                task.encrypted_key = recipient->encrypted_key;
                task.key_algorithm = recipient->algorithm;
                return true;
            } catch (const Error&) {
                return false;
            }
        case WrapKind::unknown:
            break;
    }
    return false;
}

}  // namespace

Holder::Holder(ByteView index, ByteView openers, ByteView signature, const TenderFile& tender,
               std::string_view lot, crypto::Certificate certificate)
    : Holder(verify_bid_parts(index, openers, signature), tender, lot, std::move(certificate)) {}

Holder::Holder(const VerifiedIndex& bid, const TenderFile& tender, std::string_view lot,
               crypto::Certificate certificate)
    : m_index(bid.index),
      m_fingerprint(bid.fingerprint),
      m_tender(tender.tender()),
      m_certificate(std::move(certificate)) {
    check_index_against_tender(m_index, tender);
    require(m_index.lot == lot, ErrorCode::tender_mismatch, "a bid for another lot");
    check_openers_policy(bid.openers, m_tender, m_index.supplier_code);
    m_openers.push_back(bid.openers);
}

void Holder::add_openers(const Openers& openers) {
    check_added_openers(openers, m_index, m_fingerprint, m_tender);
    for (const Openers& known : m_openers) {
        require(known.version != openers.version, ErrorCode::bid_openers, "version stands twice");
    }
    m_openers.push_back(openers);
}

void Holder::add_release(const Release& release) {
    require(release.recipient == m_certificate.digest(), ErrorCode::release_other_key);
    for (const ReleaseItem& item : release.shares) {
        const EnvelopeWays* ways = openers_of(item.version).find(item.envelope);
        openers_of(item.version).slot(item.envelope, item.way, item.part, item.slot);
        const Part& part = ways->ways[item.way].parts[item.part];
        const crypto::ParsedEnvelopedData envelope = crypto::parse_enveloped_data(item.data);
        const auto* recipient = crypto::find_recipient(envelope, m_certificate);
        require(recipient != nullptr, ErrorCode::release_other_key);
        UnwrapTask task;
        task.envelope = item.envelope;
        task.version = item.version;
        task.way = item.way;
        task.part = item.part;
        task.slot = item.slot;
        task.role = part.role;
        task.opens_alone = ways->ways[item.way].parts.size() == 1 && part.threshold == 1;
        task.encrypted_key = recipient->encrypted_key;
        task.encrypted_share = envelope.encrypted_content;
        task.released = true;
        task.iv = envelope.iv;
        m_released.push_back(std::move(task));
    }
}

const Openers& Holder::openers_of(uint32_t version) const {
    for (const Openers& openers : m_openers) {
        if (openers.version == version) {
            return openers;
        }
    }
    throw Error(ErrorCode::opener_not_found);
}

std::vector<UnwrapTask> Holder::tasks(std::string_view envelope) const {
    m_index.envelope(envelope);
    std::vector<UnwrapTask> tasks;
    for (const Openers& openers : m_openers) {
        const EnvelopeWays* ways = openers.find(envelope);
        for (size_t w = 0; ways != nullptr && w < ways->ways.size(); ++w) {
            const Way& way = ways->ways[w];
            for (size_t p = 0; p < way.parts.size(); ++p) {
                for (size_t s = 0; s < way.parts[p].slots.size(); ++s) {
                    const Slot& slot = way.parts[p].slots[s];
                    const crypto::Certificate& target = openers.certificates[slot.certificate];
                    // A renewed certificate may keep its key: the key decides.
                    if (!equal(target.spki(), m_certificate.spki())) {
                        continue;
                    }
                    UnwrapTask task;
                    task.envelope = envelope;
                    task.version = openers.version;
                    task.way = w;
                    task.part = p;
                    task.slot = s;
                    task.role = way.parts[p].role;
                    task.kind = slot.kind;
                    task.opens_alone = way.parts.size() == 1 && way.parts[0].threshold == 1;
                    if (fill_task(task, slot, target)) {
                        tasks.push_back(std::move(task));
                    }
                }
            }
        }
    }
    require(!tasks.empty(), ErrorCode::opener_not_found);
    std::stable_sort(tasks.begin(), tasks.end(), [](const UnwrapTask& a, const UnwrapTask& b) {
        return a.opens_alone && !b.opens_alone;
    });
    return tasks;
}

std::vector<UnwrapTask> Holder::released_tasks(std::string_view envelope) const {
    m_index.envelope(envelope);
    std::vector<UnwrapTask> tasks;
    for (const UnwrapTask& task : m_released) {
        if (task.envelope == envelope) {
            tasks.push_back(task);
        }
    }
    return tasks;
}

ReleasedShare Holder::accept_released(const UnwrapTask& task, const SecretBytes& blocks) const {
    const Openers& openers = openers_of(task.version);
    const IndexEnvelope& entry = m_index.envelope(task.envelope);
    const EnvelopeContext context = envelope_context(m_index, entry.id, entry.stage);
    const crypto::Sm3Digest digest =
        way_digest(openers, task.way, openers.find(task.envelope)->ways[task.way]);
    const SecretBytes content = content_of_blocks(blocks, task.iv, task.encrypted_share);
    SecretBytes share = SecretBytes::copy_of(content.view().last(secret_size));
    Bytes expected = release_share_content(share, context, digest, task.part, task.slot);
    const bool bound = constant_time_equal(expected, content.view());
    wipe(expected.data(), expected.size());
    require(bound, ErrorCode::share_invalid);
    require(share_fits_slot(openers, task.envelope, task.way, task.part, task.slot, share, context),
            ErrorCode::share_invalid);
    return {task.envelope, task.version, task.way, task.part, task.slot, std::move(share)};
}

ReleasedShare Holder::accept(const UnwrapTask& task, const SecretBytes& unwrapped) const {
    if (task.released) {
        return accept_released(task, unwrapped);
    }
    const Openers& openers = openers_of(task.version);
    const Slot& slot = openers.slot(task.envelope, task.way, task.part, task.slot);
    const crypto::Certificate& target = openers.certificates[slot.certificate];
    require(equal(target.spki(), m_certificate.spki()), ErrorCode::opener_not_found);
    const IndexEnvelope& entry = m_index.envelope(task.envelope);
    const EnvelopeContext context = envelope_context(m_index, entry.id, entry.stage);
    const crypto::Sm3Digest digest =
        way_digest(openers, task.way, openers.find(task.envelope)->ways[task.way]);
    ReleasedShare released{task.envelope, task.version, task.way, task.part, task.slot, {}};
    Bytes again;
    try {
        const bool cms = slot.kind == WrapKind::cms || slot.kind == WrapKind::cms_oaep_sha1;
        SecretBytes share = cms ? share_of_cms(slot, unwrapped) : unwrapped.clone();
        require(share.size() == secret_size, ErrorCode::wrap_mismatch);
        again = wrap_share(slot.kind, target, share, context, digest, task.part, task.slot);
        released.value = std::move(share);
    } catch (const Error&) {
        throw Error(ErrorCode::wrap_mismatch);  // one answer for every cause
    }
    require(constant_time_equal(again, slot.data), ErrorCode::wrap_mismatch);
    return released;
}

bool concerns_one_slot(ErrorCode code) {
    switch (code) {
        case ErrorCode::wrap_mismatch:
        case ErrorCode::decrypt_failed:
        case ErrorCode::commitment_mismatch:
        case ErrorCode::key_not_found:
        case ErrorCode::token_unsupported:
            return true;
        default:
            return false;
    }
}

std::vector<ReleasedShare> release_shares(const std::vector<UnwrapTask>& tasks,
                                          const ReleaseCall& release) {
    std::vector<ReleasedShare> shares;
    std::map<std::string, Error> refused;  // the first of each envelope
    for (const UnwrapTask& task : tasks) {
        try {
            shares.push_back(release(task));
        } catch (const Error& error) {
            if (!concerns_one_slot(error.code())) {
                throw;
            }
            refused.emplace(task.envelope, error);
        }
    }
    for (const ReleasedShare& share : shares) {
        refused.erase(share.envelope);
    }
    if (!refused.empty()) {
        throw refused.begin()->second;
    }
    return shares;
}

RehearseResult Holder::rehearse(const UnwrapTask& task, const SecretBytes& unwrapped) const {
    std::vector<ReleasedShare> shares;
    shares.push_back(accept(task, unwrapped));
    RehearseResult result;
    if (task.opens_alone) {
        combine_shares(m_index, m_openers, task.envelope, shares);
        result.commitment_checked = true;
    }
    return result;
}

}  // namespace bidseal::bid
