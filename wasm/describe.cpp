#include "describe.h"

#include "bidseal/bid/fingerprint_words.h"

#include "values.h"

namespace bidseal::wasm {

using emscripten::val;

namespace {

val texts(const std::vector<std::string>& values) {
    return array_of(values, [](const std::string& value) { return text(value); });
}

val certificates(const std::vector<crypto::Certificate>& values) {
    return array_of(values, [](const crypto::Certificate& value) { return describe(value); });
}

val describe_slot(const bid::DocumentSlot& slot) {
    val result = val::object();
    result.set("id", text(slot.id));
    result.set("title", text(slot.title));
    result.set("required", slot.required);
    result.set("formats", texts(slot.formats));
    result.set("maxBytes", number(slot.max_bytes));
    result.set("maxCount", number(slot.max_count));
    return result;
}

val describe_envelope(const bid::EnvelopeRule& envelope) {
    val result = val::object();
    result.set("id", text(envelope.id));
    result.set("kind", text(bid::envelope_kind_name(envelope.kind)));
    result.set("title", text(envelope.title));
    result.set("stage", number(envelope.stage));
    result.set("slots", array_of(envelope.slots, describe_slot));
    return result;
}

val describe_field(const bid::SummaryField& field) {
    val result = val::object();
    result.set("id", text(field.id));
    result.set("title", text(field.title));
    result.set("envelope", text(field.envelope));
    result.set("type", text(bid::field_type_name(field.type)));
    result.set("unit", text(field.unit));
    result.set("scale", field.scale);
    if (field.min)
        result.set("min", text(*field.min));
    if (field.max)
        result.set("max", text(*field.max));
    result.set("required", field.required);
    result.set("choices", texts(field.choices));
    return result;
}

val describe_lot(const bid::LotRule& lot) {
    val result = val::object();
    result.set("id", text(lot.id));
    result.set("title", text(lot.title));
    return result;
}

val describe_way(const bid::WayRule& way) {
    val result = val::object();
    result.set("way", text(bid::way_name(way.way)));
    result.set("mandatory", way.mandatory);
    return result;
}

val describe_index_envelope(const bid::IndexEnvelope& envelope) {
    val result = val::object();
    result.set("id", text(envelope.id));
    result.set("kind", text(bid::envelope_kind_name(envelope.kind)));
    result.set("title", text(envelope.title));
    result.set("stage", number(envelope.stage));
    result.set("length", number(envelope.length));
    result.set("chunks", number(envelope.chunks));
    result.set("root", hex(envelope.root.view()));
    result.set("commitment", hex(envelope.commitment.view()));
    return result;
}

}  // namespace

val describe(const bid::Tender& tender) {
    val result = val::object();
    result.set("platformId", text(tender.platform_id));
    result.set("platformName", text(tender.platform_name));
    result.set("projectId", text(tender.project_id));
    result.set("projectTitle", text(tender.project_title));
    result.set("buyer", text(tender.buyer));
    result.set("published", time(tender.published));
    result.set("deadline", time(tender.deadline));
    result.set("opening", time(tender.opening));
    result.set("windowMinutes", number(tender.window_minutes));
    result.set("lots", array_of(tender.lots, describe_lot));
    result.set("envelopes", array_of(tender.envelopes, describe_envelope));
    result.set("summary", array_of(tender.summary, describe_field));
    result.set("ways", array_of(tender.ways, describe_way));
    if (tender.platform_certificate) {
        result.set("platformCertificate", describe(*tender.platform_certificate));
    }
    if (tender.platform_encryption) {
        result.set("platformEncryption", describe(*tender.platform_encryption));
    }
    result.set("rescueThreshold", number(tender.rescue_threshold));
    result.set("rescueMembers", certificates(tender.rescue_members));
    result.set("roots", certificates(tender.roots));
    result.set("intermediates", certificates(tender.intermediates));
    result.set("crlUrls", texts(tender.crl_urls));
    return result;
}

val describe(const bid::BidIndex& index) {
    val result = val::object();
    result.set("platform", text(index.platform));
    result.set("project", text(index.project));
    result.set("lot", text(index.lot));
    result.set("tender", hex(index.tender.view()));
    result.set("supplierName", text(index.supplier_name));
    result.set("supplierCode", text(index.supplier_code));
    result.set("created", time(index.created));
    if (index.replaces)
        result.set("replaces", hex(index.replaces->view()));
    result.set("envelopes", array_of(index.envelopes, describe_index_envelope));
    return result;
}

val describe(const bid::Fingerprint& fingerprint) {
    val result = val::object();
    result.set("hex", hex(fingerprint.view()));
    result.set("text", text(bid::fingerprint_text(fingerprint)));
    result.set("words", texts(bid::fingerprint_words(fingerprint)));
    return result;
}

void add_slots(val& to, const bid::Openers& openers) {
    for (const bid::EnvelopeWays& envelope : openers.envelopes) {
        for (size_t w = 0; w < envelope.ways.size(); ++w) {
            const std::vector<bid::Part>& parts = envelope.ways[w].parts;
            for (size_t p = 0; p < parts.size(); ++p) {
                for (size_t s = 0; s < parts[p].slots.size(); ++s) {
                    const bid::Slot& slot = parts[p].slots[s];
                    val entry = val::object();
                    entry.set("envelope", text(envelope.envelope));
                    entry.set("version", number(openers.version));
                    entry.set("way", number(w));
                    entry.set("part", number(p));
                    entry.set("slot", number(s));
                    entry.set("role", text(bid::part_role_name(parts[p].role)));
                    entry.set("threshold", number(parts[p].threshold));
                    entry.set("kind", text(slot.kind_name));
                    entry.set("certificate", describe(openers.certificates[slot.certificate]));
                    to.call<void>("push", entry);
                }
            }
        }
    }
}

val describe(const bid::Openers& openers) {
    val result = val::array();
    add_slots(result, openers);
    return result;
}

val describe(const bid::CheckedRelease& checked) {
    const bid::Release& release = checked.release;
    val result = val::object();
    result.set("signer", describe(checked.signer));
    result.set("created", time(release.created));
    result.set("expires", time(release.expires));
    result.set("recipient", hex(release.recipient.view()));
    result.set("shares", array_of(release.shares, [](const bid::ReleaseItem& item) {
                   val entry = val::object();
                   entry.set("envelope", text(item.envelope));
                   entry.set("version", number(item.version));
                   entry.set("way", number(item.way));
                   entry.set("part", number(item.part));
                   entry.set("slot", number(item.slot));
                   return entry;
               }));
    return result;
}

val describe(const bid::ManifestDocument& document, std::string_view envelope) {
    val result = val::object();
    result.set("envelope", text(envelope));
    result.set("slot", text(document.slot));
    result.set("path", text(document.path));
    result.set("size", number(document.size));
    result.set("sm3", hex(document.sm3.view()));
    result.set("format", text(document.format));
    return result;
}

val describe(const bid::UnwrapTask& task) {
    val result = val::object();
    result.set("envelope", text(task.envelope));
    result.set("version", number(task.version));
    result.set("way", number(task.way));
    result.set("part", number(task.part));
    result.set("slot", number(task.slot));
    result.set("opensAlone", task.opens_alone);
    return result;
}

}  // namespace bidseal::wasm
