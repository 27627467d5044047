// Shares that holders release to the one who opens: what opens, and what is refused.
#include "bidseal/bid/release.h"

#include <doctest/doctest.h>

#include "bid_test_support.h"
#include "support/error_of.h"

using namespace bidseal;
using namespace bidseal::bid;
using namespace bidseal::bid::test;
using bidseal::test::error_name_of;

namespace {

constexpr std::string_view released_at = "2027-01-10T02:00:00Z";
constexpr std::string_view released_until = "2027-01-11T02:00:00Z";

/// A bid that supplier and platform open together, or platform and rescue group.
struct Joint {
    TenderFile tender = make_tender();
    Packed packed;
    BidReader reader;
    std::vector<Openers> openers;

    explicit Joint(const std::string& seed = "bid")
        : packed(pack_joint(tender, seed)),
          reader(read_bid(packed.file)),
          openers{reader.bid().openers} {}

    static Packed pack_joint(const TenderFile& tender, const std::string& seed) {
        BidPlan plan = make_plan();
        plan.ways = {WayKind::supplier_platform, WayKind::platform_rescue};
        return pack(tender, plan, make_content(), 0, "supplier_sign", seed);
    }

    Bytes content(const std::vector<ReleasedShare>& shares,
                  const std::string& to = "supplier_encrypt") const {
        return release_content(reader.bid(), openers, shares, certificate(to),
                               parse_time(released_at), parse_time(released_until),
                               *fixed_random("release"));
    }
    /// The platform's share of the way with the supplier.
    std::vector<ReleasedShare> platform_share(const std::string& envelope = "technical") const {
        std::vector<ReleasedShare> shares;
        shares.push_back(release(reader, tender, envelope, "platform_encrypt", 0));
        return shares;
    }
    Bytes file(const Bytes& content, const std::string& signer = "platform_sign") const {
        return build_release_file(content, certificate(signer), sign(signer, content));
    }
    Bytes platform_file() const { return file(content(platform_share())); }
    CheckedRelease parse(const Bytes& file, std::string_view at = released_at) const {
        return parse_release_file(file, reader.bid(), openers, tender, tender.tender().trust(),
                                  parse_time(at));
    }
    Holder holder(const std::string& name = "supplier_encrypt") const {
        return Holder(reader.bid(), tender, "1", certificate(name));
    }
};

/// The blocks that a token gives: plain SM4-ECB, whatever the chaining is.
SecretBytes blocks(const UnwrapTask& task, const std::string& key) {
    return unwrap(task, private_key(key));
}

/// A content with one member's text replaced; it must be there.
Bytes with(const Bytes& content, const std::string& from, const std::string& to) {
    std::string text(as_text(content));
    const size_t at = text.find(from);
    REQUIRE(at != std::string::npos);
    return to_bytes(as_bytes(text.replace(at, from.size(), to)));
}

}  // namespace

TEST_CASE("a released share and one's own open the envelope") {
    const Joint joint;
    const CheckedRelease checked = joint.parse(joint.platform_file());
    CHECK(checked.signer == certificate("platform_sign"));
    CHECK(checked.release.recipient == certificate("supplier_encrypt").digest());
    Holder holder = joint.holder();
    holder.add_release(checked.release);
    CHECK(holder.released_tasks("price").empty());
    const std::vector<UnwrapTask> tasks = holder.released_tasks("technical");
    REQUIRE(tasks.size() == 1);
    CHECK(tasks[0].role == PartRole::platform);
    std::vector<ReleasedShare> shares;
    shares.push_back(holder.accept(tasks[0], blocks(tasks[0], "supplier_encrypt")));
    CHECK(error_name_of([&] {
              combine_shares(joint.reader.index(), joint.openers, "technical", shares);
          }) == "shares_insufficient");
    shares.push_back(release(joint.reader, joint.tender, "technical", "supplier_encrypt", 0));
    const Opened opened = open_envelope(
        joint.reader, joint.packed.file, "technical",
        combine_shares(joint.reader.index(), joint.openers, "technical", shares), &joint.tender);
    CHECK(opened.documents[1] == make_content()[0].documents[1].content);
}

TEST_CASE("a release of several envelopes gives each its own share") {
    const Joint joint;
    std::vector<ReleasedShare> shares = joint.platform_share();
    shares.push_back(std::move(joint.platform_share("price")[0]));
    Holder holder = joint.holder();
    holder.add_release(joint.parse(joint.file(joint.content(shares))).release);
    const UnwrapTask technical = holder.released_tasks("technical").at(0);
    const UnwrapTask price = holder.released_tasks("price").at(0);
    CHECK(holder.accept(technical, blocks(technical, "supplier_encrypt"))
              .value.equals(shares[0].value));
    CHECK(holder.accept(price, blocks(price, "supplier_encrypt")).value.equals(shares[1].value));
}

TEST_CASE("a release is refused: damaged, forged, for another bid, too late") {
    const Joint joint;
    const Bytes content = joint.content(joint.platform_share());
    CHECK(error_name_of([&] { joint.parse(to_bytes(as_bytes("%PDF-1.4"))); }) == "release_invalid");
    CHECK(error_name_of([&] { joint.parse(make_tender_file()); }) == "release_invalid");
    for (const auto& change : std::vector<std::pair<std::string, std::string>>{
             {"\"version\":0", "\"version\":9"},
             {"\"created\":\"2027-01-10", "\"created\":\"2027-01-12"},
             {"\"way\":0", "\"way\":8"}}) {
        CAPTURE(change.first);
        CHECK(error_name_of([&] {
                  joint.parse(joint.file(with(content, change.first, change.second)));
              }) == "release_invalid");
    }
    // One flipped bit of the signed content.
    Bytes altered = joint.file(content);
    const std::string_view text = as_text(altered);
    altered[text.find("\"expires\":\"2027") + 14] ^= 1;
    CHECK(error_name_of([&] { joint.parse(altered); }) == "signature_invalid");
    // Signed by a company that has nothing to do with it, and by the supplier itself.
    CHECK(error_name_of([&] { joint.parse(joint.file(content, "rival_sign")); }) ==
          "release_refused");
    CHECK(error_name_of([&] { joint.parse(joint.file(content, "supplier_sign")); }) ==
          "release_refused");
    // An encryption key has copies: it signs nothing.
    CHECK(error_name_of([&] { joint.parse(joint.file(content, "platform_encrypt")); }) ==
          "certificate_usage");
    const Joint other("another bid");
    CHECK(error_name_of([&] { other.parse(joint.file(content)); }) == "release_other_bid");
    CHECK(error_name_of([&] { joint.parse(joint.file(content), released_until); }) ==
          "release_expired");
    CHECK(error_name_of([&] {
              joint.parse(joint.file(with(content, "\"technical\"", "\"technicol\"")));
          }) == "envelope_unknown");
    CHECK(error_name_of([&] {
              joint.parse(joint.file(with(content, "\"slot\":0", "\"slot\":5")));
          }) == "share_invalid");
    CHECK(error_name_of([&] {
              joint.parse(joint.file(with(content, "\"version\":0", "\"version\":1")));
          }) == "share_invalid");
}

TEST_CASE("a released share that is moved or altered gives nothing") {
    const Joint joint;
    const Bytes content = joint.content(joint.platform_share());
    const auto outcome = [&](const Bytes& moved, const std::string& envelope) {
        return error_name_of([&] {
            Holder holder = joint.holder();
            holder.add_release(joint.parse(joint.file(moved)).release);
            const UnwrapTask task = holder.released_tasks(envelope).at(0);
            holder.accept(task, blocks(task, "supplier_encrypt"));
        });
    };
    CHECK(outcome(content, "technical").empty());
    CHECK(outcome(with(content, "\"technical\"", "\"price\""), "price") == "share_invalid");
    CHECK(outcome(with(content, "\"way\":0,\"part\":1", "\"way\":1,\"part\":0"), "technical") ==
          "share_invalid");
    // A share that is not the slot's is not released in the first place.
    std::vector<ReleasedShare> wrong = joint.platform_share();
    wrong[0].value = SecretBytes(32);
    CHECK(error_name_of([&] { joint.content(wrong); }) == "share_invalid");
    // The recipient's token decrypts blocks; a changed one is found by what stands in them.
    Holder holder = joint.holder();
    holder.add_release(joint.parse(joint.file(content)).release);
    const UnwrapTask task = holder.released_tasks("technical").at(0);
    for (const size_t at :
         {size_t{0}, size_t{20}, size_t{50}, size_t{78}, size_t{90}, size_t{111}}) {
        CAPTURE(at);
        SecretBytes changed = blocks(task, "supplier_encrypt");
        changed.span()[at] ^= 1;
        CHECK(error_name_of([&] { holder.accept(task, changed); }) == "share_invalid");
    }
}

TEST_CASE("a share that its holder made up does not fit the slot") {
    const Joint joint;
    // Built by hand as a dishonest platform would: everything right but the share.
    std::vector<ReleasedShare> shares = joint.platform_share();
    Release release = Release::parse(joint.content(shares));
    const EnvelopeContext context = envelope_context(joint.reader.index(), "technical", 1);
    const Openers& openers = joint.openers[0];
    const crypto::Sm3Digest digest = way_digest(openers, 0, openers.find("technical")->ways[0]);
    Bytes plain = to_bytes(as_bytes("SBID1 release"));
    append(plain, context.digest.view());
    append(plain, digest.view());
    append(plain, Bytes{1, 0});
    append(plain, Bytes(32, 7));
    release.shares[0].data = crypto::build_enveloped_data({certificate("supplier_encrypt")}, plain,
                                                          *fixed_random("junk"));
    Holder holder = joint.holder();
    holder.add_release(joint.parse(joint.file(release.serialize())).release);
    const UnwrapTask task = holder.released_tasks("technical").at(0);
    CHECK(error_name_of([&] { holder.accept(task, blocks(task, "supplier_encrypt")); }) ==
          "share_invalid");
}

TEST_CASE("a release goes to an opener or the bidding company, and is for that key alone") {
    const Joint joint;
    const CheckedRelease checked = joint.parse(joint.platform_file());
    Holder platform = joint.holder("platform_encrypt");
    CHECK(error_name_of([&] { platform.add_release(checked.release); }) == "release_other_key");
    const auto recipient = [&](const std::string& name) {
        return error_name_of([&] {
            check_release_recipient(certificate(name), joint.reader.bid(), joint.openers, {},
                                    joint.tender.tender().trust(), parse_time(making_time));
        });
    };
    CHECK(recipient("supplier_encrypt").empty());
    CHECK(recipient("renewed_encrypt").empty());
    CHECK(recipient("rescue1").empty());
    CHECK(recipient("rival_encrypt") == "release_recipient");
    CHECK(recipient("selfmade_encrypt") == "certificate_untrusted");
    CHECK(recipient("supplier_sign") == "certificate_usage");
}
