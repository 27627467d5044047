// From the tender's policy to the parts of each way, and back: whether openers keep to the policy.
#include <algorithm>

#include "bidseal/base/error.h"
#include "bidseal/bid/limits.h"
#include "bidseal/bid/openers.h"

#include "plan_check.h"
#include "tender_rules.h"

namespace bidseal::bid {

namespace {

bool contains(const std::vector<WayKind>& ways, WayKind way) {
    for (WayKind w : ways) {
        if (w == way) {
            return true;
        }
    }
    return false;
}

std::vector<WayKind> choose_ways(const Tender& tender, std::vector<WayKind> chosen) {
    if (chosen.empty()) {
        for (const WayRule& rule : tender.ways) {
            if (rule.mandatory) {
                chosen.push_back(rule.way);
            }
        }
        if (chosen.empty()) {
            chosen.push_back(tender.ways.front().way);
        }
    }
    for (size_t i = 0; i < chosen.size(); ++i) {
        require(tender.allows(chosen[i]), ErrorCode::usage, "the tender does not allow this way");
        for (size_t j = 0; j < i; ++j) {
            require(chosen[i] != chosen[j], ErrorCode::usage, "a way is chosen twice");
        }
    }
    for (const WayRule& rule : tender.ways) {
        if (rule.mandatory && !contains(chosen, rule.way)) {
            throw Error(ErrorCode::opener_required).subject(way_name(rule.way));
        }
    }
    return chosen;
}

/// Whether the key can take such a wrap: in another one platform and rescue members find nothing.
bool kind_fits(WrapKind kind, crypto::KeyKind key) {
    switch (kind) {
        case WrapKind::ukey:
        case WrapKind::mobile:
            return key == crypto::KeyKind::sm2;
        case WrapKind::cms:
            return key != crypto::KeyKind::p256;
        case WrapKind::cms_oaep_sha1:
            return key == crypto::KeyKind::rsa;
        case WrapKind::unknown:
            break;
    }
    return false;
}

bool same_keys(const Openers& openers, const Part& part,
               const std::vector<crypto::Certificate>& expected) {
    if (part.slots.size() != expected.size()) {
        return false;
    }
    for (size_t i = 0; i < expected.size(); ++i) {
        const Slot& slot = part.slots[i];
        if (!(openers.certificates[slot.certificate] == expected[i]) ||
            !kind_fits(slot.kind, expected[i].key_kind())) {
            return false;
        }
    }
    return true;
}

void check_part(const Openers& openers, const Part& part, const Tender& tender,
                std::string_view supplier_code) {
    switch (part.role) {
        case PartRole::supplier:
            for (const Slot& slot : part.slots) {
                const crypto::Certificate& opener = openers.certificates[slot.certificate];
                require(opener.credit_code() == supplier_code, ErrorCode::supplier_mismatch,
                        "another company's certificate opens");
                require(can_decrypt(opener), ErrorCode::certificate_usage);
            }
            break;
        case PartRole::platform:
            require(tender.platform_encryption &&
                        same_keys(openers, part, {*tender.platform_encryption}),
                    ErrorCode::bid_openers, "not the platform's certificate");
            break;
        case PartRole::rescue:
            require(part.threshold == tender.rescue_threshold &&
                        same_keys(openers, part, tender.rescue_members),
                    ErrorCode::bid_openers, "not the tender's rescue group");
            break;
    }
}

}  // namespace

OpenerKey default_opener(const crypto::Certificate& certificate) {
    switch (certificate.key_kind()) {
        case crypto::KeyKind::sm2:
            return {certificate, WrapKind::ukey};
        case crypto::KeyKind::rsa:
            return {certificate, WrapKind::cms};
        case crypto::KeyKind::p256:
            break;
    }
    throw Error(ErrorCode::key_invalid, "this key cannot encrypt");
}

std::vector<WayPlan> plan_ways(const Tender& tender, const std::vector<WayKind>& chosen,
                               const std::vector<OpenerKey>& supplier) {
    std::vector<WayPlan> plans;
    for (WayKind way : choose_ways(tender, chosen)) {
        WayPlan plan;
        if (way != WayKind::platform_rescue) {
            if (supplier.empty()) {
                throw Error(ErrorCode::opener_required, "no supplier certificate")
                    .subject(way_name(way));
            }
            plan.push_back({PartRole::supplier, 1, supplier});
        }
        if (way != WayKind::supplier) {
            plan.push_back({PartRole::platform, 1, {default_opener(*tender.platform_encryption)}});
        }
        if (way == WayKind::platform_rescue) {
            PartPlan rescue{PartRole::rescue, tender.rescue_threshold, {}};
            for (const crypto::Certificate& member : tender.rescue_members) {
                rescue.keys.push_back(default_opener(member));
            }
            plan.push_back(std::move(rescue));
        }
        plans.push_back(std::move(plan));
    }
    return plans;
}

std::optional<WayKind> way_kind_of(const Way& way) {
    const auto is = [&](size_t part, PartRole role, bool shared) {
        return way.parts[part].role == role && (way.parts[part].threshold > 1) == shared;
    };
    if (way.parts.size() == 1 && is(0, PartRole::supplier, false)) {
        return WayKind::supplier;
    }
    if (way.parts.size() == 2 && is(0, PartRole::supplier, false) &&
        is(1, PartRole::platform, false)) {
        return WayKind::supplier_platform;
    }
    if (way.parts.size() == 2 && is(0, PartRole::platform, false) &&
        is(1, PartRole::rescue, true)) {
        return WayKind::platform_rescue;
    }
    return std::nullopt;
}

void check_openers_policy(const Openers& openers, const Tender& tender,
                          std::string_view supplier_code) {
    for (const EnvelopeWays& envelope : openers.envelopes) {
        std::vector<WayKind> present;
        for (const Way& way : envelope.ways) {
            const std::optional<WayKind> kind = way_kind_of(way);
            require(kind && tender.allows(*kind), ErrorCode::bid_openers,
                    "the tender does not allow this way");
            require(!contains(present, *kind), ErrorCode::bid_openers, "a way stands twice");
            present.push_back(*kind);
            for (const Part& part : way.parts) {
                check_part(openers, part, tender, supplier_code);
            }
        }
        for (const WayRule& rule : tender.ways) {
            // A rewrap adds to ways that are already there, so that it needs none of them.
            if (rule.mandatory && openers.version == 0 && !contains(present, rule.way)) {
                throw Error(ErrorCode::opener_required).subject(way_name(rule.way));
            }
        }
    }
}

void check_supplier_openers(const Openers& openers, const std::vector<crypto::Certificate>& extra,
                            const crypto::TrustStore& trust, Timestamp at,
                            crypto::RevocationPolicy policy) {
    std::vector<bool> checked(openers.certificates.size());
    const auto check = [&](const Slot& slot) {
        if (checked[slot.certificate]) {
            return;
        }
        checked[slot.certificate] = true;
        const crypto::Certificate& opener = openers.certificates[slot.certificate];
        require(can_decrypt(opener), ErrorCode::certificate_usage);
        // An end before the receipt harms nobody but the supplier.
        crypto::validate_chain(opener, extra, trust, std::min(at, opener.not_after()),
                               encryption_usage(opener), policy);
    };
    for (const EnvelopeWays& envelope : openers.envelopes) {
        for (const Way& way : envelope.ways) {
            for (const Part& part : way.parts) {
                if (part.role == PartRole::supplier) {
                    std::for_each(part.slots.begin(), part.slots.end(), check);
                }
            }
        }
    }
}

void check_openers_of_bid(const Openers& openers, const BidIndex& index) {
    require(
        openers.version == 0 && openers.nonce == index.nonce && openers.created == index.created,
        ErrorCode::bid_openers, "made for another bid");
    require(openers.envelopes.size() == index.envelopes.size(), ErrorCode::bid_openers,
            "other envelopes than the index");
    for (size_t i = 0; i < index.envelopes.size(); ++i) {
        require(openers.envelopes[i].envelope == index.envelopes[i].id, ErrorCode::bid_openers,
                "other envelopes than the index");
    }
}

void check_added_openers(const Openers& openers, const BidIndex& index,
                         const Fingerprint& fingerprint, const Tender& tender) {
    require(
        openers.version > 0 && openers.nonce == index.nonce && openers.fingerprint == fingerprint,
        ErrorCode::bid_openers, "made for another bid");
    size_t next = 0;  // the envelopes of the index, in its order, with gaps
    for (const EnvelopeWays& ways : openers.envelopes) {
        while (next < index.envelopes.size() && index.envelopes[next].id != ways.envelope) {
            ++next;
        }
        require(next++ < index.envelopes.size(), ErrorCode::bid_openers,
                "an envelope that the bid does not have");
    }
    check_openers_policy(openers, tender, index.supplier_code);
}

OpenersBuilder::OpenersBuilder(uint32_t version, const BidNonce& nonce,
                               std::optional<Fingerprint> fingerprint, Timestamp created) {
    m_openers.version = version;
    m_openers.nonce = nonce;
    m_openers.fingerprint = fingerprint;
    m_openers.created = created;
}

size_t OpenersBuilder::certificate_index(const crypto::Certificate& certificate) {
    for (size_t i = 0; i < m_openers.certificates.size(); ++i) {
        if (m_openers.certificates[i] == certificate) {
            return i;
        }
    }
    m_openers.certificates.push_back(certificate);
    return m_openers.certificates.size() - 1;
}

void OpenersBuilder::add(std::string_view envelope, const std::vector<WayPlan>& ways,
                         const SecretBytes& secret, const EnvelopeContext& context) {
    // The shapes first: way digests depend on all of a way's certificates.
    EnvelopeWays entry;
    entry.envelope = envelope;
    for (const WayPlan& plan : ways) {
        Way way;
        for (const PartPlan& part_plan : plan) {
            Part part;
            part.role = part_plan.role;
            part.threshold = part_plan.threshold;
            for (const OpenerKey& key : part_plan.keys) {
                require(can_decrypt(key.certificate), ErrorCode::certificate_usage,
                        "a certificate that cannot decrypt");
                part.slots.push_back(
                    {wrap_kind_name(key.kind), key.kind, certificate_index(key.certificate), {}});
            }
            way.parts.push_back(std::move(part));
        }
        entry.ways.push_back(std::move(way));
    }
    m_openers.envelopes.push_back(std::move(entry));
    std::vector<Way>& shapes = m_openers.envelopes.back().ways;
    for (size_t w = 0; w < shapes.size(); ++w) {
        const crypto::Sm3Digest digest = way_digest(m_openers, w, shapes[w]);
        for (size_t p = 0; p < shapes[w].parts.size(); ++p) {
            for (size_t s = 0; s < shapes[w].parts[p].slots.size(); ++s) {
                Slot& slot = shapes[w].parts[p].slots[s];
                const SecretBytes share =
                    derive_share(m_openers, envelope, w, p, s, secret, context);
                slot.data = wrap_share(slot.kind, m_openers.certificates[slot.certificate], share,
                                       context, digest, p, s);
            }
        }
    }
}

}  // namespace bidseal::bid
