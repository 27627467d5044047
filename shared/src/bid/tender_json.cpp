#include "tender_json.h"

#include "bidseal/base/error.h"
#include "bidseal/base/text.h"
#include "bidseal/bid/limits.h"

#include "envelope_head.h"
#include "tender_rules.h"

namespace bidseal::bid {

namespace {

using crypto::Certificate;
using crypto::RevocationList;
using protocol::Json;
using protocol::ObjectBuilder;
using protocol::ObjectReader;

constexpr size_t max_lots = 256;
constexpr size_t max_slots = 64;
constexpr size_t max_fields = 128;
constexpr size_t max_issuers = 64;
constexpr size_t max_certificate_bytes = 65536;

template <class Item>
std::string der_base64(const Item& item) {
    return to_base64(item.der());
}

template <class Item>
std::vector<std::string> der_texts(const std::vector<Item>& items) {
    std::vector<std::string> texts;
    for (const Item& item : items) {
        texts.push_back(der_base64(item));
    }
    return texts;
}

Bytes decode(const ObjectReader& r, std::string_view name, const std::string& text) {
    try {
        return from_base64(text);
    } catch (const Error&) {
        r.refuse(name, "not base64");
    }
}

/// Certificates or revocation lists as base64 of DER. PEM inside is refused: one spelling.
template <class Item>
std::vector<Item> read_ders(ObjectReader& r, std::string_view name, size_t min, size_t max) {
    std::vector<Item> items;
    for (const std::string& text : r.texts(name, min, max, max_tender_content_bytes)) {
        const Bytes der = decode(r, name, text);
        Item item = Item::parse(der);
        if (!equal(item.der(), der)) {
            r.refuse(name, "not DER");
        }
        items.push_back(std::move(item));
    }
    return items;
}

Json slot_json(const DocumentSlot& slot) {
    return ObjectBuilder()
        .text("id", slot.id)
        .text("title", slot.title)
        .boolean("required", slot.required)
        .texts("formats", slot.formats)
        .size("max_bytes", slot.max_bytes)
        .integer("max_count", slot.max_count)
        .build();
}

DocumentSlot read_slot(ObjectReader& r) {
    DocumentSlot slot;
    slot.id = r.identifier("id");
    slot.title = r.clean_text("title", max_title_bytes);
    slot.required = r.boolean("required");
    slot.formats = r.texts("formats", 1, 32, 16);
    slot.max_bytes = static_cast<uint64_t>(r.integer("max_bytes", 1, int64_t{1} << 40));
    slot.max_count = static_cast<uint32_t>(r.integer("max_count", 1, max_documents));
    return slot;
}

Json envelope_json(const EnvelopeRule& envelope) {
    Json::Array slots;
    for (const DocumentSlot& slot : envelope.slots) {
        slots.push_back(slot_json(slot));
    }
    return envelope_head(envelope).array("slots", std::move(slots)).build();
}

EnvelopeRule read_envelope(ObjectReader& r) {
    EnvelopeRule envelope;
    read_envelope_head(r, envelope);
    envelope.slots = r.objects("slots", 0, max_slots, read_slot);
    return envelope;
}

void add_optional(ObjectBuilder& builder, std::string_view name,
                  const std::optional<std::string>& value) {
    if (value) {
        builder.text(name, *value);
    } else {
        builder.null(name);
    }
}

Json field_json(const SummaryField& field) {
    ObjectBuilder builder;
    builder.text("id", field.id)
        .text("title", field.title)
        .text("envelope", field.envelope)
        .text("type", field_type_name(field.type))
        .text("unit", field.unit)
        .integer("scale", field.scale);
    add_optional(builder, "min", field.min);
    add_optional(builder, "max", field.max);
    return builder.boolean("required", field.required).texts("choices", field.choices).build();
}

std::optional<std::string> read_optional(ObjectReader& r, std::string_view name) {
    if (r.take_null(name)) {
        return std::nullopt;
    }
    return r.text(name, 64);
}

SummaryField read_field(ObjectReader& r) {
    SummaryField field;
    field.id = r.identifier("id");
    field.title = r.clean_text("title", max_title_bytes);
    field.envelope = r.identifier("envelope");
    field.type = static_cast<FieldType>(
        r.choice("type", {"amount", "quantity", "integer", "text", "date", "choice"}));
    field.unit = r.text("unit", 64);
    if (!field.unit.empty() && !is_clean_text(field.unit, 64)) {
        r.refuse("unit", "not clean text");
    }
    field.scale = static_cast<int>(r.integer("scale", 0, 9));
    field.min = read_optional(r, "min");
    field.max = read_optional(r, "max");
    field.required = r.boolean("required");
    field.choices = r.texts("choices", 0, 64, 256);
    for (const std::string& choice : field.choices) {
        if (!is_clean_text(choice, 256)) {
            r.refuse("choices", "not clean text");
        }
    }
    return field;
}

Json openers_json(const Tender& tender) {
    Json::Array ways;
    for (const WayRule& rule : tender.ways) {
        ways.push_back(ObjectBuilder()
                           .text("way", way_name(rule.way))
                           .boolean("mandatory", rule.mandatory)
                           .build());
    }
    ObjectBuilder builder;
    builder.array("ways", std::move(ways));
    if (tender.rescue_threshold == 0) {
        builder.null("rescue");
    } else {
        builder.value("rescue", ObjectBuilder()
                                    .integer("threshold", tender.rescue_threshold)
                                    .texts("members", der_texts(tender.rescue_members))
                                    .build());
    }
    return builder.build();
}

void read_openers(ObjectReader r, Tender& tender) {
    tender.ways = r.objects("ways", 1, 3, [](ObjectReader& way) {
        WayRule rule;
        rule.way = static_cast<WayKind>(
            way.choice("way", {"supplier", "supplier+platform", "platform+rescue"}));
        rule.mandatory = way.boolean("mandatory");
        return rule;
    });
    if (!r.take_null("rescue")) {
        ObjectReader rescue = r.object("rescue");
        tender.rescue_threshold = static_cast<uint32_t>(rescue.integer("threshold", 2, 16));
        tender.rescue_members = read_ders<Certificate>(rescue, "members", 2, 16);
        rescue.finish();
    }
    r.finish();
}

Json platform_json(const Tender& tender) {
    ObjectBuilder builder;
    builder.text("id", tender.platform_id)
        .text("name", tender.platform_name)
        .base64("certificate", tender.platform_certificate->der());
    if (tender.platform_encryption) {
        builder.base64("encryption", tender.platform_encryption->der());
    } else {
        builder.null("encryption");
    }
    return builder.build();
}

void read_platform(ObjectReader r, Tender& tender) {
    tender.platform_id = r.identifier("id");
    tender.platform_name = r.clean_text("name", max_title_bytes);
    tender.platform_certificate =
        Certificate::parse(r.base64("certificate", 1, max_certificate_bytes));
    if (!r.take_null("encryption")) {
        tender.platform_encryption =
            Certificate::parse(r.base64("encryption", 1, max_certificate_bytes));
    }
    r.finish();
}

}  // namespace

Json tender_to_json(const Tender& tender) {
    require(tender.platform_certificate.has_value(), ErrorCode::tender_invalid,
            "no platform certificate");
    Json::Array lots, envelopes, fields;
    for (const LotRule& lot : tender.lots) {
        lots.push_back(ObjectBuilder().text("id", lot.id).text("title", lot.title).build());
    }
    for (const EnvelopeRule& envelope : tender.envelopes) {
        envelopes.push_back(envelope_json(envelope));
    }
    for (const SummaryField& field : tender.summary) {
        fields.push_back(field_json(field));
    }
    return ObjectBuilder()
        .text("type", "SBID1-tender")
        .integer("version", 1)
        .value("platform", platform_json(tender))
        .value("project", ObjectBuilder()
                              .text("id", tender.project_id)
                              .text("title", tender.project_title)
                              .text("buyer", tender.buyer)
                              .build())
        .time("published", tender.published)
        .time("deadline", tender.deadline)
        .time("opening", tender.opening)
        .integer("window_minutes", tender.window_minutes)
        .array("lots", std::move(lots))
        .array("envelopes", std::move(envelopes))
        .array("summary", std::move(fields))
        .value("openers", openers_json(tender))
        .value("issuers", ObjectBuilder()
                              .texts("roots", der_texts(tender.roots))
                              .texts("intermediates", der_texts(tender.intermediates))
                              .build())
        .value("revocation", ObjectBuilder()
                                 .texts("urls", tender.crl_urls)
                                 .texts("lists", der_texts(tender.crls))
                                 .build())
        .build();
}

Tender tender_from_json(const Json& json) {
    Tender tender;
    ObjectReader r(json, protocol::MemberOrder::stated, ErrorCode::tender_invalid);
    r.constant("type", "SBID1-tender");
    r.integer("version", 1, 1);
    read_platform(r.object("platform"), tender);
    ObjectReader project = r.object("project");
    tender.project_id = project.identifier("id");
    tender.project_title = project.clean_text("title", max_title_bytes);
    tender.buyer = project.clean_text("buyer", max_title_bytes);
    project.finish();
    tender.published = r.time("published");
    tender.deadline = r.time("deadline");
    tender.opening = r.time("opening");
    tender.window_minutes = static_cast<uint32_t>(r.integer("window_minutes", 1, 10080));
    tender.lots = r.objects("lots", 1, max_lots, [](ObjectReader& lot) {
        LotRule rule;
        rule.id = lot.identifier("id");
        rule.title = lot.clean_text("title", max_title_bytes);
        return rule;
    });
    tender.envelopes = r.objects("envelopes", 1, max_envelopes, read_envelope);
    tender.summary = r.objects("summary", 0, max_fields, read_field);
    read_openers(r.object("openers"), tender);
    ObjectReader issuers = r.object("issuers");
    tender.roots = read_ders<Certificate>(issuers, "roots", 1, max_issuers);
    tender.intermediates = read_ders<Certificate>(issuers, "intermediates", 0, max_issuers);
    issuers.finish();
    ObjectReader revocation = r.object("revocation");
    tender.crl_urls = revocation.texts("urls", 0, max_issuers, 1024);
    tender.crls = read_ders<RevocationList>(revocation, "lists", 0, max_issuers);
    revocation.finish();
    r.finish();
    check_tender_rules(tender);
    return tender;
}

}  // namespace bidseal::bid
