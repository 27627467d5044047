#include "plan_check.h"

#include <set>

#include "bidseal/base/error.h"

#include "tender_rules.h"

namespace bidseal::bid {

namespace {

void check_summary(const BidPlan& plan, const Tender& tender) {
    std::set<std::string> given;
    for (const SummaryValue& value : plan.summary) {
        const SummaryField* field = tender.find_field(value.id);
        if (field == nullptr || !given.insert(value.id).second) {
            throw Error(ErrorCode::summary_invalid, "unknown or repeated field").subject(value.id);
        }
        check_summary_value(*field, value.value);
    }
    for (const SummaryField& field : tender.summary) {
        if (field.required && given.count(field.id) == 0) {
            throw Error(ErrorCode::summary_missing).subject(field.id);
        }
    }
}

void check_supplier_keys(const BidPlan& plan) {
    const std::string code = plan.signer->credit_code();
    require(!code.empty() && !plan.signer->holder_name().empty(), ErrorCode::supplier_mismatch,
            "the certificate names no company");
    for (const OpenerKey& key : plan.supplier_openers) {
        require(key.certificate.credit_code() == code, ErrorCode::supplier_mismatch,
                "the encryption certificate is another company's");
        require(can_decrypt(key.certificate), ErrorCode::certificate_usage);
    }
}

/// Some chosen way must still work at the end of the decryption window.
void check_ends(const BidPlan& plan, const Tender& tender, const std::vector<WayPlan>& ways) {
    const Timestamp end{tender.opening.seconds + int64_t{60} * tender.window_minutes};
    for (const WayPlan& way : ways) {
        bool lasts = true;
        for (const PartPlan& part : way) {
            size_t lasting = 0;
            for (const OpenerKey& key : part.keys) {
                lasting += key.certificate.not_after() >= end ? 1 : 0;
            }
            lasts = lasts && lasting >= part.threshold;
        }
        if (lasts) {
            return;
        }
    }
    require(plan.accept_early_end, ErrorCode::certificate_ends_early);
}

template <class Item>
void add_once(std::vector<Item>& to, const Item& item) {
    for (const Item& known : to) {
        if (equal(known.der(), item.der())) {
            return;
        }
    }
    to.push_back(item);
}

/// Takes the intermediates of a path and the lists that were consulted, each once.
void add_proof(const crypto::ChainResult& result, CheckedPlan& checked) {
    for (size_t i = 1; i + 1 < result.path.size(); ++i) {
        add_once(checked.chain, result.path[i]);
    }
    for (const crypto::RevocationList& list : result.evidence) {
        add_once(checked.evidence, list);
    }
}

}  // namespace

CheckedPlan check_plan(const BidPlan& plan, const Tender& tender, Timestamp now) {
    require(plan.signer.has_value(), ErrorCode::usage, "no signing certificate");
    require(tender.find_lot(plan.lot) != nullptr, ErrorCode::tender_lot_unknown);
    require(now <= tender.deadline || plan.accept_after_deadline, ErrorCode::deadline_passed);
    require(can_sign(*plan.signer), ErrorCode::certificate_usage);
    check_supplier_keys(plan);
    CheckedPlan checked;
    checked.ways = plan_ways(tender, plan.ways, plan.supplier_openers);
    if (plan.check_chain) {
        crypto::TrustStore trust = tender.trust();
        trust.crls.insert(trust.crls.end(), plan.crls.begin(), plan.crls.end());
        const auto policy = crypto::RevocationPolicy::use_if_present;
        crypto::ChainResult result = crypto::validate_chain(*plan.signer, plan.extra, trust, now,
                                                            signing_usage(*plan.signer), policy);
        add_proof(result, checked);
        // Readers judge the openers too, so that what proves them travels as well.
        for (const OpenerKey& key : plan.supplier_openers) {
            result = crypto::validate_chain(key.certificate, plan.extra, trust, now,
                                            encryption_usage(key.certificate), policy);
            add_proof(result, checked);
        }
    }
    check_ends(plan, tender, checked.ways);
    check_summary(plan, tender);
    return checked;
}

std::vector<SummaryValue> summary_of(const BidPlan& plan, const Tender& tender,
                                     std::string_view envelope) {
    std::vector<SummaryValue> values;
    for (const SummaryField& field : tender.summary) {
        for (const SummaryValue& value : plan.summary) {
            if (field.envelope == envelope && value.id == field.id) {
                values.push_back(value);
            }
        }
    }
    return values;
}

}  // namespace bidseal::bid
