#include "tender_rules.h"

#include <set>

#include "bidseal/base/error.h"
#include "bidseal/base/text.h"
#include "bidseal/bid/document_check.h"

namespace bidseal::bid {

namespace {

[[noreturn]] void refuse(const char* why, const std::string& subject) {
    throw Error(ErrorCode::tender_invalid, why).subject(subject);
}

void check_slots(const EnvelopeRule& envelope) {
    std::set<std::string> slots;
    for (const DocumentSlot& slot : envelope.slots) {
        if (!slots.insert(slot.id).second) {
            refuse("two slots of an envelope share an id", slot.id);
        }
        for (const std::string& format : slot.formats) {
            if (!format_known(format)) {
                refuse("unknown document format", slot.id);
            }
        }
    }
}

/// Whether the text is a real calendar day, YYYY-MM-DD.
bool is_date(std::string_view text) {
    if (text.size() != 10) {
        return false;
    }
    try {
        parse_time(std::string(text) + "T00:00:00Z");
        return true;
    } catch (const Error&) {
        return false;
    }
}

bool is_number(FieldType type) {
    return type == FieldType::amount || type == FieldType::quantity || type == FieldType::integer;
}

void check_limit(const SummaryField& field, const std::optional<std::string>& limit) {
    if (!limit) {
        return;
    }
    const bool fits = is_number(field.type)           ? is_decimal(*limit, field.scale)
                      : field.type == FieldType::date ? is_date(*limit)
                                                      : false;
    if (!fits) {
        refuse("a limit is not of the field's form", field.id);
    }
}

bool above(const SummaryField& field, std::string_view a, std::string_view b) {
    return is_number(field.type) ? compare_decimal(a, b) > 0 : a > b;
}

void check_field(const Tender& tender, const SummaryField& field) {
    if (tender.find_envelope(field.envelope) == nullptr) {
        refuse("a field names an unknown envelope", field.id);
    }
    const bool scaled = field.type == FieldType::amount || field.type == FieldType::quantity;
    if (!scaled && field.scale != 0) {
        refuse("only amounts and quantities have a scale", field.id);
    }
    check_limit(field, field.min);
    check_limit(field, field.max);
    if (field.min && field.max && above(field, *field.min, *field.max)) {
        refuse("the lower limit is above the upper", field.id);
    }
    if ((field.type == FieldType::choice) == field.choices.empty()) {
        refuse("exactly choice fields have choices", field.id);
    }
    std::set<std::string> choices(field.choices.begin(), field.choices.end());
    if (choices.size() != field.choices.size()) {
        refuse("a choice stands twice", field.id);
    }
}

void check_openers(const Tender& tender) {
    std::set<WayKind> ways;
    for (const WayRule& rule : tender.ways) {
        if (!ways.insert(rule.way).second) {
            refuse("a way stands twice", way_name(rule.way));
        }
        if (rule.way != WayKind::supplier && !tender.platform_encryption) {
            refuse("a way needs the platform's encryption certificate", way_name(rule.way));
        }
        if (rule.way == WayKind::platform_rescue && tender.rescue_threshold == 0) {
            refuse("a way needs a rescue group", way_name(rule.way));
        }
    }
    const size_t members = tender.rescue_members.size();
    const uint32_t threshold = tender.rescue_threshold;
    if (threshold == 0 ? members != 0 : threshold < 2 || threshold > members || members > 16) {
        refuse("rescue group: 2 <= t <= n <= 16", "rescue");
    }
    std::set<Bytes> keys;
    for (const crypto::Certificate& member : tender.rescue_members) {
        if (!can_decrypt(member)) {
            refuse("a rescue certificate cannot decrypt", "rescue");
        }
        if (!keys.insert(to_bytes(member.spki())).second) {
            refuse("two rescue members share a key", "rescue");
        }
    }
    if (tender.platform_encryption && !can_decrypt(*tender.platform_encryption)) {
        refuse("the platform's encryption certificate cannot decrypt", "platform");
    }
}

template <class Items>
void check_ids(const Items& items) {
    std::set<std::string> ids;
    for (const auto& item : items) {
        if (!ids.insert(item.id).second) {
            refuse("an id stands twice", item.id);
        }
    }
}

}  // namespace

bool can_sign(const crypto::Certificate& certificate) {
    return certificate.has_key_usage() &&
           (certificate.allows(crypto::KeyUsage::digital_signature) ||
            certificate.allows(crypto::KeyUsage::non_repudiation));
}

bool can_decrypt(const crypto::Certificate& certificate) {
    using crypto::KeyUsage;
    return certificate.key_kind() != crypto::KeyKind::p256 && certificate.has_key_usage() &&
           (certificate.allows(KeyUsage::key_encipherment) ||
            certificate.allows(KeyUsage::data_encipherment) ||
            certificate.allows(KeyUsage::key_agreement));
}

void check_tender_rules(const Tender& tender) {
    if (!tender.platform_certificate) {
        refuse("no platform certificate", "platform");
    }
    if (tender.published > tender.deadline || tender.deadline > tender.opening) {
        refuse("times out of order", "deadline");
    }
    check_ids(tender.lots);
    check_ids(tender.envelopes);
    check_ids(tender.summary);
    for (const EnvelopeRule& envelope : tender.envelopes) {
        check_slots(envelope);
    }
    for (const SummaryField& field : tender.summary) {
        check_field(tender, field);
    }
    check_openers(tender);
    for (const std::string& url : tender.crl_urls) {
        if (url.rfind("http://", 0) != 0 && url.rfind("https://", 0) != 0) {
            refuse("revocation lists come over http or https", "revocation");
        }
    }
}

void check_summary_value(const SummaryField& field, std::string_view value) {
    const auto invalid = [&] {
        return Error(ErrorCode::summary_invalid).subject(field.id);
    };
    if (!is_clean_text(value, 1024)) {
        throw invalid();
    }
    switch (field.type) {
        case FieldType::amount:
        case FieldType::quantity:
        case FieldType::integer:
            if (value.size() > 64 || !is_decimal(value, field.scale)) {
                throw invalid();
            }
            break;
        case FieldType::date:
            if (!is_date(value)) {
                throw invalid();
            }
            break;
        case FieldType::choice: {
            bool found = false;
            for (const std::string& choice : field.choices) {
                found = found || choice == value;
            }
            if (!found) {
                throw invalid();
            }
            break;
        }
        case FieldType::text:
            break;
    }
    if ((field.min && above(field, *field.min, value)) ||
        (field.max && above(field, value, *field.max))) {
        throw Error(ErrorCode::summary_out_of_range).subject(field.id);
    }
}

}  // namespace bidseal::bid
