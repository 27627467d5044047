// Guards of signed things and of shares: tender file, rewrap, signing request, combining.
#include <doctest/doctest.h>

#include "bidseal/bid/limits.h"
#include "bidseal/crypto/cms.h"

#include "bid_test_support.h"
#include "raw_bid.h"
#include "support/error_of.h"

using namespace bidseal;
using namespace bidseal::bid;
using namespace bidseal::bid::test;
using bidseal::test::error_name_of;

namespace {

Bytes signed_by(const std::string& signer, const Bytes& content) {
    return crypto::build_signed_data({certificate(signer), {}, {}, sign(signer, content), content});
}

}  // namespace

TEST_CASE("a tender file's signature: by its platform, over this type of content, plain") {
    const Bytes content = to_bytes(make_tender().content());
    const auto result = [](const Bytes& file) {
        return error_name_of([&] { TenderFile::parse(file); });
    };
    CHECK(result(signed_by("platform_sign", content)) == "");
    CHECK(result(signed_with_attributes("platform_sign", content)) == "tender_signature");
    CHECK(result(with_two_signers(signed_by("platform_sign", content))) == "tender_invalid");
    CHECK(result(with_unsigned_attributes(signed_by("platform_sign", content))) ==
          "tender_invalid");
    CHECK(result(with_version(signed_by("platform_sign", content), 3)) == "tender_invalid");
    CHECK(result(signed_by("supplier_sign", content)) == "tender_signature");
    CHECK(result(crypto::build_signed_data({certificate("platform_sign"),
                                            {},
                                            {},
                                            sign("platform_sign", content),
                                            std::nullopt})) == "tender_invalid");
    // The platform's signature over something else that it signs.
    CHECK(result(signed_by("platform_sign", text(R"({"type":"SBID1-list"})"))) == "tender_invalid");
    // An encryption key, which others hold a copy of, publishes no tender.
    CHECK(error_name_of([] {
              Tender t = make_tender().tender();
              t.platform_certificate = certificate("platform_encrypt");
              TenderFile::parse(signed_by("platform_encrypt", tender_content(t)));
          }) == "certificate_usage");
}

TEST_CASE("who signed a bid is checked without any tender") {
    const auto result = [](const std::string& name) {
        const Bytes file = read_vector(name + ".sbid");
        return error_name_of([&] { read_bid(file); });
    };
    CHECK(result("good") == "");
    CHECK(result("supplier-name") == "supplier_mismatch");
    CHECK(result("supplier-code") == "supplier_mismatch");
    CHECK(result("usage") == "certificate_usage");
    CHECK(result("resigned") == "signature_invalid");
}

TEST_CASE("a bid is judged with its own tender only") {
    const TenderFile tender = make_tender();
    const TenderFile other = make_tender([](Tender& t) { t.project_title += "2"; });
    const BidReader reader = read_bid(make_raw_bid(tender, {one_envelope()}));
    CHECK(error_name_of([&] { verify_bid_trust(reader.bid(), tender, parse_time(making_time)); }) ==
          "");
    CHECK(error_name_of([&] { verify_bid_trust(reader.bid(), other, parse_time(making_time)); }) ==
          "tender_mismatch");
}

TEST_CASE("a rewrap's signature: by the company, over openers, plain, while it may sign") {
    const TenderFile tender = make_tender();
    const BidReader reader = read_bid(make_raw_bid(tender, {one_envelope()}));
    std::vector<EnvelopeSecret> secrets;
    secrets.push_back({"technical", open_alone(reader, tender, "technical", "supplier_encrypt")});
    const Bytes content = rewrap_content(
        reader.index(), reader.fingerprint(), 1, secrets,
        {{{PartRole::supplier, 1, {default_opener(certificate("renewed_encrypt"))}}}},
        parse_time(making_time));
    const auto result = [&](const Bytes& file, std::string_view at = making_time,
                            const std::function<void(crypto::TrustStore&)>& change = {}) {
        crypto::TrustStore trust = tender.tender().trust();
        if (change) {
            change(trust);
        }
        return error_name_of(
            [&] { parse_rewrap_file(file, reader.bid(), tender, trust, parse_time(at)); });
    };
    CHECK(result(signed_by("supplier_sign", content)) == "");
    CHECK(result(signed_by("renewed_sign", content)) == "");
    CHECK(result(signed_with_attributes("supplier_sign", content)) == "signature_format");
    CHECK(result(with_unsigned_attributes(signed_by("supplier_sign", content))) ==
          "signature_format");
    CHECK(result(with_version(signed_by("supplier_sign", content), 3)) == "signature_format");
    for (const auto& [opener, code] : std::vector<std::pair<std::string, std::string>>{
             {"selfmade_encrypt", "certificate_untrusted"},
             {"renewed_sign", "certificate_usage"},
             {"no_usage", "certificate_usage"},
             {"short_encrypt", ""}}) {
        Openers openers = Openers::parse(content);
        openers.certificates = {certificate(opener)};
        CHECK(result(signed_by("supplier_sign", openers.serialize())) == code);
        // An opener that has ended since harms nobody but the company.
        CHECK(result(signed_by("supplier_sign", openers.serialize()), "2040-01-01T00:00:00Z") ==
              code);
    }
    CHECK(result(crypto::build_signed_data({certificate("supplier_sign"),
                                            {},
                                            {},
                                            sign("supplier_sign", content),
                                            std::nullopt})) == "signature_format");
    CHECK(result(crypto::build_signed_data(
              {certificate("supplier_sign"), {}, {}, sign("supplier_sign", text("x")), content})) ==
          "signature_invalid");
    CHECK(result(signed_by("supplier_encrypt", content)) == "certificate_usage");
    CHECK(result(signed_by("supplier_sign", text(R"({"type":"SBID1-index","x":1})"))) ==
          "bid_openers");
    CHECK(result(signed_by("supplier_sign", reader.openers_bytes())) == "bid_openers");
    // Another certificate of the company counts only as long as its issuer stands for it.
    CHECK(result(signed_by("renewed_sign", content), "2060-01-01T00:00:00Z") ==
          "certificate_expired");
    // As of the receipt; the rewrap's own time stands in for it only where nobody knows better.
    const auto without_receipt = [&](std::string_view made) {
        Openers openers = Openers::parse(content);
        openers.created = parse_time(made);
        const Bytes file = signed_by("renewed_sign", openers.serialize());
        return error_name_of(
            [&] { parse_rewrap_file(file, reader.bid(), tender, tender.tender().trust()); });
    };
    CHECK(without_receipt(making_time) == "");
    CHECK(without_receipt("2060-01-01T00:00:00Z") == "certificate_expired");
    CHECK(result(signed_by("renewed_sign", content), making_time, [](crypto::TrustStore& t) {
              t.roots = {certificate("rival_sign")};
          }) == "certificate_untrusted");
    CHECK(result(signed_by("revoked_sign", content), making_time, [](crypto::TrustStore& t) {
              t.crls = {crypto::RevocationList::parse(read_vector("keys/root.crl"))};
          }) == "certificate_revoked");
    // Made for a bid of another fingerprint or nonce.
    for (const bool nonce : {true, false}) {
        Openers openers = Openers::parse(content);
        if (nonce) {
            openers.nonce.bytes[0] ^= 1;
        } else {
            openers.fingerprint->bytes[0] ^= 1;
        }
        CHECK(result(signed_by("supplier_sign", openers.serialize())) == "bid_openers");
    }
    Openers elsewhere = Openers::parse(content);
    elsewhere.envelopes[0].envelope = "price";
    CHECK(result(signed_by("supplier_sign", elsewhere.serialize())) == "bid_openers");
    Holder holder(reader.bid(), tender, "1", certificate("renewed_encrypt"));
    holder.add_openers(Openers::parse(content));
    CHECK(error_name_of([&] { holder.add_openers(Openers::parse(content)); }) == "bid_openers");
}

TEST_CASE("a signer refuses to sign what it was not shown") {
    const TenderFile tender = make_tender();
    const SigningRequest good = pack(tender, make_plan(), make_content()).request;
    const auto result = [&](const std::function<void(SigningRequest&)>& change,
                            const std::string& signer = "supplier_sign") {
        SigningRequest request = good;
        change(request);
        return error_name_of(
            [&] { describe_signing_request(request, tender, certificate(signer)); });
    };
    // Bends the openers and makes the index fit them.
    const auto with_openers = [](SigningRequest& r, const std::function<void(Openers&)>& change) {
        Openers openers = Openers::parse(r.openers);
        BidIndex index = BidIndex::parse(r.index);
        change(openers);
        r.openers = openers.serialize();
        index.openers = crypto::sm3(r.openers);
        r.index = index.serialize();
    };
    const auto with_index = [](SigningRequest& r, const std::function<void(BidIndex&)>& change) {
        BidIndex index = BidIndex::parse(r.index);
        change(index);
        r.index = index.serialize();
    };
    CHECK(result([](SigningRequest&) {}) == "");
    CHECK(result([](SigningRequest&) {}, "renewed_sign") == "supplier_mismatch");
    CHECK(result([&](SigningRequest& r) {
              with_index(r, [](BidIndex& i) { i.supplier_name = "other"; });
          }) == "supplier_mismatch");
    CHECK(result([&](SigningRequest& r) {
              with_index(r, [](BidIndex& i) { i.supplier_code = "other"; });
          }) == "supplier_mismatch");
    CHECK(result([&](SigningRequest& r) {
              with_index(r, [](BidIndex& i) { i.project = "other"; });
          }) == "tender_mismatch");
    CHECK(result([&](SigningRequest& r) {
              with_index(r, [](BidIndex& i) { i.openers.bytes[0] ^= 1; });
          }) == "bid_openers");
    CHECK(result([&](SigningRequest& r) {
              with_openers(r, [](Openers& o) { o.nonce.bytes[0] ^= 1; });
          }) == "bid_openers");
    CHECK(result([&](SigningRequest& r) {
              with_openers(r, [](Openers& o) { o.created.seconds += 1; });
          }) == "bid_openers");
    // Another company could open.
    CHECK(result([&](SigningRequest& r) {
              with_openers(r, [](Openers& o) { o.certificates = {certificate("rival_encrypt")}; });
          }) == "supplier_mismatch");
    // Somebody who calls a key of their own the company's.
    CHECK(result([&](SigningRequest& r) {
              with_openers(r,
                           [](Openers& o) { o.certificates = {certificate("selfmade_encrypt")}; });
          }) == "certificate_untrusted");
    CHECK(result([&](SigningRequest& r) {
              with_openers(r, [](Openers& o) { o.certificates = {certificate("renewed_sign")}; });
          }) == "certificate_usage");
    // Manifests: not the committed bytes, not the committed salt, in another order, too few.
    CHECK(result([](SigningRequest& r) { r.manifests[0].salt[0] ^= 1; }) == "manifest_mismatch");
    CHECK(result([](SigningRequest& r) { r.manifests[0].salt.push_back(0); }) ==
          "manifest_mismatch");
    CHECK(result([](SigningRequest& r) { std::swap(r.manifests[0], r.manifests[1]); }) ==
          "manifest_mismatch");
    CHECK(result([](SigningRequest& r) { r.manifests.pop_back(); }) == "manifest_mismatch");
    CHECK(result([&](SigningRequest& r) {
              // Committed to, but another envelope's: the person would see the wrong documents.
              r.manifests[0].manifest = r.manifests[1].manifest;
              with_index(r, [&](BidIndex& i) {
                  i.envelopes[0].manifest =
                      manifest_commitment(r.manifests[0].salt, r.manifests[0].manifest);
              });
          }) == "manifest_mismatch");
}

TEST_CASE("shares of no slot, of another envelope or of another size are refused") {
    const TenderFile tender = make_tender();
    const BidReader reader = read_bid(pack(tender, make_plan(), make_content()).file);
    const auto result = [&](const std::function<void(ReleasedShare&)>& change) {
        std::vector<ReleasedShare> shares;
        shares.push_back(release(reader, tender, "technical", "supplier_encrypt", 0));
        change(shares[0]);
        return error_name_of(
            [&] { combine_shares(reader.index(), {reader.bid().openers}, "technical", shares); });
    };
    CHECK(result([](ReleasedShare&) {}) == "");
    CHECK(result([](ReleasedShare& s) { s.slot = 1; }) == "share_invalid");
    CHECK(result([](ReleasedShare& s) { s.part = 1; }) == "share_invalid");
    CHECK(result([](ReleasedShare& s) { s.way = 1; }) == "share_invalid");
    CHECK(result([](ReleasedShare& s) { s.version = 1; }) == "share_invalid");
    CHECK(result([](ReleasedShare& s) { s.envelope = "none"; }) == "share_invalid");
    CHECK(result([](ReleasedShare& s) { s.envelope = "price"; }) == "shares_insufficient");
    CHECK(result([](ReleasedShare& s) { s.value = SecretBytes(16); }) == "share_invalid");
    CHECK(result([](ReleasedShare& s) { s.value = SecretBytes(32); }) == "commitment_mismatch");
    std::vector<ReleasedShare> twice;
    for (int i = 0; i < 2; ++i) {
        twice.push_back(release(reader, tender, "technical", "supplier_encrypt", 0));
    }
    CHECK(error_name_of([&] {
              combine_shares(reader.index(), {reader.bid().openers}, "technical", twice);
          }) == "share_invalid");
    // Nor does a secret that somebody made up open anything.
    CHECK(error_name_of([&] { EnvelopeOpener(reader, "technical", SecretBytes(32)); }) ==
          "commitment_mismatch");
}

TEST_CASE("a holder's own key decides, not the task that it is handed") {
    const TenderFile tender = make_tender();
    RawChanges changes;
    changes.ways = {WayKind::supplier_platform};
    const BidReader reader = read_bid(make_raw_bid(tender, {one_envelope()}, changes));
    const Holder supplier(reader.bid(), tender, "1", certificate("supplier_encrypt"));
    const Holder platform(reader.bid(), tender, "1", certificate("platform_encrypt"));
    const UnwrapTask task = platform.tasks("technical").front();
    const SecretBytes share = unwrap(task, private_key("platform_encrypt"));
    CHECK(error_name_of([&] { platform.accept(task, share); }) == "");
    CHECK(error_name_of([&] { supplier.accept(task, share); }) == "opener_not_found");
}

TEST_CASE("wraps are released only where they stand, and every fault looks the same") {
    const TenderFile tender = make_tender();
    const auto answer = [&](const std::function<void(Openers&)>& change, size_t way = 0) {
        RawChanges changes;
        changes.ways = {WayKind::supplier, WayKind::supplier_platform};
        changes.openers = change;
        const BidReader reader = read_bid(make_raw_bid(tender, {one_envelope()}, changes));
        const Holder holder(reader.bid(), tender, "1", certificate("supplier_encrypt"));
        std::string result = "no task";
        for (const UnwrapTask& task : holder.tasks("technical")) {
            if (task.way == way) {
                result = error_name_of(
                    [&] { holder.accept(task, unwrap(task, private_key("supplier_encrypt"))); });
            }
        }
        return result;
    };
    const auto slot = [](Openers& o, size_t way) -> Slot& {
        return o.envelopes[0].ways[way].parts[0].slots[0];
    };
    CHECK(answer([](Openers&) {}) == "");
    CHECK(answer([](Openers&) {}, 1) == "");
    CHECK(answer([&](Openers& o) { slot(o, 0).data[3] ^= 1; }) == "wrap_mismatch");
    CHECK(answer([&](Openers& o) { slot(o, 1).data = slot(o, 0).data; }, 1) == "wrap_mismatch");
    CHECK(answer([&](Openers& o) { slot(o, 0).data = slot(o, 1).data; }) == "wrap_mismatch");
}
