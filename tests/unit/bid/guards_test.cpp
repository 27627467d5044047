// Guards of the format, one by one: what each binds, and the attack that it stops.
#include <set>

#include <doctest/doctest.h>

#include "bidseal/bid/key_schedule.h"
#include "bidseal/bid/limits.h"
#include "bidseal/bid/merkle.h"
#include "bidseal/crypto/cms.h"

#include "bid_test_support.h"
#include "raw_bid.h"
#include "support/error_of.h"

using namespace bidseal;
using namespace bidseal::bid;
using namespace bidseal::bid::test;
using bidseal::test::error_name_of;

namespace {

BidIndex example_index(const TenderFile& tender) {
    return read_bid(make_raw_bid(tender, {one_envelope()})).index();
}

crypto::Sm3Digest digest_of(uint8_t value) {
    crypto::Sm3Digest digest;
    digest.bytes.fill(value);
    return digest;
}

/// Openers with all three ways.
Openers all_ways(const TenderFile& tender) {
    RawChanges changes;
    changes.ways = {WayKind::supplier, WayKind::supplier_platform, WayKind::platform_rescue};
    return read_bid(make_raw_bid(tender, {one_envelope()}, changes)).bid().openers;
}

}  // namespace

TEST_CASE("every member of the context changes it: nothing can be moved to another place") {
    const BidIndex index = example_index(make_tender());
    std::set<Bytes> seen;
    const auto add = [&](const BidIndex& i, std::string_view envelope, uint32_t stage) {
        CHECK(seen.insert(to_bytes(envelope_context(i, envelope, stage).digest.view())).second);
    };
    add(index, "technical", 1);
    add(index, "price", 1);
    add(index, "technical", 2);
    for (const auto& change : std::vector<std::function<void(BidIndex&)>>{
             [](BidIndex& i) { i.platform += "x"; }, [](BidIndex& i) { i.project += "x"; },
             [](BidIndex& i) { i.lot += "x"; }, [](BidIndex& i) { i.tender.bytes[0] ^= 1; },
             [](BidIndex& i) { i.certificate.bytes[0] ^= 1; },
             [](BidIndex& i) { i.nonce.bytes[0] ^= 1; },
             // The end of one member cannot pass as the beginning of the next.
             [](BidIndex& i) {
                 i.project = i.platform.back() + i.project;
                 i.platform.pop_back();
             }}) {
        BidIndex other = index;
        change(other);
        add(other, "technical", 1);
    }
}

TEST_CASE("the commitment binds secret, context, root, length and manifest") {
    const BidIndex index = example_index(make_tender());
    const EnvelopeContext context = envelope_context(index, "technical", 1);
    const EnvelopeContext other = envelope_context(index, "price", 1);
    const SecretBytes zeros(32);
    SecretBytes ones(32);
    ones.span()[0] = 1;
    std::set<Bytes> seen;
    for (const crypto::Sm3Digest& commitment :
         {key_commitment(zeros, context, digest_of(1), 100, digest_of(2)),
          key_commitment(ones, context, digest_of(1), 100, digest_of(2)),
          key_commitment(zeros, other, digest_of(1), 100, digest_of(2)),
          key_commitment(zeros, context, digest_of(3), 100, digest_of(2)),
          key_commitment(zeros, context, digest_of(1), 101, digest_of(2)),
          key_commitment(zeros, context, digest_of(1), 100, digest_of(3))}) {
        CHECK(seen.insert(to_bytes(commitment.view())).second);
    }
}

TEST_CASE("the way digest tells version, place, roles, thresholds, kinds and certificates apart") {
    const Openers openers = all_ways(make_tender());
    const std::vector<Way>& ways = openers.envelopes[0].ways;
    std::set<Bytes> seen;
    const auto add = [&](const Openers& o, size_t place, const Way& way) {
        CHECK(seen.insert(to_bytes(way_digest(o, place, way).view())).second);
    };
    add(openers, 0, ways[0]);
    add(openers, 1, ways[0]);
    add(openers, 0, ways[1]);
    add(openers, 0, ways[2]);
    Openers later = openers;
    later.version = 1;
    add(later, 0, ways[0]);
    const auto changed = [&](const std::function<void(Way&)>& change) {
        Way way = ways[2];
        change(way);
        add(openers, 0, way);
    };
    changed([](Way& w) { w.parts[0].role = PartRole::supplier; });
    changed([](Way& w) { w.parts[1].threshold = 3; });
    changed([](Way& w) { w.parts[1].slots.pop_back(); });
    changed([](Way& w) { w.parts[1].slots[0].kind_name = "mobile"; });
    changed([](Way& w) { std::swap(w.parts[1].slots[0], w.parts[1].slots[1]); });
}

TEST_CASE("a chunk is tied to its place, and a node is no chunk") {
    const Bytes chunk(100, 7);
    CHECK(merkle_leaf(0, chunk) != merkle_leaf(1, chunk));
    CHECK(merkle_leaves(0, Bytes(5 * chunk_size))[0] != merkle_leaves(0, Bytes(5 * chunk_size))[1]);
    // What a node hashes, given as the ciphertext of a chunk.
    const crypto::Sm3Digest left = digest_of(1), right = digest_of(2);
    Bytes both = to_bytes(left.view());
    append(both, right.view());
    for (uint64_t number : {uint64_t{0}, uint64_t{1}}) {
        CHECK(merkle_leaf(number, both) != merkle_node(left, right));
    }
    CHECK(merkle_node(left, right) != crypto::sm3(both));
    CHECK(merkle_node(left, right) != merkle_node(right, left));
    // An audit path is as long as the tree is high.
    const std::vector<crypto::Sm3Digest> leaves = {digest_of(1), digest_of(2), digest_of(3)};
    MerkleTree tree;
    for (const crypto::Sm3Digest& leaf : leaves) {
        tree.add(leaf);
    }
    auto path = merkle_path(leaves, 2);
    CHECK(merkle_verify(leaves[2], 2, 3, path, tree.root()));
    CHECK_FALSE(merkle_verify(leaves[2], 3, 3, path, tree.root()));
    // A node that says it is a leaf.
    CHECK_FALSE(merkle_verify(tree.root(), 0, 3, {}, tree.root()));
    path.push_back(digest_of(9));
    CHECK_FALSE(merkle_verify(leaves[2], 2, 3, path, tree.root()));
}

TEST_CASE("a footer that lies") {
    const Bytes file = make_raw_bid(make_tender(), {one_envelope()});
    const Bytes good = to_bytes(ByteView(file).last(footer_size));
    const auto result = [&](const std::function<void(Bytes&)>& change, int64_t longer = 0) {
        Bytes footer = good;
        change(footer);
        return error_name_of(
            [&] { parse_footer(footer, static_cast<uint64_t>(file.size() + longer)); });
    };
    const auto put = [](Bytes& footer, size_t part, uint64_t value) {
        Bytes bytes;
        append_u64(bytes, value);
        std::copy(bytes.begin(), bytes.end(), footer.begin() + static_cast<ptrdiff_t>(8 * part));
    };
    const auto get = [&](size_t part) {
        return load_u64(good.data() + 8 * part);
    };
    CHECK(result([](Bytes&) {}) == "");
    CHECK(result([](Bytes&) {}, 1) == "bid_layout");
    for (size_t i = 48; i < 60; ++i) {
        CHECK(result([&](Bytes& f) { f[i] = 1; }) == "bid_layout");
    }
    CHECK(result([](Bytes& f) { f[63] = 'X'; }) == "bid_truncated");
    for (size_t part = 0; part < 6; ++part) {
        CHECK(result([&](Bytes& f) { put(f, part, get(part) + 1); }) == "bid_layout");
        CHECK(result([&](Bytes& f) { put(f, part, get(part) - 1); }) == "bid_layout");
    }
    // An empty part, whose bytes another one takes.
    for (size_t part = 0; part < 5; ++part) {
        const size_t taker = part == 0 ? 2 : 0;
        CHECK(result([&](Bytes& f) {
                  put(f, part, 0);
                  put(f, taker, get(taker) + get(part));
              }) == "bid_layout");
    }
    // A table that is no whole number of leaves.
    CHECK(result([&](Bytes& f) {
              put(f, 1, get(1) + 1);
              put(f, 0, get(0) - 1);
          }) == "bid_layout");
    // Lengths whose sum wraps around.
    CHECK(result([&](Bytes& f) {
              put(f, 2, get(2) - 1 + (uint64_t{1} << 63));
              put(f, 3, get(3) + 1 + (uint64_t{1} << 63));
          }) == "limit_exceeded");
    for (const auto& row : std::vector<std::pair<size_t, uint64_t>>{
             {2, max_openers_bytes}, {3, max_index_bytes}, {4, max_signature_bytes}}) {
        // Not a structured binding: clang 14 cannot capture those.
        const size_t part = row.first;
        const uint64_t limit = row.second;
        const int64_t longer = static_cast<int64_t>(limit) + 1 - static_cast<int64_t>(get(part));
        CHECK(result(
                  [&](Bytes& f) {
                      put(f, part, limit + 1);
                      put(f, 5, get(5) + static_cast<uint64_t>(longer));
                  },
                  longer) == "limit_exceeded");
    }
}

TEST_CASE("an index with rules broken between its members") {
    const BidIndex good = example_index(make_tender());
    const auto result = [&](const std::function<void(BidIndex&)>& change) {
        BidIndex index = good;
        index.envelopes.push_back(index.envelopes[0]);
        index.envelopes[1].id = "price";
        index.envelopes[1].commitment.bytes[0] ^= 1;
        change(index);
        return error_name_of([&] { index.serialize(); });
    };
    CHECK(result([](BidIndex&) {}) == "");
    CHECK(result([](BidIndex& i) { i.envelopes[1].id = i.envelopes[0].id; }) == "bid_index");
    CHECK(result([](BidIndex& i) { i.envelopes[1].commitment = i.envelopes[0].commitment; }) ==
          "bid_index");
    CHECK(result([](BidIndex& i) { i.envelopes[0].chunks += 1; }) == "bid_index");
    CHECK(result([](BidIndex& i) { i.envelopes[0].length = i.envelopes[0].chunks = 0; }) ==
          "bid_index");
    CHECK(result([](BidIndex& i) {
              for (IndexEnvelope& e : i.envelopes) {
                  e.chunks = max_chunks / 2 + 1;
                  e.length = e.chunks * chunk_size;
              }
          }) == "limit_exceeded");
    CHECK(result([](BidIndex& i) { i.envelopes.clear(); }) == "bid_index");
    CHECK(result([](BidIndex& i) { i.supplier_code.clear(); }) == "bid_index");
    CHECK(result([](BidIndex& i) { i.lot = "1/2"; }) == "bid_index");
}

TEST_CASE("an index unlike its tender") {
    const TenderFile tender = make_tender();
    const BidIndex good = read_bid(pack(tender, make_plan(), make_content()).file).index();
    REQUIRE(good.envelopes.size() == 2);
    const auto result = [&](const std::function<void(BidIndex&)>& change) {
        BidIndex index = good;
        change(index);
        return error_name_of([&] { check_index_against_tender(index, tender); });
    };
    CHECK(result([](BidIndex&) {}) == "");
    CHECK(result([](BidIndex& i) { i.tender.bytes[31] ^= 1; }) == "tender_mismatch");
    CHECK(result([](BidIndex& i) { i.platform = "other"; }) == "tender_mismatch");
    CHECK(result([](BidIndex& i) { i.project = "other"; }) == "tender_mismatch");
    CHECK(result([](BidIndex& i) { i.lot = "3"; }) == "tender_lot_unknown");
    CHECK(result([](BidIndex& i) { i.envelopes[0].id = "none"; }) == "envelope_unknown");
    CHECK(result([](BidIndex& i) { i.envelopes[1].stage = 1; }) == "tender_mismatch");
    CHECK(result([](BidIndex& i) { i.envelopes[0].title = "other"; }) == "tender_mismatch");
    // A price envelope that calls itself technical would escape the rules for prices.
    CHECK(result([](BidIndex& i) { i.envelopes[1].kind = EnvelopeKind::technical; }) ==
          "tender_mismatch");
    CHECK(result([](BidIndex& i) { std::swap(i.envelopes[0], i.envelopes[1]); }) ==
          "tender_mismatch");
}

TEST_CASE("openers with rules broken between their members") {
    const Openers good = all_ways(make_tender());
    const auto result = [&](const std::function<void(Openers&)>& change) {
        Openers openers = good;
        change(openers);
        return error_name_of([&] { openers.serialize(); });
    };
    const auto rescue = [](Openers& o) -> Part& {
        return o.envelopes[0].ways[2].parts[1];
    };
    CHECK(result([](Openers&) {}) == "");
    CHECK(result([&](Openers& o) { rescue(o).threshold = 4; }) == "bid_openers");
    CHECK(result([&](Openers& o) { rescue(o).threshold = 0; }) == "bid_openers");
    // One certificate with two shares would be worth two members.
    CHECK(result([&](Openers& o) {
              rescue(o).slots[1].certificate = rescue(o).slots[0].certificate;
              rescue(o).slots[2].certificate = rescue(o).slots[0].certificate + 1;
              o.certificates.pop_back();
          }) == "bid_openers");
    CHECK(result([](Openers& o) { o.certificates.push_back(certificate("rival_sign")); }) ==
          "bid_openers");
    CHECK(result([](Openers& o) { o.certificates.pop_back(); }) == "bid_openers");
    CHECK(result([](Openers& o) { o.certificates[1] = o.certificates[0]; }) == "bid_openers");
    CHECK(result([](Openers& o) { std::swap(o.envelopes[0].ways[0], o.envelopes[0].ways[2]); }) ==
          "bid_openers");
    CHECK(result([](Openers& o) { o.fingerprint = Fingerprint{}; }) == "bid_openers");
    CHECK(result([](Openers& o) { o.version = 1; }) == "bid_openers");
    CHECK(result([](Openers& o) {
              o.version = 9;
              o.fingerprint = Fingerprint{};
          }) == "bid_version");
    CHECK(result([](Openers& o) { o.envelopes.push_back(o.envelopes[0]); }) == "bid_openers");
    CHECK(result([](Openers& o) { o.envelopes[0].ways[0].parts[0].slots[0].data.clear(); }) ==
          "bid_openers");
}

TEST_CASE("version 0 belongs to one bid") {
    const TenderFile tender = make_tender();
    const BidReader reader = read_bid(pack(tender, make_plan(), make_content()).file);
    const auto result = [&](const std::function<void(Openers&)>& change) {
        Openers openers = reader.bid().openers;
        change(openers);
        return error_name_of([&] { check_openers_of_bid(openers, reader.index()); });
    };
    CHECK(result([](Openers&) {}) == "");
    CHECK(result([](Openers& o) { o.nonce.bytes[0] ^= 1; }) == "bid_openers");
    CHECK(result([](Openers& o) { o.created.seconds += 1; }) == "bid_openers");
    CHECK(result([](Openers& o) { o.version = 1; }) == "bid_openers");
    CHECK(result([](Openers& o) { o.envelopes.pop_back(); }) == "bid_openers");
    CHECK(result([](Openers& o) { std::swap(o.envelopes[0], o.envelopes[1]); }) == "bid_openers");
}

TEST_CASE("openers against the tender's policy") {
    const TenderFile file = make_tender();
    const std::string code = certificate("supplier_sign").credit_code();
    Openers good = all_ways(file);
    good.certificates.push_back(certificate("rival_encrypt"));
    const size_t rival = good.certificates.size() - 1;
    const auto result = [&](const std::function<void(Openers&)>& change,
                            const std::function<void(Tender&)>& policy = {}) {
        Openers openers = good;
        Tender tender = file.tender();
        change(openers);
        if (policy) {
            policy(tender);
        }
        return error_name_of([&] { check_openers_policy(openers, tender, code); });
    };
    const auto way = [](Openers& o, size_t w) -> Way& {
        return o.envelopes[0].ways[w];
    };
    const auto same = [](Openers&) {
    };
    CHECK(result(same) == "");
    CHECK(result([&](Openers& o) { way(o, 0).parts[0].slots[0].certificate = rival; }) ==
          "supplier_mismatch");
    CHECK(result([&](Openers& o) {
              way(o, 0).parts[0].slots.push_back(way(o, 0).parts[0].slots[0]);
              way(o, 0).parts[0].slots[1].certificate = rival;
          }) == "supplier_mismatch");
    CHECK(result([&](Openers& o) { way(o, 1).parts[1].slots[0].certificate = rival; }) ==
          "bid_openers");
    CHECK(result([&](Openers& o) {
              way(o, 1).parts[1].slots.push_back(way(o, 1).parts[1].slots[0]);
          }) == "bid_openers");
    CHECK(result([&](Openers& o) { way(o, 2).parts[1].slots[1].certificate = rival; }) ==
          "bid_openers");
    CHECK(result([&](Openers& o) { way(o, 2).parts[1].threshold = 3; }) == "bid_openers");
    CHECK(result([&](Openers& o) { way(o, 2).parts[1].slots.pop_back(); }) == "bid_openers");
    // Shapes that are none of the three ways.
    CHECK(result([&](Openers& o) { way(o, 2).parts.erase(way(o, 2).parts.begin()); }) ==
          "bid_openers");
    CHECK(result([&](Openers& o) { way(o, 0).parts[0].role = PartRole::rescue; }) == "bid_openers");
    CHECK(result([&](Openers& o) { way(o, 2).parts[1].threshold = 1; }) == "bid_openers");
    // Allowed and mandatory ways.
    CHECK(result(same, [](Tender& t) { t.ways.erase(t.ways.begin()); }) == "bid_openers");
    CHECK(result([&](Openers& o) { o.envelopes[0].ways.erase(o.envelopes[0].ways.begin() + 1); },
                 [](Tender& t) { t.ways[1].mandatory = true; }) == "opener_required");
    CHECK(result(same, [](Tender& t) { t.ways[1].mandatory = true; }) == "");
}

TEST_CASE("names and sizes in the ZIP are the manifest's, whose name is manifest.json") {
    const TenderFile tender = make_tender();
    const std::vector<Document> documents = {{"a.pdf", "proposal", make_pdf(100)},
                                             {"b.pdf", "other", make_pdf(100)}};
    const auto result = [&](const std::function<void(Manifest&)>& change,
                            const std::string& name = "manifest.json") {
        Manifest manifest = manifest_of("technical", documents);
        change(manifest);
        RawEnvelope envelope;
        envelope.id = "technical";
        envelope.manifest = manifest.serialize();
        envelope.zip = make_zip({{"a.pdf", documents[0].content},
                                 {"b.pdf", documents[1].content},
                                 {name, envelope.manifest}});
        const Bytes file = make_raw_bid(tender, {envelope});
        const BidReader reader = read_bid(file);
        return error_name_of([&] {
            open_envelope(reader, file, "technical",
                          open_alone(reader, tender, "technical", "supplier_encrypt"));
        });
    };
    CHECK(result([](Manifest&) {}) == "");
    CHECK(result([](Manifest&) {}, "manifest2.json") == "manifest_mismatch");
    CHECK(result([](Manifest& m) { m.documents[0].path = "c.pdf"; }) == "manifest_mismatch");
    CHECK(result([](Manifest& m) { std::swap(m.documents[0].path, m.documents[1].path); }) ==
          "manifest_mismatch");
    CHECK(result([](Manifest& m) { m.documents[0].size += 1; }) == "manifest_mismatch");
}
