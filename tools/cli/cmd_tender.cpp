// bidseal tender new | inspect | verify
#include "bidseal/crypto/private_key.h"

#include "tools/cli/commands.h"
#include "tools/cli/common.h"

namespace bidseal::cli {
namespace {

using protocol::Json;
using protocol::MemberOrder;
using protocol::ObjectReader;

constexpr const char* example_description = R"({
  "platform": {"id": "example-platform", "name": "示例交易平台"},
  "project": {"id": "P-2026-001", "title": "办公楼维修工程", "buyer": "示例招标人"},
  "published": "2026-11-01T01:00:00Z",
  "deadline": "2026-12-01T01:00:00Z",
  "opening": "2026-12-01T01:30:00Z",
  "window_minutes": 30,
  "lots": [{"id": "lot-1", "title": "一标段"}],
  "envelopes": [
    {"id": "qualification", "kind": "qualification", "stage": 1, "title": "资格审查", "slots": [
      {"id": "licence", "title": "营业执照", "required": true, "formats": ["pdf", "png", "jpg"],
       "max_bytes": 52428800, "max_count": 3}]},
    {"id": "technical", "kind": "technical", "stage": 1, "title": "技术标", "slots": [
      {"id": "plan", "title": "施工方案", "required": true, "formats": ["any"],
       "max_bytes": 2147483648, "max_count": 5000}]},
    {"id": "price", "kind": "price", "stage": 2, "title": "报价", "slots": [
      {"id": "schedule", "title": "分项报价表", "required": true, "formats": ["pdf", "xlsx"],
       "max_bytes": 52428800, "max_count": 2}]}
  ],
  "summary": [
    {"id": "total", "title": "投标总价", "envelope": "price", "type": "amount", "unit": "CNY",
     "scale": 2, "min": "0.01", "max": "99999999.00", "required": true},
    {"id": "days", "title": "工期", "envelope": "technical", "type": "integer", "unit": "天",
     "min": "1", "max": "720", "required": true}
  ],
  "ways": [{"way": "supplier", "mandatory": true}],
  "rescue_threshold": 0,
  "crl_urls": []
}
)";

bid::FieldType field_type_from(ObjectReader& reader) {
    static const std::vector<std::string_view> names = {"amount", "quantity", "integer",
                                                        "text",   "date",     "choice"};
    return static_cast<bid::FieldType>(reader.choice("type", names));
}

bid::DocumentSlot read_slot(ObjectReader& r) {
    bid::DocumentSlot slot;
    slot.id = r.identifier("id");
    slot.title = r.clean_text("title", 512);
    slot.required = !r.has("required") || r.boolean("required");
    slot.formats = r.texts("formats", 1, 32, 16);
    slot.max_bytes = r.size("max_bytes", uint64_t{1} << 53);
    slot.max_count =
        r.has("max_count") ? static_cast<uint32_t>(r.integer("max_count", 1, 10000)) : 1;
    return slot;
}

bid::EnvelopeRule read_envelope(ObjectReader& r) {
    bid::EnvelopeRule rule;
    rule.id = r.identifier("id");
    rule.kind = *bid::envelope_kind_from(std::vector<std::string>{
        "qualification", "technical", "commercial",
        "price"}[r.choice("kind", {"qualification", "technical", "commercial", "price"})]);
    rule.stage = static_cast<uint32_t>(r.integer("stage", 1, 16));
    rule.title = r.clean_text("title", 512);
    rule.slots = r.objects("slots", 0, 1000, read_slot);
    return rule;
}

bid::SummaryField read_field(ObjectReader& r) {
    bid::SummaryField field;
    field.id = r.identifier("id");
    field.title = r.clean_text("title", 512);
    field.envelope = r.identifier("envelope");
    field.type = field_type_from(r);
    if (r.has("unit"))
        field.unit = r.text("unit", 64);
    if (r.has("scale"))
        field.scale = static_cast<int>(r.integer("scale", 0, 9));
    if (r.has("min"))
        field.min = r.text("min", 64);
    if (r.has("max"))
        field.max = r.text("max", 64);
    field.required = !r.has("required") || r.boolean("required");
    if (r.has("choices"))
        field.choices = r.texts("choices", 1, 100, 512);
    return field;
}

bid::Tender read_description(ByteView text) {
    const Json json = protocol::parse_json(text, {1 << 20, 8});
    ObjectReader r(json, MemberOrder::any, ErrorCode::json_invalid);
    bid::Tender tender;
    ObjectReader platform = r.object("platform");
    tender.platform_id = platform.identifier("id");
    tender.platform_name = platform.clean_text("name", 512);
    platform.finish();
    ObjectReader project = r.object("project");
    tender.project_id = project.identifier("id");
    tender.project_title = project.clean_text("title", 512);
    tender.buyer = project.clean_text("buyer", 512);
    project.finish();
    tender.published = r.time("published");
    tender.deadline = r.time("deadline");
    tender.opening = r.time("opening");
    tender.window_minutes = static_cast<uint32_t>(r.integer("window_minutes", 1, 10080));
    tender.lots = r.objects("lots", 1, 1000, [](ObjectReader& lot) {
        return bid::LotRule{lot.identifier("id"), lot.clean_text("title", 512)};
    });
    tender.envelopes = r.objects("envelopes", 1, 16, read_envelope);
    tender.summary = r.objects("summary", 0, 1000, read_field);
    tender.ways = r.objects("ways", 1, 3, [](ObjectReader& way) {
        bid::WayRule rule;
        const std::vector<std::string_view> names = {"supplier", "supplier+platform",
                                                     "platform+rescue"};
        rule.way = *bid::way_from(names[way.choice("way", names)]);
        rule.mandatory = way.has("mandatory") && way.boolean("mandatory");
        return rule;
    });
    if (r.has("rescue_threshold"))
        tender.rescue_threshold = static_cast<uint32_t>(r.integer("rescue_threshold", 0, 16));
    if (r.has("crl_urls"))
        tender.crl_urls = r.texts("crl_urls", 0, 32, 1024);
    r.finish();
    return tender;
}

int tender_new(const Args& args, Output& out) {
    if (args.has("example")) {
        out.line(example_description);
        return 0;
    }
    for (const char* needed : {"from", "platform-cert", "platform-key", "root", "out"})
        if (!args.has(needed))
            throw Error(ErrorCode::usage, std::string("missing option: --") + needed);
    bid::Tender tender = read_description(read_file(args.get("from"), 1 << 20));
    tender.platform_certificate = certificates_of(args, "platform-cert").at(0);
    if (args.has("platform-encrypt-cert"))
        tender.platform_encryption = certificates_of(args, "platform-encrypt-cert").at(0);
    tender.roots = certificates_of(args, "root");
    tender.intermediates = certificates_of(args, "intermediate");
    tender.rescue_members = certificates_of(args, "rescue-cert");
    tender.crls = crls_of(args);

    const Bytes content = bid::tender_content(tender);
    const Bytes key_file = read_file(args.get("platform-key"), 64 * 1024);
    SystemRandom random;
    const Bytes signature = crypto::PrivateKey::from_file(key_file).sign(content, random);
    std::vector<crypto::Certificate> chain = tender.intermediates;
    const Bytes file = bid::build_tender_file(content, signature, chain);
    write_file(args.get("out"), file, args.has("force"));
    const bid::TenderFile written = bid::TenderFile::parse(file);
    out.rows({{"tender file", args.get("out")}, {"digest", to_hex(written.digest().view())}});
    out.result(protocol::ObjectBuilder()
                   .text("file", display_text(args.get("out")))
                   .hex("digest", written.digest().view())
                   .build());
    return 0;
}

Json tender_json(const bid::TenderFile& file) {
    const bid::Tender& tender = file.tender();
    Json::Array lots, envelopes, summary, ways;
    for (const bid::LotRule& lot : tender.lots)
        lots.push_back(
            protocol::ObjectBuilder().text("id", lot.id).text("title", lot.title).build());
    for (const bid::EnvelopeRule& envelope : tender.envelopes) {
        Json::Array slots;
        for (const bid::DocumentSlot& slot : envelope.slots)
            slots.push_back(protocol::ObjectBuilder()
                                .text("id", slot.id)
                                .text("title", slot.title)
                                .boolean("required", slot.required)
                                .texts("formats", slot.formats)
                                .size("max_bytes", slot.max_bytes)
                                .integer("max_count", slot.max_count)
                                .build());
        envelopes.push_back(protocol::ObjectBuilder()
                                .text("id", envelope.id)
                                .text("kind", envelope_kind_name(envelope.kind))
                                .integer("stage", envelope.stage)
                                .text("title", envelope.title)
                                .array("slots", std::move(slots))
                                .build());
    }
    for (const bid::SummaryField& field : tender.summary)
        summary.push_back(protocol::ObjectBuilder()
                              .text("id", field.id)
                              .text("title", field.title)
                              .text("envelope", field.envelope)
                              .text("type", field_type_name(field.type))
                              .text("unit", field.unit)
                              .integer("scale", field.scale)
                              .boolean("required", field.required)
                              .build());
    for (const bid::WayRule& way : tender.ways)
        ways.push_back(protocol::ObjectBuilder()
                           .text("way", way_name(way.way))
                           .boolean("mandatory", way.mandatory)
                           .build());
    return protocol::ObjectBuilder()
        .hex("digest", file.digest().view())
        .text("platform", tender.platform_id)
        .text("platform_name", tender.platform_name)
        .text("project", tender.project_id)
        .text("title", tender.project_title)
        .text("buyer", tender.buyer)
        .time("published", tender.published)
        .time("deadline", tender.deadline)
        .time("opening", tender.opening)
        .integer("window_minutes", tender.window_minutes)
        .array("lots", std::move(lots))
        .array("envelopes", std::move(envelopes))
        .array("summary", std::move(summary))
        .array("ways", std::move(ways))
        .text("platform_certificate", tender.platform_certificate->subject_text())
        .build();
}

void show_tender(Output& out, const bid::TenderFile& file) {
    const bid::Tender& tender = file.tender();
    out.rows({
        {"platform", tender.platform_name + " (" + tender.platform_id + ")"},
        {"project", tender.project_title + " (" + tender.project_id + ")"},
        {"buyer", tender.buyer},
        {"published", format_time(tender.published)},
        {"deadline", format_time(tender.deadline)},
        {"opening", format_time(tender.opening) + ", decryption window " +
                        std::to_string(tender.window_minutes) + " min"},
        {"digest", to_hex(file.digest().view())},
        {"signed by", tender.platform_certificate->subject_text()},
    });
    for (const bid::LotRule& lot : tender.lots)
        out.line("lot " + lot.id + ": " + lot.title);
    for (const bid::EnvelopeRule& envelope : tender.envelopes) {
        out.line("envelope " + envelope.id + " (stage " + std::to_string(envelope.stage) +
                 "): " + envelope.title);
        for (const bid::DocumentSlot& slot : envelope.slots) {
            std::string formats;
            for (const std::string& format : slot.formats)
                formats += (formats.empty() ? "" : "/") + format;
            out.line("  " + envelope.id + "/" + slot.id + ": " + slot.title +
                     (slot.required ? " (required, " : " (") + formats + ", up to " +
                     human_size(slot.max_bytes) + " each, " + std::to_string(slot.max_count) +
                     " at most)");
        }
    }
    for (const bid::SummaryField& field : tender.summary)
        out.line("figure " + field.id + ": " + field.title + " (" + field_type_name(field.type) +
                 (field.unit.empty() ? "" : ", " + field.unit) +
                 (field.required ? ", required)" : ")"));
    for (const bid::WayRule& way : tender.ways)
        out.line(std::string("opened by ") + way_name(way.way) +
                 (way.mandatory ? " (mandatory)" : ""));
}

int tender_inspect(const Args& args, Output& out) {
    const bid::TenderFile file = load_tender(args, args.positional());
    show_tender(out, file);
    out.result(tender_json(file));
    return 0;
}

int tender_verify(const Args& args, Output& out) {
    const bid::TenderFile file = bid::TenderFile::parse(read_file(args.positional(), 32u << 20));
    file.verify_trust(trust_of(args, file), clock_of(args)->now());
    show_tender(out, file);
    out.line("The platform's signature is right and its certificate is trusted.");
    out.result(protocol::ObjectBuilder()
                   .boolean("valid", true)
                   .hex("digest", file.digest().view())
                   .build());
    return 0;
}

}  // namespace

Command tender_new_command() {
    return {
        "tender new",
        "make and sign a tender file",
        "",
        {{"from", "FILE", "description (JSON); see --example"},
         {"example", "", "print a description to start from"},
         {"platform-cert", "FILE", "the platform's signing certificate"},
         {"platform-key", "FILE", "its private key, PKCS #8"},
         {"platform-encrypt-cert", "FILE", "the platform's encryption certificate"},
         {"root", "FILE", "accepted root of bidders' certificates", false, true},
         {"intermediate", "FILE", "accepted intermediate", false, true},
         {"rescue-cert", "FILE", "encryption certificate of a rescue member", false, true},
         {"crl", "FILE", "revocation list to embed", false, true},
         {"out", "FILE", "the tender file to write"},
         {"force", "", "overwrite it"}},
        {"bidseal tender new --example > project.json",
         "bidseal tender new --from project.json --platform-cert platform.crt \\\n"
         "      --platform-key platform.key --root root.crt --intermediate ca.crt --out p.tender"},
        tender_new};
}

Command tender_inspect_command() {
    return {"tender inspect",
            "show what a tender file asks for",
            "FILE",
            {{"trust", "FILE", "check the platform against these roots", false, true},
             {"crl", "FILE", "revocation list", false, true},
             {"at", "TIME", "judge as of this time instead of now"}},
            {"bidseal tender inspect project.tender --json"},
            tender_inspect};
}

Command tender_verify_command() {
    return {"tender verify",
            "check a tender file's signature and its platform",
            "FILE",
            {{"trust", "FILE", "roots that you trust", true, true},
             {"crl", "FILE", "revocation list", false, true},
             {"at", "TIME", "judge as of this time instead of now"}},
            {"bidseal tender verify project.tender --trust root.crt"},
            tender_verify};
}

}  // namespace bidseal::cli
