// A bid is made, checked without keys and opened again, at all lengths and steps.
#include <doctest/doctest.h>

#include "bidseal/bid/limits.h"
#include "bidseal/bid/padme.h"
#include "bidseal/zip/reader.h"

#include "bid_test_support.h"
#include "support/error_of.h"

using namespace bidseal;
using namespace bidseal::bid;
using namespace bidseal::bid::test;

namespace {

/// The documents inside a ZIP, without the manifest.
std::vector<Bytes> documents_of(const Bytes& zip) {
    const NeedBytes end = zip::end_range(zip.size());
    const ByteView view(zip);
    const zip::Directory directory =
        zip::parse_end(view.subspan(end.offset, end.length), zip.size());
    std::vector<Bytes> documents;
    for (const zip::Entry& entry :
         zip::parse_directory(view.subspan(directory.offset, directory.length), directory)) {
        MemorySink sink;
        zip::EntryReader reader(entry, sink);
        reader.write(view.subspan(entry.offset, entry.length()));
        reader.finish();
        documents.push_back(std::move(sink.bytes));
    }
    REQUIRE(!documents.empty());
    documents.pop_back();
    return documents;
}

void check_same(const Opened& opened, const Content& content) {
    CHECK(documents_of(opened.zip) == opened.documents);
    REQUIRE(opened.documents.size() == content.documents.size());
    for (size_t i = 0; i < content.documents.size(); ++i) {
        CHECK(opened.documents[i] == content.documents[i].content);
        CHECK(opened.manifest.documents[i].path == content.documents[i].path);
        CHECK(opened.manifest.documents[i].slot == content.documents[i].slot);
        CHECK(opened.manifest.documents[i].sm3 == crypto::sm3(content.documents[i].content));
    }
}

}  // namespace

TEST_CASE("a bid opens to what was put in") {
    const TenderFile tender = make_tender();
    const std::vector<Content> content = make_content();
    const Packed packed = pack(tender, make_plan(), content);
    const BidReader reader = read_bid(packed.file);
    check_body(reader, packed.file);
    CHECK(reader.fingerprint() == packed.request.fingerprint);
    CHECK(reader.index().supplier_name == "上海示例建设有限公司");
    CHECK(reader.index().supplier_code == "91310000MA1K35X000");
    verify_bid_trust(reader.bid(), tender, parse_time(making_time));
    for (const Content& envelope : content) {
        const Opened opened = open_envelope(
            reader, packed.file, envelope.envelope,
            open_alone(reader, tender, envelope.envelope, "supplier_encrypt"), &tender);
        check_same(opened, envelope);
        CHECK(opened.nonconformities.empty());
    }
    const Opened price = open_envelope(reader, packed.file, "price",
                                       open_alone(reader, tender, "price", "supplier_encrypt"));
    REQUIRE(price.manifest.summary.size() == 1);
    CHECK(price.manifest.summary[0].id == "total");
    CHECK(price.manifest.summary[0].value == "1234567.89");
    CHECK(price.manifest.documents[0].format == "txt");
}

TEST_CASE("the price envelope's length does not tell the price") {
    const TenderFile tender = make_tender();
    const BidReader small = read_bid(pack(tender, make_plan(),
                                          {{"technical", {{"a.pdf", "proposal", make_pdf(300)}}},
                                           {"price", {{"p.csv", "schedule", text("1")}}}})
                                         .file);
    const BidReader large = read_bid(pack(tender, make_plan(),
                                          {{"technical", {{"a.pdf", "proposal", make_pdf(300)}}},
                                           {"price", {{"p.csv", "schedule", Bytes(200000, '7')}}}})
                                         .file);
    CHECK(small.index().envelopes[1].length == chunk_size);
    CHECK(large.index().envelopes[1].length == chunk_size);
}

TEST_CASE("length by step grid") {
    const TenderFile tender = make_tender();
    const size_t c = chunk_size;
    for (size_t length : {size_t{0}, size_t{1}, c - 1, c, c + 1, 2 * c + 77, 9 * c + 5}) {
        Bytes content(length);
        for (size_t i = 0; i < length; ++i) {
            content[i] = static_cast<uint8_t>(i * 2654435761u >> 13);
        }
        const std::vector<Content> envelopes = {
            {"technical", {{"a.pdf", "proposal", make_pdf(200)}, {"b.bin", "other", content}}}};
        BidPlan plan = make_plan();
        plan.summary = {};
        const Packed whole = pack(tender, plan, envelopes);
        for (size_t step : {size_t{1}, size_t{4093}, c}) {
            if (step == 1 && length > 2 * c) {
                continue;
            }
            CHECK(pack(tender, plan, envelopes, step).file == whole.file);
        }
        const BidReader reader = read_bid(whole.file);
        check_body(reader, whole.file);
        check_same(open_envelope(reader, whole.file, "technical",
                                 open_alone(reader, tender, "technical", "supplier_encrypt")),
                   envelopes[0]);
    }
}

TEST_CASE("every way opens, and only with enough shares") {
    const TenderFile tender = make_tender();
    BidPlan plan = make_plan();
    plan.ways = {WayKind::supplier, WayKind::supplier_platform, WayKind::platform_rescue};
    const std::vector<Content> content = make_content();
    const Packed packed = pack(tender, plan, content);
    const BidReader reader = read_bid(packed.file);
    const std::vector<Openers> openers = {reader.bid().openers};
    const auto combine = [&](std::vector<std::pair<std::string, size_t>> holders) {
        std::vector<ReleasedShare> shares;
        for (const auto& [name, way] : holders) {
            shares.push_back(release(reader, tender, "technical", name, way));
        }
        return combine_shares(reader.index(), openers, "technical", shares);
    };
    const SecretBytes secret = combine({{"supplier_encrypt", 0}});
    CHECK(combine({{"supplier_encrypt", 1}, {"platform_encrypt", 1}}).equals(secret));
    CHECK(combine({{"platform_encrypt", 2}, {"rescue1", 2}, {"rescue2", 2}}).equals(secret));
    CHECK(combine({{"platform_encrypt", 2}, {"rescue3", 2}, {"rescue1", 2}}).equals(secret));
    CHECK(combine({{"platform_encrypt", 2}, {"rescue1", 2}, {"rescue2", 2}, {"rescue3", 2}})
              .equals(secret));
    using bidseal::test::error_name_of;
    CHECK(error_name_of([&] { combine({{"supplier_encrypt", 1}}); }) == "shares_insufficient");
    CHECK(error_name_of([&] {
              combine({{"platform_encrypt", 2}, {"rescue1", 2}});
          }) == "shares_insufficient");
    CHECK(error_name_of([&] {
              combine({{"supplier_encrypt", 1}, {"platform_encrypt", 2}});
          }) == "shares_insufficient");
    CHECK(error_name_of([&] {
              combine({{"platform_encrypt", 2}, {"rescue1", 2}, {"rescue1", 2}});
          }) == "share_invalid");
    const EnvelopeContext context = envelope_context(reader.index(), "technical", 1);
    const OpenersAudit audit =
        recompute_openers(reader.bid().openers, "technical", secret, context);
    CHECK(audit.junk.empty());
    CHECK(audit.unknown.empty());
}

TEST_CASE("the signer sees what it signs") {
    const TenderFile tender = make_tender();
    const Packed packed = pack(tender, make_plan(), make_content());
    const SigningDescription description =
        describe_signing_request(packed.request, tender, certificate("supplier_sign"));
    CHECK(description.to_be_signed == packed.request.index);
    CHECK(description.lot_title == "第一标段");
    REQUIRE(description.envelopes.size() == 2);
    CHECK(description.envelopes[0].manifest.documents.size() == 3);
    CHECK(description.envelopes[1].manifest.summary[0].value == "1234567.89");
    REQUIRE(description.envelopes[0].openers.size() == 1);
    CHECK(description.envelopes[0].openers[0].names ==
          std::vector<std::string>{"上海示例建设有限公司"});

    SigningRequest lying = packed.request;
    lying.manifests[1].manifest[lying.manifests[1].manifest.size() - 10] ^= 1;
    using bidseal::test::error_name_of;
    CHECK(error_name_of([&] {
              describe_signing_request(lying, tender, certificate("supplier_sign"));
          }) == "manifest_mismatch");
    CHECK(error_name_of([&] {
              describe_signing_request(packed.request, tender, certificate("rival_sign"));
          }) == "supplier_mismatch");
}

TEST_CASE("padding sizes") {
    CHECK(padme(1) == 1);
    CHECK(padme(9) == 10);
    CHECK(padme(1000) == 1024);
    CHECK(padme(1025) == 1088);
    CHECK(padme(1000000) == 1015808);
    for (uint64_t length = 1; length < 100000; length += 7) {
        CHECK(padme(length) >= length);
        CHECK(padme(length) * 100 <= length * 112 + 100);
        CHECK(padme(padme(length)) == padme(length));
    }
    CHECK(padded_length(EnvelopeKind::price, 1) == chunk_size);
    CHECK(padded_length(EnvelopeKind::price, chunk_size - 1) == chunk_size);
    CHECK(padded_length(EnvelopeKind::price, chunk_size) == 2 * chunk_size);
    CHECK(padded_length(EnvelopeKind::price, 100 * chunk_size) % chunk_size == 0);
    CHECK(padded_length(EnvelopeKind::technical, 999) == 1024);
}
