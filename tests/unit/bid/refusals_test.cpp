// What a writer, a holder and a tender file refuse.
#include <doctest/doctest.h>

#include "bidseal/bid/document_check.h"
#include "bidseal/bid/limits.h"
#include "bidseal/crypto/cms.h"

#include "bid_test_support.h"
#include "raw_bid.h"
#include "support/error_of.h"

using namespace bidseal;
using namespace bidseal::bid;
using namespace bidseal::bid::test;
using bidseal::test::error_name_of;
using bidseal::test::error_of;

namespace {

std::string pack_error(const TenderFile& tender, const BidPlan& plan,
                       const std::vector<Content>& content) {
    return error_name_of([&] { pack(tender, plan, content); });
}

std::vector<Content> technical(std::vector<Document> documents) {
    documents.insert(documents.begin(), {"plan.pdf", "proposal", make_pdf(300)});
    return {{"technical", std::move(documents)}};
}

BidPlan no_price_plan() {
    BidPlan plan = make_plan();
    plan.summary = {};
    return plan;
}

}  // namespace

TEST_CASE("a writer refuses documents that break the tender's rules") {
    const TenderFile tender = make_tender();
    const BidPlan plan = no_price_plan();
    const auto error = [&](const std::vector<Content>& content) {
        return pack_error(tender, plan, content);
    };
    CHECK(error(technical({})) == "");
    CHECK(error({{"technical", {{"a.txt", "other", text("x")}}}}) == "document_missing");
    CHECK(error({}) == "document_missing");
    CHECK(error({{"nowhere", {}}}) == "envelope_unknown");
    CHECK(error(technical({{"b.pdf", "proposal", make_pdf(300)}})) == "document_unexpected");
    CHECK(error(technical({{"b.pdf", "nothing", make_pdf(300)}})) == "document_unexpected");
    CHECK(error({{"technical", {{"a.pdf", "proposal", text("not a pdf")}}}}) == "document_format");
    CHECK(error({{"technical", {{"a.pdf", "proposal", {}}}}}) == "document_format");
    for (const char* path : {"../x", "/x", "a//b", "a\\b", "c:x", "nul.txt", "x.", "a/./b", ""}) {
        CHECK(error(technical({{path, "other", text("x")}})) == "path_unsafe");
    }
    CHECK(error(technical({{"PLAN.PDF", "other", text("x")}})) == "path_duplicate");
    CHECK(error(technical({{"Manifest.JSON", "other", text("x")}})) == "path_duplicate");
    // A file and a folder of one name cannot be written beside each other.
    CHECK(error(technical({{"Plan.pdf/a", "other", text("x")}})) == "path_duplicate");
    CHECK(error(technical({{"a/b/c", "other", text("x")}, {"A/B", "other", text("x")}})) ==
          "path_duplicate");
    CHECK(error(technical({{"manifest.json/a", "other", text("x")}})) == "path_duplicate");
    CHECK(error(technical({{"a/b", "other", text("x")},
                           {"a.b", "other", text("x")},
                           {"a0", "other", text("x")},
                           {"a/b.c", "other", text("x")}})) == "");
    const TenderFile small = make_tender([](Tender& t) { t.envelopes[1].slots[1].max_bytes = 3; });
    CHECK(pack_error(small, plan, technical({{"b.txt", "other", text("abcd")}})) ==
          "document_too_large");
    CHECK(error({{"technical", {{"a.pdf", "proposal", make_pdf(300)}}},
                 {"price", {{"p.pdf", "schedule", make_pdf(300, "<</Encrypt 3 0 R>>")}}}}) ==
          "document_active");
}

TEST_CASE("a document that changes while it is read") {
    const TenderFile tender = make_tender();
    const auto random = fixed_random("changing");
    const FixedClock clock(making_time);
    MemorySink sink;
    for (int more : {-1, 1}) {
        BidWriter writer(no_price_plan(), tender, *random, clock, sink);
        writer.begin_envelope("technical");
        const Bytes pdf = make_pdf(300);
        writer.begin_document("a.pdf", "proposal", pdf.size() + more);
        CHECK(error_name_of([&] {
                  writer.write(pdf);
                  writer.end_document();
              }) == "file_changed");
        CHECK(error_name_of([&] { writer.end_envelope(); }) == "usage");
    }
}

TEST_CASE("a writer refuses figures that break the tender's rules") {
    const TenderFile tender = make_tender();
    const auto error = [&](const std::string& field, const std::string& value) {
        BidPlan plan = make_plan();
        plan.summary = {{field, value}};
        return pack_error(tender, plan,
                          {{"technical", {{"a.pdf", "proposal", make_pdf(300)}}}, {"price", {}}});
    };
    CHECK(error("total", "1.00") == "");
    for (const char* value : {"1", "1.0", "01.00", "+1.00", "1,00", "abc", "-0.00", ""}) {
        CHECK(error("total", value) == "summary_invalid");
    }
    CHECK(error("total", "0.00") == "summary_out_of_range");
    CHECK(error("total", "100000000.00") == "summary_out_of_range");
    CHECK(error("days", "3651") == "summary_out_of_range");
    CHECK(error("unknown", "1") == "summary_invalid");
    BidPlan plan = make_plan();
    plan.summary = {};
    const TenderFile strict = make_tender([](Tender& t) { t.summary[0].required = true; });
    CHECK(pack_error(strict, plan, technical({})) == "summary_missing");
    plan = make_plan();  // a figure of an envelope that is left out
    CHECK(pack_error(tender, plan, technical({})) == "document_missing");
}

TEST_CASE("a writer refuses plans that could not be opened") {
    const TenderFile tender = make_tender();
    BidPlan plan = no_price_plan();
    const auto error = [&] {
        return pack_error(tender, plan, technical({}));
    };
    plan.lot = "3";
    CHECK(error() == "tender_lot_unknown");
    plan = no_price_plan();
    plan.supplier_openers = {default_opener(certificate("short_encrypt"))};
    CHECK(error() == "certificate_ends_early");
    plan.accept_early_end = true;
    CHECK(error() == "");
    plan.accept_early_end = false;
    plan.ways = {WayKind::supplier, WayKind::platform_rescue};
    CHECK(error() == "");
    plan = no_price_plan();
    plan.supplier_openers = {default_opener(certificate("rival_encrypt"))};
    CHECK(error() == "supplier_mismatch");
    plan.supplier_openers = {};
    CHECK(error() == "opener_required");
    plan.supplier_openers = {{certificate("supplier_sign"), WrapKind::ukey}};
    CHECK(error() == "certificate_usage");
    plan = no_price_plan();
    plan.signer = certificate("supplier_encrypt");
    CHECK(error() == "certificate_usage");
    plan = no_price_plan();
    const TenderFile mandatory = make_tender([](Tender& t) { t.ways[1].mandatory = true; });
    plan.ways = {WayKind::supplier};
    CHECK(pack_error(mandatory, plan, technical({})) == "opener_required");
    plan.ways = {};
    const BidReader reader = read_bid(pack(mandatory, plan, technical({})).file);
    REQUIRE(reader.bid().openers.envelopes[0].ways.size() == 1);
    CHECK(way_kind_of(reader.bid().openers.envelopes[0].ways[0]) == WayKind::supplier_platform);
    const TenderFile past =
        make_tender([](Tender& t) { t.deadline = parse_time("2026-11-30T00:00:00Z"); });
    CHECK(pack_error(past, no_price_plan(), technical({})) == "deadline_passed");
    const TenderFile others = make_tender([](Tender& t) { t.roots = {certificate("rival_sign")}; });
    CHECK(pack_error(others, no_price_plan(), technical({})) == "certificate_untrusted");
}

TEST_CASE("a signature that does not fit is refused before anything is written") {
    const TenderFile tender = make_tender();
    const auto random = fixed_random("x");
    const FixedClock clock(making_time);
    MemorySink sink;
    BidWriter writer(no_price_plan(), tender, *random, clock, sink);
    writer.begin_envelope("technical");
    const Bytes pdf = make_pdf(300);
    writer.begin_document("a.pdf", "proposal", pdf.size());
    writer.write(pdf);
    writer.end_document();
    writer.end_envelope();
    const Bytes index = writer.finish_content().index;
    const size_t before = sink.bytes.size();
    CHECK(error_name_of([&] { writer.finish(sign("rival_sign", index)); }) == "signature_invalid");
    CHECK(sink.bytes.size() == before);
    writer.finish(sign("supplier_sign", index));
    read_bid(sink.bytes);
}

TEST_CASE("every cut and every turned bit of the public part is refused") {
    const TenderFile tender = make_tender();
    const Bytes file =
        make_raw_bid(tender, {good_envelope("technical", {{"a.pdf", "proposal", make_pdf(100)}})});
    for (size_t length = 0; length < file.size(); length += 97) {
        const Bytes cut(file.begin(), file.begin() + static_cast<ptrdiff_t>(length));
        CHECK(error_of([&] { read_bid(cut); }).has_value());
    }
    for (size_t at = 0; at < file.size(); at += 53) {
        Bytes bent = file;
        bent[at] ^= 0x10;
        CHECK_MESSAGE(error_of([&] {
                          const BidReader reader = read_bid(bent);
                          check_body(reader, bent);
                          // Carried certificates are judged with the tender.
                          verify_bid_trust(reader.bid(), tender, parse_time(making_time));
                      }).has_value(),
                      at);
    }
}

TEST_CASE("a file that changes after it was checked is not opened") {
    const TenderFile tender = make_tender();
    const Packed packed = pack(tender, no_price_plan(), technical({}));
    const BidReader reader = read_bid(packed.file);
    check_body(reader, packed.file);
    const SecretBytes secret = open_alone(reader, tender, "technical", "supplier_encrypt");
    for (size_t at : {head_size, head_size + size_t{200}}) {
        Bytes changed = packed.file;
        changed[at] ^= 1;
        CHECK(error_name_of([&] { open_envelope(reader, changed, "technical", secret.clone()); }) ==
              "bid_chunk");
    }
}

TEST_CASE("kinds of wraps: EnvelopedData for SM2 and RSA, split key") {
    const TenderFile tender = make_tender();
    for (const auto& [name, kind] :
         std::vector<std::pair<std::string, WrapKind>>{{"supplier_encrypt", WrapKind::cms},
                                                       {"supplier_encrypt", WrapKind::mobile},
                                                       {"supplier_rsa", WrapKind::cms},
                                                       {"supplier_rsa", WrapKind::cms_oaep_sha1}}) {
        BidPlan plan = no_price_plan();
        plan.supplier_openers = {{certificate(name), kind}};
        const Packed packed = pack(tender, plan, technical({}));
        const BidReader reader = read_bid(packed.file);
        const SecretBytes secret = open_alone(reader, tender, "technical", name);
        CHECK(open_envelope(reader, packed.file, "technical", secret.clone()).documents[0] ==
              make_pdf(300));
        CHECK(recompute_openers(reader.bid().openers, "technical", secret,
                                envelope_context(reader.index(), "technical", 1))
                  .junk.empty());
    }
}

TEST_CASE("a holder releases nothing for a bid that is not the one it was asked for") {
    const TenderFile tender = make_tender();
    const BidReader reader = read_bid(pack(tender, no_price_plan(), technical({})).file);
    const Certificate key = certificate("supplier_encrypt");
    CHECK(error_name_of([&] { Holder(reader.bid(), tender, "2", key); }) == "tender_mismatch");
    const TenderFile other = make_tender([](Tender& t) { t.project_id = "P-2"; });
    CHECK(error_name_of([&] { Holder(reader.bid(), other, "1", key); }) == "tender_mismatch");
    const Holder holder(reader.bid(), tender, "1", key);
    CHECK(error_name_of([&] { holder.tasks("price"); }) == "envelope_unknown");
    const UnwrapTask task = holder.tasks("technical").front();
    CHECK(task.opens_alone);
    CHECK(error_name_of([&] { holder.accept(task, SecretBytes(32)); }) == "wrap_mismatch");
    CHECK(error_name_of([&] { holder.accept(task, SecretBytes(16)); }) == "wrap_mismatch");
    const SecretBytes share = unwrap(task, private_key("supplier_encrypt"));
    CHECK(holder.rehearse(task, share).commitment_checked);
}

TEST_CASE("a rival that copies openers and envelope gets nothing out of their holder") {
    const TenderFile tender = make_tender();
    const RawEnvelope envelope = good_envelope("technical", {{"a.pdf", "proposal", make_pdf(100)}});
    RawChanges changes;
    changes.ways = {WayKind::supplier_platform};
    const Openers copied = read_bid(make_raw_bid(tender, {envelope}, changes)).bid().openers;
    changes.signer = changes.signer_in_index = "rival_sign";
    // All of them: the victim's own key refuses another company's bid.
    changes.openers = [&](Openers& openers) {
        openers.envelopes = copied.envelopes;
    };
    CHECK(error_name_of([&] {
              const BidReader reader = read_bid(make_raw_bid(tender, {envelope}, changes));
              Holder(reader.bid(), tender, "1", certificate("supplier_encrypt"));
          }) == "supplier_mismatch");
    // The platform's wrap alone, in openers that are the rival's in everything else.
    changes.openers = [&](Openers& openers) {
        openers.certificates[0] = certificate("rival_encrypt");
        openers.envelopes[0].ways[0].parts[1] = copied.envelopes[0].ways[0].parts[1];
    };
    const BidReader reader = read_bid(make_raw_bid(tender, {envelope}, changes));
    verify_bid_trust(reader.bid(), tender, parse_time(making_time));
    const Holder holder(reader.bid(), tender, "1", certificate("platform_encrypt"));
    const UnwrapTask task = holder.tasks("technical").front();
    const SecretBytes share = unwrap(task, private_key("platform_encrypt"));
    CHECK(share.size() == secret_size);  // the key itself would have told
    CHECK(error_name_of([&] { holder.accept(task, share); }) == "wrap_mismatch");
    CHECK(error_name_of([&] { holder.rehearse(task, share); }) == "wrap_mismatch");
}

TEST_CASE("wrong rescue shares are found out, and do no harm among enough good ones") {
    const TenderFile tender = make_tender();
    BidPlan plan = no_price_plan();
    plan.ways = {WayKind::platform_rescue};
    const BidReader reader = read_bid(pack(tender, plan, technical({})).file);
    const auto combine = [&](bool third, bool wrong) {
        std::vector<ReleasedShare> shares;
        shares.push_back(release(reader, tender, "technical", "platform_encrypt", 0));
        shares.push_back(release(reader, tender, "technical", "rescue1", 0));
        shares.push_back(release(reader, tender, "technical", "rescue2", 0));
        if (third) {
            shares.push_back(release(reader, tender, "technical", "rescue3", 0));
        }
        if (wrong) {
            shares[1].value.span()[7] ^= 1;
        }
        return combine_shares(reader.index(), {reader.bid().openers}, "technical", shares);
    };
    const SecretBytes secret = combine(false, false);
    CHECK(error_name_of([&] { combine(false, true); }) == "commitment_mismatch");
    CHECK(combine(true, true).equals(secret));
}

TEST_CASE("after the opening everyone sees which wraps are junk") {
    const TenderFile tender = make_tender();
    RawChanges changes;
    changes.ways = {WayKind::supplier, WayKind::platform_rescue};
    changes.openers = [](Openers& openers) {
        openers.envelopes[0].ways[1].parts[1].slots[2].data[5] ^= 1;
    };
    const BidReader reader = read_bid(make_raw_bid(
        tender, {good_envelope("technical", {{"a.pdf", "proposal", make_pdf(100)}})}, changes));
    const SecretBytes secret = open_alone(reader, tender, "technical", "supplier_encrypt");
    const OpenersAudit audit = recompute_openers(reader.bid().openers, "technical", secret,
                                                 envelope_context(reader.index(), "technical", 1));
    REQUIRE(audit.junk.size() == 1);
    CHECK(audit.junk[0].way == 1);
    CHECK(audit.junk[0].part == 1);
    CHECK(audit.junk[0].slot == 2);
}

TEST_CASE("opened, non-conforming: reported and not dropped") {
    const TenderFile tender = make_tender([](Tender& t) {
        t.summary[1].required = true;
        t.envelopes[1].slots[0].max_bytes = 10;
    });
    const std::vector<Document> documents = {{"a.pdf", "proposal", text("not a pdf, too long")},
                                             {"b.pdf", "proposal", make_pdf(100)},
                                             {"c.txt", "unknown", text("c")}};
    const Bytes file = make_raw_bid(tender, {good_envelope("technical", documents)});
    const BidReader reader = read_bid(file);
    const Opened opened =
        open_envelope(reader, file, "technical",
                      open_alone(reader, tender, "technical", "supplier_encrypt"), &tender);
    CHECK(opened.documents.size() == 3);
    std::vector<std::string> codes;
    for (const NonConformity& found : opened.nonconformities) {
        codes.push_back(error_name(found.code));
    }
    CHECK(codes == std::vector<std::string>{"document_too_large", "document_unexpected",
                                            "document_too_large", "document_unexpected",
                                            "summary_missing", "document_format"});
}

TEST_CASE("rewrap adds openers and leaves the bid alone") {
    const TenderFile tender = make_tender();
    const Packed packed = pack(tender, no_price_plan(), technical({}));
    const BidReader reader = read_bid(packed.file);
    const SecretBytes secret = open_alone(reader, tender, "technical", "supplier_encrypt");
    const auto content = [&](uint32_t version, const std::string& opener) {
        std::vector<EnvelopeSecret> secrets;
        secrets.push_back({"technical", secret.clone()});
        const std::vector<WayPlan> ways = {
            {{PartRole::supplier, 1, {default_opener(certificate(opener))}}}};
        return rewrap_content(reader.index(), reader.fingerprint(), version, secrets, ways,
                              parse_time(making_time));
    };
    const auto file = [&](const std::string& signer) {
        const Bytes octets = content(1, "renewed_encrypt");
        return build_rewrap_file(octets, certificate(signer), sign(signer, octets));
    };
    const auto parse = [&](const Bytes& rewrap) {
        return parse_rewrap_file(rewrap, reader.bid(), tender, tender.tender().trust(),
                                 parse_time(making_time));
    };
    for (const char* signer : {"supplier_sign", "renewed_sign"}) {
        const Openers openers = parse(file(signer));
        Holder holder(reader.bid(), tender, "1", certificate("renewed_encrypt"));
        CHECK(error_name_of([&] { holder.tasks("technical"); }) == "opener_not_found");
        holder.add_openers(openers);
        const UnwrapTask task = holder.tasks("technical").front();
        CHECK(task.version == 1);
        const SecretBytes share = unwrap(task, private_key("renewed_encrypt"));
        CHECK(holder.rehearse(task, share).commitment_checked);
        std::vector<ReleasedShare> shares;
        shares.push_back(holder.accept(task, share));
        CHECK(combine_shares(reader.index(), {reader.bid().openers, openers}, "technical", shares)
                  .equals(secret));
    }
    CHECK(error_name_of([&] { parse(file("rival_sign")); }) == "rewrap_refused");
    CHECK(error_name_of([&] { content(0, "renewed_encrypt"); }) == "usage");
    CHECK(error_name_of([&] { content(9, "renewed_encrypt"); }) == "usage");
    const BidReader other =
        read_bid(pack(tender, no_price_plan(), technical({}), 0, "supplier_sign", "other").file);
    CHECK(error_name_of([&] {
              parse_rewrap_file(file("supplier_sign"), other.bid(), tender, tender.tender().trust(),
                                parse_time(making_time));
          }) == "bid_openers");
    std::vector<EnvelopeSecret> wrong;
    wrong.push_back({"technical", SecretBytes(32)});
    CHECK(error_name_of([&] {
              rewrap_content(reader.index(), reader.fingerprint(), 1, wrong, {},
                             parse_time(making_time));
          }) == "commitment_mismatch");
}

TEST_CASE("a slot that is junk is passed over while another one of the envelope serves") {
    const TenderFile tender = make_tender();
    const Packed packed = pack(tender, no_price_plan(), technical({}));
    const BidReader reader = read_bid(packed.file);
    const SecretBytes secret = open_alone(reader, tender, "technical", "supplier_encrypt");
    const std::vector<WayPlan> ways = {
        {{PartRole::supplier, 1, {default_opener(certificate("renewed_encrypt"))}}}};
    const auto openers_from = [&](uint32_t version, const SecretBytes& from) {
        OpenersBuilder builder(version, reader.index().nonce, reader.fingerprint(),
                               parse_time(making_time));
        builder.add("technical", ways, from, envelope_context(reader.index(), "technical", 1));
        return builder.openers();
    };
    const auto bent = [&](size_t place) {
        Openers openers = openers_from(1, secret);
        openers.envelopes[0].ways[0].parts[0].slots[0].data[place] ^= 1;
        return openers;
    };
    // A wrap whose key is none for SM4: five bytes under SM2.
    const auto short_key = [&] {
        Openers openers = openers_from(1, secret);
        Bytes& data = openers.envelopes[0].ways[0].parts[0].slots[0].data;
        data.resize(secret_size);
        append(data, crypto::Sm2PublicKey::from_spki(certificate("renewed_encrypt").spki())
                         .encrypt(text("short"), *fixed_random("short")));
        return openers;
    };
    const auto open = [&](const std::vector<Openers>& added, ErrorCode also = ErrorCode::internal) {
        return error_name_of([&] {
            Holder holder(reader.bid(), tender, "1", certificate("renewed_encrypt"));
            std::vector<Openers> all = {reader.bid().openers};
            for (const Openers& openers : added) {
                holder.add_openers(openers);
                all.push_back(openers);
            }
            const auto release = [&](const UnwrapTask& task) {
                if (task.version == 1 && also != ErrorCode::internal) {
                    throw Error(also);
                }
                return holder.accept(task, unwrap(task, private_key("renewed_encrypt")));
            };
            const std::vector<ReleasedShare> shares =
                release_shares(holder.tasks("technical"), release);
            const SecretBytes opened = combine_shares(reader.index(), all, "technical", shares);
            CHECK(opened.equals(secret));
        });
    };
    const Openers good = openers_from(2, secret);
    CHECK(open({good}) == "");
    // The share, the key, another secret: the wrap is in order there, and only the commitment
    // tells.
    for (const auto& [junk, code] : std::vector<std::pair<Openers, std::string>>{
             {bent(3), "wrap_mismatch"},
             {bent(100), "decrypt_failed"},
             {short_key(), "decrypt_failed"},
             {openers_from(1, SecretBytes(32)), "commitment_mismatch"}}) {
        CHECK(open({junk}) == code);
        CHECK(open({junk, good}) == "");
        CHECK(open({good, junk}) == "");
    }
    // What is wrong with more than the slot ends it.
    CHECK(open({openers_from(1, secret), good}, ErrorCode::token_removed) == "token_removed");
    CHECK(open({openers_from(1, secret), good}, ErrorCode::cancelled) == "cancelled");
    CHECK(open({openers_from(1, secret), good}, ErrorCode::token_unsupported) == "");
}

TEST_CASE("a rewrap keeps to the tender's openers policy, whoever reads it") {
    const TenderFile tender = make_tender([](Tender& t) {
        t.ways = {{WayKind::supplier_platform, true}};
    });
    const Packed packed = pack(tender, no_price_plan(), technical({}));
    const BidReader reader = read_bid(packed.file);
    std::vector<ReleasedShare> shares;
    shares.push_back(release(reader, tender, "technical", "supplier_encrypt", 0));
    shares.push_back(release(reader, tender, "technical", "platform_encrypt", 0));
    const SecretBytes secret =
        combine_shares(reader.index(), {reader.bid().openers}, "technical", shares);
    const OpenerKey supplier = default_opener(certificate("renewed_encrypt"));
    const OpenerKey platform = default_opener(certificate("platform_encrypt"));
    const OpenerKey rival = default_opener(certificate("rival_encrypt"));
    const auto results = [&](const WayPlan& way) {
        std::vector<EnvelopeSecret> secrets;
        secrets.push_back({"technical", secret.clone()});
        const Bytes content = rewrap_content(reader.index(), reader.fingerprint(), 1, secrets,
                                             {way}, parse_time(making_time));
        const Bytes file = build_rewrap_file(content, certificate("supplier_sign"),
                                             sign("supplier_sign", content));
        const std::string parsed = error_name_of([&] {
            parse_rewrap_file(file, reader.bid(), tender, tender.tender().trust(),
                              parse_time(making_time));
        });
        // A holder that got the openers elsewhere looks again.
        Holder holder(reader.bid(), tender, "1", certificate("supplier_encrypt"));
        CHECK(error_name_of([&] { holder.add_openers(Openers::parse(content)); }) == parsed);
        return parsed;
    };
    CHECK(results({{PartRole::supplier, 1, {supplier}}, {PartRole::platform, 1, {platform}}}) ==
          "");
    // Alone, the supplier could open before the time.
    CHECK(results({{PartRole::supplier, 1, {supplier}}}) == "bid_openers");
    CHECK(results({{PartRole::supplier, 1, {supplier}}, {PartRole::platform, 1, {rival}}}) ==
          "bid_openers");
    CHECK(results({{PartRole::supplier, 1, {rival}}, {PartRole::platform, 1, {platform}}}) ==
          "supplier_mismatch");
    CHECK(results({{PartRole::platform, 1, {platform}}, {PartRole::supplier, 1, {supplier}}}) ==
          "bid_openers");
}

TEST_CASE("a holder checks the openers policy itself") {
    const TenderFile tender = make_tender([](Tender& t) {
        t.ways = {{WayKind::supplier_platform, true}};
    });
    RawChanges changes;
    changes.ways = {WayKind::supplier_platform};
    // The platform's part is left out: what is left is a way that the tender does not allow.
    changes.openers = [](Openers& openers) {
        openers.envelopes[0].ways[0].parts.pop_back();
        openers.certificates.pop_back();
    };
    const BidReader reader = read_bid(make_raw_bid(
        tender, {good_envelope("technical", {{"a.pdf", "proposal", make_pdf(100)}})}, changes));
    CHECK(error_name_of([&] {
              Holder(reader.bid(), tender, "1", certificate("supplier_encrypt"));
          }) == "bid_openers");
    CHECK(error_name_of([&] {
              verify_bid_trust(reader.bid(), tender, parse_time(making_time),
                               tender.tender().trust(), crypto::RevocationPolicy::use_if_present);
          }) == "bid_openers");
}

TEST_CASE("a tender file is refused when it is not the platform's or breaks a rule") {
    const Bytes file = make_tender_file();
    const TenderFile tender = TenderFile::parse(file);
    CHECK(tender.tender().lots[1].title == "第二标段");
    CHECK(tender_content(tender.tender()) == to_bytes(tender.content()));
    tender.verify_trust({{certificate("root")}, {}, {}}, parse_time(making_time));
    CHECK(error_name_of([&] {
              tender.verify_trust({{certificate("rival_sign")}, {}, {}}, parse_time(making_time));
          }) == "certificate_untrusted");
    CHECK(error_name_of([&] { TenderFile::parse(text("hello")); }) == "tender_invalid");
    CHECK(error_name_of([&] { TenderFile::parse({}); }) == "tender_invalid");
    const Bytes content = to_bytes(tender.content());
    const Bytes by_rival = crypto::build_signed_data(
        {certificate("rival_sign"), {}, {}, sign("rival_sign", content), content});
    CHECK(error_name_of([&] { TenderFile::parse(by_rival); }) == "tender_signature");
    const Bytes unsigned_file = crypto::build_signed_data(
        {certificate("platform_sign"), {}, {}, sign("platform_sign", text("other")), content});
    CHECK(error_name_of([&] { TenderFile::parse(unsigned_file); }) == "tender_signature");
    CHECK(error_name_of([&] { build_tender_file(content, sign("rival_sign", content)); }) ==
          "tender_signature");
    using Change = std::function<void(Tender&)>;
    for (const Change& change : std::vector<Change>{
             [](Tender& t) { t.lots.clear(); },
             [](Tender& t) { t.lots[1].id = "1"; },
             [](Tender& t) { t.envelopes[0].id = "price"; },
             [](Tender& t) { t.envelopes[0].stage = 17; },
             [](Tender& t) { t.envelopes[0].slots[0].formats = {"exe"}; },
             [](Tender& t) { t.envelopes[0].slots[0].formats = {}; },
             [](Tender& t) { t.envelopes[0].slots[0].max_bytes = 0; },
             [](Tender& t) { t.summary[0].envelope = "none"; },
             [](Tender& t) { t.summary[0].min = "5"; },
             [](Tender& t) { t.summary[0].min = "100000000.00"; },
             [](Tender& t) { t.summary[0].choices = {"a"}; },
             [](Tender& t) { t.deadline = parse_time("2026-11-01T00:00:00Z"); },
             [](Tender& t) { t.ways[1].way = WayKind::supplier; },
             [](Tender& t) { t.rescue_threshold = 4; },
             [](Tender& t) { t.rescue_threshold = 1; },
             [](Tender& t) { t.rescue_members[1] = t.rescue_members[0]; },
             [](Tender& t) { t.platform_encryption.reset(); },
             [](Tender& t) { t.platform_encryption = certificate("platform_sign"); },
             [](Tender& t) { t.roots.clear(); },
             [](Tender& t) { t.buyer = "a\nb"; },
             [](Tender& t) { t.project_id = "P 1"; },
             [](Tender& t) {
                 t.crl_urls = {"file:///etc/passwd"};
             }}) {
        CHECK(error_name_of([&] { make_tender_file(change); }) == "tender_invalid");
    }
}
