#include "bid_test_support.h"

#include <cstdlib>
#include <fstream>
#include <iterator>

#include <doctest/doctest.h>

#include "bidseal/crypto/sm4.h"

namespace bidseal::bid::test {

namespace {

std::string vector_path(const std::string& name) {
    return std::string(BIDSEAL_TESTS_DIR) + "/vectors/bid/" + name;
}

}  // namespace

Bytes read_vector(const std::string& name) {
    std::ifstream in(vector_path(name), std::ios::binary);
    REQUIRE_MESSAGE(in.good(), "no vector " << name);
    return Bytes(std::istreambuf_iterator<char>(in), {});
}

void write_vector(const std::string& name, ByteView bytes) {
    std::ofstream out(vector_path(name), std::ios::binary | std::ios::trunc);
    out.write(reinterpret_cast<const char*>(bytes.data()),
              static_cast<std::streamsize>(bytes.size()));
    REQUIRE(out.good());
}

bool writing_vectors() {
    return std::getenv("BIDSEAL_WRITE_VECTORS") != nullptr;
}

Certificate certificate(const std::string& name) {
    return Certificate::parse(read_vector("keys/" + name + ".der"));
}

PrivateKey private_key(const std::string& name) {
    return PrivateKey::from_file(read_vector("keys/" + name + ".test-secret.pem"));
}

std::unique_ptr<Random> fixed_random(const std::string& seed) {
    const crypto::Sm3Digest key = crypto::sm3(as_bytes(seed));
    return std::make_unique<crypto::DerivedRandom>(SecretBytes::copy_of(key.view()));
}

Bytes sign(const std::string& key, ByteView message) {
    const std::unique_ptr<Random> random =
        fixed_random("sign " + key + to_hex(crypto::sm3(message).view()));
    return private_key(key).sign(message, *random);
}

Bytes make_tender_file(const std::function<void(Tender&)>& change) {
    Tender t;
    t.platform_id = "platform.example";
    t.platform_name = "示例交易平台";
    t.project_id = "P-2026-001";
    t.project_title = "示例道路改造工程";
    t.buyer = "示例招标单位";
    t.published = parse_time("2026-11-25T00:00:00Z");
    t.deadline = parse_time("2027-01-10T01:00:00Z");
    t.opening = parse_time("2027-01-10T01:00:00Z");
    t.window_minutes = 30;
    t.lots = {{"1", "第一标段"}, {"2", "第二标段"}};
    t.envelopes = {{"qualification",
                    EnvelopeKind::qualification,
                    1,
                    "资格审查文件",
                    {{"licence", "营业执照", false, {"pdf", "jpg", "png"}, 1 << 20, 2}}},
                   {"technical",
                    EnvelopeKind::technical,
                    1,
                    "技术标",
                    {{"proposal", "技术方案", true, {"pdf", "docx"}, 64 << 20, 1},
                     {"other", "其他", false, {"any"}, 64 << 20, 10000}}},
                   {"price",
                    EnvelopeKind::price,
                    2,
                    "报价文件",
                    {{"schedule", "报价表", false, {"any"}, 64 << 20, 10}}}};
    SummaryField total;
    total.id = "total";
    total.title = "投标总价";
    total.envelope = "price";
    total.type = FieldType::amount;
    total.unit = "元";
    total.scale = 2;
    total.min = "0.01";
    total.max = "99999999.99";
    total.required = false;
    SummaryField days;
    days.id = "days";
    days.title = "工期";
    days.envelope = "technical";
    days.type = FieldType::integer;
    days.unit = "天";
    days.min = "1";
    days.max = "3650";
    days.required = false;
    t.summary = {total, days};
    t.ways = {{WayKind::supplier, false},
              {WayKind::supplier_platform, false},
              {WayKind::platform_rescue, false}};
    t.platform_certificate = certificate("platform_sign");
    t.platform_encryption = certificate("platform_encrypt");
    t.rescue_threshold = 2;
    t.rescue_members = {certificate("rescue1"), certificate("rescue2"), certificate("rescue3")};
    t.roots = {certificate("root")};
    t.crl_urls = {"https://ca.example/root.crl"};
    if (change) {
        change(t);
    }
    const Bytes content = tender_content(t);
    return build_tender_file(content, sign("platform_sign", content));
}

TenderFile make_tender(const std::function<void(Tender&)>& change) {
    return TenderFile::parse(make_tender_file(change));
}

Bytes text(std::string_view content) {
    return to_bytes(as_bytes(content));
}

Bytes make_pdf(size_t size, std::string_view inside) {
    Bytes pdf = text("%PDF-1.7\n");
    append(pdf, as_bytes(inside));
    const std::string_view end = "\n%%EOF\n";
    for (uint32_t x = 1; pdf.size() + end.size() < size;) {
        x = x * 1664525 + 1013904223;  // not compressible, and without a slash
        pdf.push_back(static_cast<uint8_t>('0' + (x >> 24) % 64));
    }
    append(pdf, as_bytes(end));
    return pdf;
}

BidPlan make_plan() {
    BidPlan plan;
    plan.lot = "1";
    plan.signer = certificate("supplier_sign");
    plan.supplier_openers = {default_opener(certificate("supplier_encrypt"))};
    plan.summary = {{"days", "180"}, {"total", "1234567.89"}};
    plan.program_version = "test";
    return plan;
}

std::vector<Content> make_content() {
    return {{"technical",
             {{"技术方案.pdf", "proposal", make_pdf(500)},
              {"附件/说明.txt", "other", text("施工组织设计\n施工组织设计\n")},
              {"附件/空.txt", "other", {}}}},
            {"price", {{"报价表.csv", "schedule", text("序号,单价\n1,100.00\n")}}}};
}

Packed pack(const TenderFile& tender, const BidPlan& plan, const std::vector<Content>& content,
            size_t step, const std::string& signer, const std::string& seed) {
    const std::unique_ptr<Random> random = fixed_random(seed);
    const FixedClock clock(making_time);
    MemorySink sink;
    BidWriter writer(plan, tender, *random, clock, sink);
    for (const Content& envelope : content) {
        writer.begin_envelope(envelope.envelope);
        for (const Document& document : envelope.documents) {
            writer.begin_document(document.path, document.slot, document.content.size());
            ByteView rest = document.content;
            while (!rest.empty()) {
                const size_t take = step == 0 ? rest.size() : std::min(step, rest.size());
                writer.write(rest.first(take));
                rest = rest.subspan(take);
            }
            writer.end_document();
        }
        writer.end_envelope();
    }
    Packed packed;
    packed.request = writer.finish_content();
    writer.finish(sign(signer, packed.request.index));
    CHECK(writer.written() == sink.bytes.size());
    packed.file = std::move(sink.bytes);
    return packed;
}

BidReader read_bid(const Bytes& file) {
    BidReader reader(file.size());
    while (const std::optional<NeedBytes> need = reader.need()) {
        REQUIRE(need->offset + need->length <= file.size());
        reader.supply(ByteView(file).subspan(need->offset, need->length));
    }
    return reader;
}

void check_body(const BidReader& reader, const Bytes& file) {
    ChunkChecker checker(reader);
    while (const std::optional<NeedBytes> need = checker.need()) {
        checker.supply(ByteView(file).subspan(need->offset, need->length));
    }
    CHECK(checker.checked_bytes() == reader.layout().body);
}

SecretBytes unwrap(const UnwrapTask& task, const PrivateKey& key) {
    const std::unique_ptr<Random> random = fixed_random("unwrap");
    const SecretBytes inner =
        key.decrypt(task.encrypted_key, *random, task.kind == WrapKind::cms_oaep_sha1);
    if (task.kind != WrapKind::ukey) {
        return inner.clone();
    }
    return crypto::sm4_ecb_decrypt(inner.view(), task.encrypted_share);
}

ReleasedShare release(const BidReader& reader, const TenderFile& tender,
                      const std::string& envelope, const std::string& holder_name, size_t way) {
    const Holder holder(reader.bid(), tender, reader.index().lot, certificate(holder_name));
    for (const UnwrapTask& task : holder.tasks(envelope)) {
        if (task.way == way) {
            return holder.accept(task, unwrap(task, private_key(holder_name)));
        }
    }
    FAIL("no task of this way");
    return {};
}

SecretBytes open_alone(const BidReader& reader, const TenderFile& tender,
                       const std::string& envelope, const std::string& holder) {
    std::vector<ReleasedShare> shares;
    shares.push_back(release(reader, tender, envelope, holder, 0));
    return combine_shares(reader.index(), {reader.bid().openers}, envelope, shares);
}

Opened open_envelope(const BidReader& reader, const Bytes& file, const std::string& envelope,
                     SecretBytes secret, const TenderFile* tender) {
    EnvelopeOpener opener(reader, envelope, std::move(secret), tender);
    Opened opened;
    bool documents_done = false;
    while (true) {
        const OpenStep step = opener.next();
        switch (step.event) {
            case OpenEvent::need:
                opener.supply(ByteView(file).subspan(step.need.offset, step.need.length));
                break;
            case OpenEvent::manifest:
                opened.manifest = opener.manifest();
                break;
            case OpenEvent::document_begin:
                CHECK(opened.documents.size() == step.document);
                opened.documents.emplace_back();
                break;
            case OpenEvent::data:
                append(documents_done ? opened.zip : opened.documents.at(step.document), step.data);
                break;
            case OpenEvent::document_end:
                break;
            case OpenEvent::done:
                if (documents_done) {
                    return opened;
                }
                documents_done = true;
                opened.nonconformities = opener.nonconformities();
                opener.begin_zip();
                break;
        }
    }
}

}  // namespace bidseal::bid::test
