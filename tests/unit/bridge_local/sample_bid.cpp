#include "sample_bid.h"

#include <doctest/doctest.h>

#include "bidseal/bid/reader.h"
#include "bidseal/crypto/cms.h"

#include "fakes.h"

namespace bidseal::test {

namespace {

class SeededRandom : public Random {
public:
    explicit SeededRandom(uint32_t seed) : m_state(seed) {}
    void fill(std::span<uint8_t> out) override {
        for (uint8_t& byte : out) {
            m_state = m_state * 1664525 + 1013904223;
            byte = static_cast<uint8_t>(m_state >> 24);
        }
    }

private:
    uint32_t m_state;
};

bid::EnvelopeRule envelope(const char* id, bid::EnvelopeKind kind, const char* title) {
    bid::EnvelopeRule rule;
    rule.id = id;
    rule.kind = kind;
    rule.title = title;
    bid::DocumentSlot slot;
    slot.id = "documents";
    slot.title = "Documents";
    slot.required = false;
    slot.formats = {"any"};
    slot.max_bytes = 1u << 20;
    slot.max_count = 10;
    rule.slots = {slot};
    return rule;
}

bid::Tender tender_of(const std::string& project) {
    bid::Tender tender;
    tender.platform_id = "platform-1";
    tender.platform_name = "Example Platform";
    tender.project_id = project;
    tender.project_title = "Bridge works";
    tender.buyer = "Example Buyer";
    tender.published = parse_time("2026-05-01T00:00:00Z");
    tender.deadline = parse_time("2026-07-01T00:00:00Z");
    tender.opening = parse_time("2026-07-01T00:00:00Z");
    tender.lots = {{"lot-1", "Main span"}};
    tender.envelopes = {envelope("technical", bid::EnvelopeKind::technical, "Technical part"),
                        envelope("price", bid::EnvelopeKind::price, "Price part")};
    bid::SummaryField total;
    total.id = "total";
    total.title = "Total price";
    total.envelope = "price";
    total.type = bid::FieldType::amount;
    total.unit = "CNY";
    total.scale = 2;
    tender.summary = {total};
    tender.ways = {{bid::WayKind::supplier, false}};
    tender.platform_certificate = test_certificate("sm2_sign");
    tender.roots = {test_certificate("root")};
    tender.intermediates = {test_certificate("intermediate")};
    return tender;
}

struct StillClock : Clock {
    Timestamp now() const override { return parse_time(before_opening); }
};

void add_document(bid::BidWriter& writer, const char* path, std::string_view content) {
    writer.begin_document(path, "documents", content.size());
    writer.write(as_bytes(content));
    writer.end_document();
}

}  // namespace

Bytes sample_tender(const std::string& project) {
    Bytes content = bid::tender_content(tender_of(project));
    SeededRandom random(99);
    return bid::build_tender_file(content, test_key("sm2_sign").sign(content, random));
}

SampleBid sample_bid(uint32_t seed, const std::string& project, const std::string& signer,
                     const std::string& opener) {
    SampleBid sample;
    sample.tender = sample_tender(project);
    bid::TenderFile tender = bid::TenderFile::parse(sample.tender);
    bid::BidPlan plan;
    plan.lot = "lot-1";
    plan.signer = test_certificate(signer);
    plan.supplier_openers = {bid::default_opener(test_certificate(opener))};
    plan.summary = {{"total", "1250000.00"}};
    plan.check_chain = false;
    SeededRandom random(seed);
    StillClock clock;
    MemorySink sink;
    bid::BidWriter writer(plan, tender, random, clock, sink);
    writer.begin_envelope("technical");
    add_document(writer, "plan.txt", "how it is built");
    writer.end_envelope();
    writer.begin_envelope("price");
    add_document(writer, "prices.txt", "what it costs");
    writer.end_envelope();
    sample.request = writer.finish_content();
    writer.finish(test_key(signer).sign(sample.request.index, random));

    bid::BidReader reader(sink.bytes.size());
    while (auto need = reader.need()) {
        reader.supply(ByteView(sink.bytes).subspan(need->offset, need->length));
    }
    sample.index = reader.index_bytes();
    sample.openers = reader.openers_bytes();
    sample.signature = reader.signature_bytes();
    return sample;
}

SampleBid with_openers(SampleBid sample, const std::function<void(bid::Openers&)>& change) {
    bid::Openers openers = bid::Openers::parse(sample.openers);
    bid::BidIndex index = bid::BidIndex::parse(sample.index);
    change(openers);
    sample.openers = openers.serialize();
    index.openers = crypto::sm3(sample.openers);
    sample.index = index.serialize();
    SeededRandom random(7);
    sample.signature = crypto::build_signed_data({test_certificate("sm2_sign"),
                                                  {},
                                                  {},
                                                  test_key("sm2_sign").sign(sample.index, random),
                                                  std::nullopt});
    return sample;
}

protocol::SignBidParams SampleBid::sign_params(const std::string& key) const {
    protocol::SignBidParams params;
    params.key = key;
    params.tender = tender;
    params.index = index;
    params.openers = openers;
    for (const auto& m : request.manifests) {
        params.manifests.push_back({m.envelope, m.salt, m.manifest});
    }
    return params;
}

protocol::UnwrapParams SampleBid::unwrap_params(const std::string& key) const {
    protocol::UnwrapParams params;
    params.key = key;
    params.tender = tender;
    params.index = index;
    params.openers = openers;
    params.signature = signature;
    params.slots = {{"technical", 0, 0, 0, 0}, {"price", 0, 0, 0, 0}};
    return params;
}

}  // namespace bidseal::test
