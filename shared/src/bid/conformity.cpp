#include "conformity.h"

#include <map>

namespace bidseal::bid {

std::vector<NonConformity> check_document(const ManifestDocument& document, size_t number,
                                          const DocumentFinding& finding, EnvelopeKind kind,
                                          const EnvelopeRule* rule) {
    std::vector<NonConformity> found;
    if (kind == EnvelopeKind::price && (finding.encrypted || finding.active)) {
        found.push_back({ErrorCode::document_active, document.slot, number});
    }
    const DocumentSlot* slot = rule == nullptr ? nullptr : find_slot(*rule, document.slot);
    const bool allowed = slot == nullptr || format_allowed(finding.format, slot->formats);
    if (!allowed || finding.format != document.format) {
        found.push_back({ErrorCode::document_format, document.slot, number});
    }
    return found;
}

namespace {

void check_slots(const Manifest& manifest, const EnvelopeRule& rule,
                 std::vector<NonConformity>& found) {
    std::map<std::string, uint32_t> counts;
    for (size_t i = 0; i < manifest.documents.size(); ++i) {
        const ManifestDocument& document = manifest.documents[i];
        const DocumentSlot* slot = find_slot(rule, document.slot);
        if (slot == nullptr || ++counts[document.slot] > slot->max_count) {
            found.push_back({ErrorCode::document_unexpected, document.slot, i});
        }
        if (slot != nullptr && document.size > slot->max_bytes) {
            found.push_back({ErrorCode::document_too_large, document.slot, i});
        }
    }
    for (const DocumentSlot& slot : rule.slots) {
        if (slot.required && counts[slot.id] == 0) {
            found.push_back({ErrorCode::document_missing, slot.id, std::nullopt});
        }
    }
}

void check_figures(const Manifest& manifest, const EnvelopeRule& rule, const Tender& tender,
                   std::vector<NonConformity>& found) {
    std::map<std::string, bool> given;
    for (const SummaryValue& value : manifest.summary) {
        const SummaryField* field = tender.find_field(value.id);
        given[value.id] = true;
        if (field == nullptr || field->envelope != rule.id) {
            found.push_back({ErrorCode::summary_invalid, value.id, std::nullopt});
            continue;
        }
        try {
            check_summary_value(*field, value.value);
        } catch (const Error& error) {
            found.push_back({error.code(), value.id, std::nullopt});
        }
    }
    for (const SummaryField& field : tender.summary) {
        if (field.envelope == rule.id && field.required && !given[field.id]) {
            found.push_back({ErrorCode::summary_missing, field.id, std::nullopt});
        }
    }
}

}  // namespace

std::vector<NonConformity> check_manifest(const Manifest& manifest, const EnvelopeRule& rule,
                                          const Tender& tender) {
    std::vector<NonConformity> found;
    check_slots(manifest, rule, found);
    check_figures(manifest, rule, tender, found);
    return found;
}

}  // namespace bidseal::bid
