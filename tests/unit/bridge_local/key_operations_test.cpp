// Signing and opening through the dispatcher, on a real bid with real keys.
#include <doctest/doctest.h>

#include "bidseal/bid/holder.h"
#include "bidseal/bid/rewrap.h"
#include "bidseal/protocol/json.h"

#include "fakes.h"
#include "sample_bid.h"

using namespace bidseal;
using namespace bidseal::test;
using protocol::Method;

namespace {

std::string key_of(Daemon& daemon) {
    return daemon.tokens.list().at(0).key;
}

protocol::Json result_of(const std::string& frame) {
    protocol::Json json = protocol::parse_json(as_bytes(frame), {1u << 24, 16});
    REQUIRE_MESSAGE(json.find("result") != nullptr, frame);
    return *json.find("result");
}

std::string sign(Daemon& daemon, const protocol::SignBidParams& params) {
    return daemon.ask(daemon.greet(), {Method::sign_bid, 12, params});
}

std::string unwrap(Daemon& daemon, const protocol::UnwrapParams& params,
                   Method method = Method::unwrap_envelopes) {
    return daemon.ask(daemon.greet(), {method, 12, params});
}

void approve(Daemon& daemon) {
    daemon.dialogs.allow();
    daemon.dialogs.enter("123456");
}

}  // namespace

TEST_CASE("sign.bid: shows what is signed, signs the index, gives its fingerprint") {
    Daemon daemon;
    SampleBid sample = sample_bid();
    approve(daemon);
    protocol::Json result = result_of(sign(daemon, sample.sign_params(key_of(daemon))));
    Bytes signature = from_base64(result.find("signature")->as_text());
    crypto::Certificate certificate = test_certificate("sm2_sign");
    CHECK(certificate.verify(sample.index, signature, crypto::SignatureKind::sm2_sm3));
    CHECK(from_base64(result.find("certificate")->as_text()) == to_bytes(certificate.der()));
    CHECK(from_base64(result.find("digest")->as_text()) ==
          to_bytes(bid::fingerprint_of(sample.index).view()));
    REQUIRE(daemon.dialogs.shown.size() == 2);
    const std::string& window = daemon.dialogs.shown[0].description;
    for (const char* part :
         {"https://tender.example asks you to SIGN A BID", "Project: Bridge works (P-1)",
          "Lot: Main span (lot-1)", "UKey: Test UKey (SN-0001)", "上海示例建设有限公司",
          "Platform: Example Platform (not checked)", "Price part: 1 documents",
          "Total price 1250000.00 CNY", "Technical part: 1 documents"}) {
        CAPTURE(part);
        CHECK(window.find(part) != std::string::npos);
    }
    std::string prefix = bid::fingerprint_text(bid::fingerprint_of(sample.index)).substr(0, 19);
    CHECK(window.find("Fingerprint: " + prefix) != std::string::npos);
    CHECK(daemon.token.signatures == 1);
    CHECK(daemon.token.logouts == 1);
}

TEST_CASE("sign.bid: stages are told in order") {
    Daemon daemon;
    SampleBid sample = sample_bid();
    approve(daemon);
    auto id = daemon.greet();
    daemon.ask(id, {Method::sign_bid, 12, sample.sign_params(key_of(daemon))});
    std::vector<std::string> stages;
    for (const std::string& frame : daemon.frames(id)) {
        protocol::Json json = protocol::parse_json(as_bytes(frame), {1u << 24, 16});
        if (json.find("event"))
            stages.push_back(json.find("data")->find("stage")->as_text());
    }
    CHECK(stages == std::vector<std::string>{"queued", "consent", "pin", "token"});
}

TEST_CASE("sign.bid: whatever does not fit is refused before any window") {
    Daemon daemon;
    SampleBid sample = sample_bid();
    const std::string key = key_of(daemon);
    auto changed = [&](const std::function<void(protocol::SignBidParams&)>& change) {
        protocol::SignBidParams params = sample.sign_params(key);
        change(params);
        return error_in(sign(daemon, params));
    };
    CHECK(changed([](auto& p) { p.index = to_bytes(as_bytes("{\"type\":\"login\"}")); }) ==
          "bid_index");
    CHECK(changed([](auto& p) { p.index[1] = ' '; }) == "bid_index");
    CHECK(changed([](auto& p) { p.index.pop_back(); }) != "");
    CHECK(changed([](auto& p) { p.openers.push_back(' '); }) != "");
    CHECK(changed([](auto& p) { p.manifests[0].salt[0] ^= 1; }) == "manifest_mismatch");
    CHECK(changed([](auto& p) { p.manifests.pop_back(); }) == "manifest_mismatch");
    CHECK(changed([](auto& p) {
              bid::Openers openers = bid::Openers::parse(p.openers);
              openers.created.seconds += 1;  // a bid that no reader would take
              bid::BidIndex index = bid::BidIndex::parse(p.index);
              p.openers = openers.serialize();
              index.openers = crypto::sm3(p.openers);
              p.index = index.serialize();
          }) == "bid_openers");
    CHECK(changed([](auto& p) { p.tender[p.tender.size() / 2] ^= 1; }) != "");
    CHECK(changed([](auto& p) { p.tender = sample_tender("P-2"); }) == "tender_mismatch");
    CHECK(changed([](auto& p) { p.key = "0123"; }) == "key_not_found");
    daemon.token.present = false;
    CHECK(changed([](auto&) {}) == "token_absent");
    CHECK(daemon.dialogs.shown.empty());
    CHECK(daemon.token.logins == 0);
}

TEST_CASE("sign.bid: an expired certificate signs nothing") {
    Daemon daemon("2036-06-01T00:00:00Z");
    CHECK(error_in(sign(daemon, sample_bid().sign_params(key_of(daemon)))) ==
          "certificate_expired");
    CHECK(daemon.dialogs.shown.empty());
}

TEST_CASE("sign.bid: nor does one that is not valid yet, or that may not sign") {
    SampleBid sample = sample_bid();
    Daemon early("2025-06-01T00:00:00Z");
    CHECK(error_in(sign(early, sample.sign_params(key_of(early)))) == "certificate_not_yet_valid");
    Daemon daemon;
    daemon.token.signing_certificate = "sm2_encrypt";
    CHECK(error_in(sign(daemon, sample.sign_params(key_of(daemon)))) == "certificate_usage");
    CHECK(daemon.dialogs.shown.empty());
}

TEST_CASE("tender files of platforms that are not trusted are refused") {
    SampleBid sample = sample_bid();
    Daemon daemon(after_opening);
    const std::string key = key_of(daemon);
    const crypto::TrustStore others{{test_certificate("other_root")}, {}, {}};
    daemon.services.platforms = &others;
    CHECK(error_in(sign(daemon, sample.sign_params(key))) == "certificate_untrusted");
    CHECK(error_in(unwrap(daemon, sample.unwrap_params(key))) == "certificate_untrusted");
    CHECK(daemon.dialogs.shown.empty());
    const crypto::TrustStore ours{
        {test_certificate("root")}, {test_certificate("intermediate")}, {}};
    daemon.services.platforms = &ours;
    daemon.dialogs.refuse();
    CHECK(error_in(sign(daemon, sample.sign_params(key))) == "consent_refused");
    CHECK(daemon.dialogs.shown.at(0).description.find("not checked") == std::string::npos);
}

TEST_CASE("sign.bid: refused, cancelled, wrong PIN, locked") {
    SampleBid sample = sample_bid();
    Daemon daemon;
    protocol::SignBidParams params = sample.sign_params(key_of(daemon));
    daemon.dialogs.refuse();
    CHECK(error_in(sign(daemon, params)) == "consent_refused");
    CHECK(daemon.token.logins == 0);

    daemon.dialogs.allow();
    daemon.dialogs.enter("");
    std::string cancelled = sign(daemon, params);
    CHECK(error_in(cancelled) == "pin_cancelled");
    CHECK(retries_in(cancelled) == 6);

    daemon.dialogs.allow();
    daemon.dialogs.enter("999999");
    daemon.dialogs.enter("123456");
    CHECK(error_in(sign(daemon, params)) == "");

    daemon.dialogs.allow();
    for (int i = 0; i < 5; ++i)
        daemon.dialogs.enter("999999");
    daemon.dialogs.allow();
    daemon.dialogs.enter("999999");
    std::string locked = sign(daemon, params);
    CHECK(error_in(locked) == "pin_locked");
    CHECK(retries_in(locked) == 0);
    CHECK(daemon.dialogs.answers.empty());

    size_t windows = daemon.dialogs.shown.size();
    CHECK(error_in(sign(daemon, params)) == "pin_locked");
    CHECK(daemon.dialogs.shown.size() == windows);
    CHECK(daemon.token.signatures == 1);
}

TEST_CASE("sign.bid: a signature that does not fit the certificate never leaves") {
    Daemon daemon;
    daemon.token.wrong_signature = true;
    approve(daemon);
    std::string answer = sign(daemon, sample_bid().sign_params(key_of(daemon)));
    CHECK(error_in(answer) == "signature_invalid");
    CHECK(answer.find("\"signature\"") == std::string::npos);
}

TEST_CASE("sign.bid: the UKey is pulled out while the window stands, and while it signs") {
    SampleBid sample = sample_bid();
    Daemon daemon;
    protocol::SignBidParams params = sample.sign_params(key_of(daemon));
    std::string token = daemon.tokens.list().at(0).token;
    daemon.dialogs.answers.push_back({true, "", std::chrono::milliseconds(2000), [&] {
                                          daemon.token.present = false;
                                          daemon.dispatcher.tokens_changed({{}, {token}});
                                      }});
    CHECK(error_in(sign(daemon, params)) == "token_removed");
    CHECK(daemon.dialogs.shown.size() == 1);

    daemon.token.present = true;
    daemon.token.before_sign = [&] {
        daemon.token.present = false;
    };
    approve(daemon);
    CHECK(error_in(sign(daemon, params)) == "token_removed");
    CHECK(daemon.token.signatures == 0);
}

TEST_CASE("sign.bid: a result of a cancelled request is dropped") {
    SampleBid sample = sample_bid();
    Daemon daemon;
    auto id = daemon.greet();
    daemon.token.before_sign = [&] {
        daemon.receive(id, R"({"method":"cancel","id":13,"params":{"request":12}})");
    };
    approve(daemon);
    std::string answer = daemon.ask(id, {Method::sign_bid, 12, sample.sign_params(key_of(daemon))});
    CHECK(error_in(answer) == "cancelled");
    CHECK(answer.find("\"signature\"") == std::string::npos);
}

TEST_CASE("windows are limited per page") {
    Daemon daemon;
    protocol::SignBidParams params = sample_bid().sign_params(key_of(daemon));
    for (int i = 0; i < 20; ++i) {
        daemon.dialogs.answers.push_back({false, "", std::chrono::milliseconds(1)});
        CHECK(error_in(sign(daemon, params)) == "consent_refused");
    }
    CHECK(error_in(sign(daemon, params)) == "too_many_requests");
    CHECK(daemon.dialogs.shown.size() == 20);
}

TEST_CASE("unwrap: shares open the envelopes, with one consent and one PIN") {
    Daemon daemon(after_opening);
    SampleBid sample = sample_bid();
    approve(daemon);
    protocol::Json result = result_of(unwrap(daemon, sample.unwrap_params(key_of(daemon))));
    const auto& shares = result.find("shares")->as_array();
    REQUIRE(shares.size() == 2);
    bid::BidIndex index = bid::BidIndex::parse(sample.index);
    bid::Openers openers = bid::Openers::parse(sample.openers);
    const char* envelopes[] = {"technical", "price"};
    for (size_t i = 0; i < 2; ++i) {
        CHECK(shares[i].find("slot")->find("envelope")->as_text() == envelopes[i]);
        std::vector<bid::ReleasedShare> released;
        released.push_back({envelopes[i], 0, 0, 0, 0,
                            SecretBytes::copy_of(from_base64(shares[i].find("share")->as_text()))});
        // Checked against the public commitment: throws when it is not the envelope's secret.
        CHECK(bid::combine_shares(index, {openers}, envelopes[i], released).size() == 32);
    }
    REQUIRE(daemon.dialogs.shown.size() == 2);
    CHECK(daemon.dialogs.shown[0].description.find("OPEN ENVELOPES") != std::string::npos);
    CHECK(daemon.dialogs.shown[0].description.find("Price part") != std::string::npos);
}

TEST_CASE("unwrap: not before the opening time; rehearsing is possible and releases nothing") {
    Daemon daemon(before_opening);
    SampleBid sample = sample_bid();
    protocol::UnwrapParams params = sample.unwrap_params(key_of(daemon));
    CHECK(error_in(unwrap(daemon, params)) == "not_open_yet");
    CHECK(daemon.dialogs.shown.empty());
    approve(daemon);
    std::string answer = unwrap(daemon, params, Method::rehearse_envelopes);
    CHECK(answer ==
          R"({"id":12,"result":{"slots":[{"slot":{"envelope":"technical","version":0,"way":0,)"
          R"("part":0,"slot":0},"opens_envelope":true},{"slot":{"envelope":"price","version":0,)"
          R"("way":0,"part":0,"slot":0},"opens_envelope":true}]}})");
    CHECK(daemon.dialogs.shown.at(0).description.find("Nothing is released") != std::string::npos);
}

TEST_CASE("unwrap: another bid's or project's parts, and slots that are not ours, are refused") {
    Daemon daemon(after_opening);
    SampleBid sample = sample_bid(), other = sample_bid(2), project = sample_bid(1, "P-2");
    const std::string key = key_of(daemon);
    auto changed = [&](const std::function<void(protocol::UnwrapParams&)>& change) {
        protocol::UnwrapParams params = sample.unwrap_params(key);
        change(params);
        return error_in(unwrap(daemon, params));
    };
    CHECK(changed([&](auto& p) { p.openers = other.openers; }) == "bid_openers");
    CHECK(changed([&](auto& p) { p.index = other.index; }) != "");
    CHECK(changed([&](auto& p) { p.signature = other.signature; }) == "signature_invalid");
    CHECK(changed([&](auto& p) { p.tender = project.tender; }) == "tender_mismatch");
    CHECK(changed([](auto& p) { p.slots[0].slot = 1; }) == "opener_not_found");
    CHECK(changed([](auto& p) { p.slots[0].version = 1; }) == "opener_not_found");
    CHECK(changed([](auto& p) { p.slots[0].envelope = "none"; }) == "envelope_unknown");
    CHECK(changed([](auto& p) { p.slots.clear(); }) == "message_invalid");
    CHECK(changed([](auto& p) { p.slots[1] = p.slots[0]; }) == "message_invalid");
    CHECK(daemon.dialogs.shown.empty());
}

TEST_CASE("unwrap: a wrap that is not right tells nothing but that") {
    const SampleBid sample = sample_bid();
    std::vector<std::string> answers;
    for (const auto& change : std::vector<std::function<void(Bytes&)>>{
             [](Bytes& wrap) { wrap[3] ^= 1; },      // the share under the wrapped key
             [](Bytes& wrap) { wrap.back() ^= 1; },  // the SM2 ciphertext: its check fails
             [](Bytes& wrap) { wrap[40] ^= 1; },     // its point is not on the curve
             [](Bytes& wrap) {
                 wrap.resize(60);
             }}) {  // no ciphertext at all
        const SampleBid bent = with_openers(sample, [&](bid::Openers& openers) {
            change(openers.envelopes[0].ways[0].parts[0].slots[0].data);
        });
        for (Method method : {Method::unwrap_envelopes, Method::rehearse_envelopes}) {
            Daemon daemon(after_opening);
            approve(daemon);
            answers.push_back(unwrap(daemon, bent.unwrap_params(key_of(daemon)), method));
            CHECK(error_in(answers.back()) == "wrap_mismatch");
            CHECK(answers.back() == answers.front());
            CHECK(answers.back().find("share") == std::string::npos);
        }
    }
}

TEST_CASE("unwrap: junk among added openers shuts no envelope") {
    const SampleBid sample = sample_bid();
    // The bid's own wraps under another version: none of them is right there.
    bid::Openers added = bid::Openers::parse(sample.openers);
    added.version = 1;
    added.fingerprint = bid::fingerprint_of(sample.index);
    for (const auto& [kind, alone] : std::vector<std::pair<std::string, std::string>>{
             {"ukey", "wrap_mismatch"}, {"mobile", "token_unsupported"}}) {
        for (bid::EnvelopeWays& envelope : added.envelopes)
            envelope.ways[0].parts[0].slots[0].kind_name = kind;
        const Bytes content = added.serialize();
        CountingRandom random;
        protocol::UnwrapParams params = sample.unwrap_params("");
        params.rewraps = {bid::build_rewrap_file(content, test_certificate("sm2_sign"),
                                                 test_key("sm2_sign").sign(content, random))};
        const std::vector<protocol::WrapSlot> own = params.slots;
        const std::vector<protocol::WrapSlot> junk = {{"technical", 1, 0, 0, 0},
                                                      {"price", 1, 0, 0, 0}};
        const auto answer = [&](std::vector<protocol::WrapSlot> slots) {
            Daemon daemon(after_opening);
            approve(daemon);
            params.key = key_of(daemon);
            params.slots = std::move(slots);
            return unwrap(daemon, params);
        };
        for (const auto& slots : {std::vector{own[0], junk[0], own[1], junk[1]},
                                  std::vector{junk[0], junk[1], own[0], own[1]}}) {
            const protocol::Json result = result_of(answer(slots));
            const auto& shares = result.find("shares")->as_array();
            REQUIRE(shares.size() == 2);
            for (const protocol::Json& share : shares)
                CHECK(share.find("slot")->find("version")->as_integer() == 0);
        }
        CHECK(error_in(answer(junk)) == alone);
        CHECK(error_in(answer({own[0], junk[1]})) == alone);
        CHECK(error_in(answer({junk[0], own[1]})) == alone);
    }
}

TEST_CASE("unwrap: a wrap of another kind is not given to the UKey") {
    const SampleBid bent = with_openers(sample_bid(), [](bid::Openers& openers) {
        openers.envelopes[0].ways[0].parts[0].slots[0].kind_name = "mobile";
    });
    Daemon daemon(after_opening);
    CHECK(error_in(unwrap(daemon, bent.unwrap_params(key_of(daemon)))) == "token_unsupported");
    CHECK(daemon.dialogs.shown.empty());
}

TEST_CASE("sign.openers: another company's bid gets no openers signed") {
    const SampleBid rival =
        sample_bid(1, "P-1", "../bid/keys/rival_sign", "../bid/keys/rival_encrypt");
    bid::Openers rewrap = bid::Openers::parse(rival.openers);
    rewrap.version = 1;
    rewrap.fingerprint = bid::fingerprint_of(rival.index);
    Daemon daemon;
    protocol::SignOpenersParams params;
    params.key = key_of(daemon);
    params.tender = rival.tender;
    params.index = rival.index;
    params.openers = rival.openers;
    params.signature = rival.signature;
    params.rewrap = rewrap.serialize();
    CHECK(error_in(daemon.ask(daemon.greet(), {Method::sign_openers, 12, params})) ==
          "rewrap_refused");
    CHECK(daemon.dialogs.shown.empty());
}

TEST_CASE("sign.openers: openers of this bid only, by its company") {
    Daemon daemon;
    SampleBid sample = sample_bid(), other = sample_bid(2);
    bid::Openers rewrap = bid::Openers::parse(sample.openers);
    rewrap.version = 1;
    rewrap.fingerprint = bid::fingerprint_of(sample.index);
    protocol::SignOpenersParams params;
    params.key = key_of(daemon);
    params.tender = sample.tender;
    params.index = sample.index;
    params.openers = sample.openers;
    params.signature = sample.signature;
    params.rewrap = rewrap.serialize();
    auto ask = [&] {
        return daemon.ask(daemon.greet(), {Method::sign_openers, 12, params});
    };
    approve(daemon);
    protocol::Json result = result_of(ask());
    CHECK(test_certificate("sm2_sign")
              .verify(params.rewrap, from_base64(result.find("signature")->as_text()),
                      crypto::SignatureKind::sm2_sm3));
    CHECK(daemon.dialogs.shown.at(0).description.find("SIGN ADDED OPENERS") != std::string::npos);

    rewrap.fingerprint = bid::fingerprint_of(other.index);
    params.rewrap = rewrap.serialize();
    CHECK(error_in(ask()) == "bid_openers");
    params.rewrap = sample.openers;
    CHECK(error_in(ask()) == "bid_openers");
    params.rewrap = sample.index;
    CHECK(error_in(ask()) != "");

    rewrap.fingerprint = bid::fingerprint_of(sample.index);
    rewrap.certificates = {test_certificate("root")};  // of nobody's credit code
    params.rewrap = rewrap.serialize();
    CHECK(error_in(ask()) == "supplier_mismatch");
    // Of the company's code, but by an issuer that the tender does not accept.
    rewrap.certificates = {test_certificate("sm2_other_encrypt")};
    params.rewrap = rewrap.serialize();
    CHECK(error_in(ask()) == "certificate_untrusted");
    rewrap = bid::Openers::parse(sample.openers);
    rewrap.version = 1;
    rewrap.fingerprint = bid::fingerprint_of(sample.index);
    for (bid::EnvelopeWays& envelope : rewrap.envelopes)
        envelope.ways[0].parts[0].role = bid::PartRole::platform;
    params.rewrap = rewrap.serialize();
    CHECK(error_in(ask()) == "bid_openers");  // a way that the tender does not allow
    CHECK(daemon.dialogs.shown.size() == 2);
}
