// Makes the bid that the bridge's process tests sign and open, and judges what came back.
//
//   bridge_case make DIR                   reads the certificates and the platform's key in DIR,
//                                          writes tender, and sign.json: the params of sign.bid
//   bridge_case finish DIR SIGNATURE       checks the signature (base64) of the token; writes
//                                          unwrap.json: the params of unwrap.envelopes
//   bridge_case check DIR SHARE SHARE      checks the shares of both envelopes (base64) against
//                                          the commitments that everyone can see
// Everything but the token's signature follows from fixed seeds, so that each step can begin anew.
#include <cstdio>
#include <fstream>
#include <iterator>
#include <string>

#include "bidseal/bid/holder.h"
#include "bidseal/bid/writer.h"
#include "bidseal/crypto/private_key.h"
#include "bidseal/protocol/json.h"

using namespace bidseal;

namespace {

class SeededRandom : public Random {
public:
    void fill(std::span<uint8_t> out) override {
        for (uint8_t& byte : out) {
            m_state = m_state * 1664525 + 1013904223;
            byte = static_cast<uint8_t>(m_state >> 24);
        }
    }

private:
    uint32_t m_state = 42;
};

struct StillClock : Clock {
    Timestamp now() const override { return parse_time("2026-05-01T00:00:00Z"); }
};

Bytes read(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    require(in.good(), ErrorCode::io_read, path.c_str());
    std::string text((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
    return to_bytes(as_bytes(text));
}

void write(const std::string& path, ByteView content) {
    std::ofstream out(path, std::ios::binary);
    out.write(reinterpret_cast<const char*>(content.data()),
              static_cast<std::streamsize>(content.size()));
    require(out.good(), ErrorCode::io_write, path.c_str());
}

crypto::Certificate certificate(const std::string& path) {
    return crypto::Certificate::parse_file(read(path)).at(0);
}

bid::Tender tender_of(const std::string& dir) {
    bid::Tender tender;
    tender.platform_id = "platform-1";
    tender.platform_name = "Example Platform";
    tender.project_id = "P-1";
    tender.project_title = "东海大桥 Bridge works";
    tender.buyer = "Example Buyer";
    tender.published = parse_time("2026-01-01T00:00:00Z");
    tender.deadline = tender.opening = parse_time("2026-06-01T00:00:00Z");
    tender.lots = {{"lot-1", "Main span"}};
    for (const char* id : {"technical", "price"}) {
        bid::EnvelopeRule rule;
        rule.id = id;
        rule.kind = *bid::envelope_kind_from(id);
        rule.title = std::string("Envelope ") + id;
        bid::DocumentSlot slot;
        slot.id = "documents";
        slot.title = "Documents";
        slot.formats = {"any"};
        slot.max_bytes = 1u << 20;
        rule.slots = {slot};
        tender.envelopes.push_back(rule);
    }
    tender.ways = {{bid::WayKind::supplier, false}};
    tender.platform_certificate = certificate(dir + "/platform/sign.crt");
    tender.roots = {certificate(dir + "/root.crt")};
    tender.intermediates = {certificate(dir + "/issuing.crt")};
    return tender;
}

Bytes tender_file(const std::string& dir) {
    std::string path = dir + "/sample.tender";
    if (std::ifstream(path).good())
        return read(path);
    Bytes content = bid::tender_content(tender_of(dir));
    SeededRandom random;
    crypto::PrivateKey key = crypto::PrivateKey::from_file(read(dir + "/platform/sign.key"));
    write(path, bid::build_tender_file(content, key.sign(content, random)));
    return read(path);
}

bid::SigningRequest seal(const std::string& dir, const bid::TenderFile& tender) {
    bid::BidPlan plan;
    plan.lot = "lot-1";
    plan.signer = certificate(dir + "/sign.crt");
    plan.supplier_openers = {bid::default_opener(certificate(dir + "/enc.crt"))};
    plan.check_chain = false;
    plan.accept_early_end = true;
    SeededRandom random;
    StillClock clock;
    MemorySink sink;
    bid::BidWriter writer(plan, tender, random, clock, sink);
    for (const char* id : {"technical", "price"}) {
        writer.begin_envelope(id);
        writer.begin_document(std::string(id) + ".txt", "documents", 5);
        writer.write(as_bytes("hello"));
        writer.end_document();
        writer.end_envelope();
    }
    return writer.finish_content();
}

protocol::ObjectBuilder common_params(const Bytes& tender, const bid::SigningRequest& request) {
    protocol::ObjectBuilder params;
    params.text("key", "").base64("tender", tender).base64("index", request.index);
    params.base64("openers", request.openers);
    return params;
}

void write_json(const std::string& path, protocol::ObjectBuilder& params) {
    write(path, as_bytes(protocol::write_json(params.build())));
}

void make(const std::string& dir) {
    Bytes tender = tender_file(dir);
    bid::SigningRequest request = seal(dir, bid::TenderFile::parse(tender));
    protocol::Json::Array manifests;
    for (const auto& m : request.manifests) {
        manifests.push_back(protocol::ObjectBuilder()
                                .text("envelope", m.envelope)
                                .base64("salt", m.salt)
                                .base64("manifest", m.manifest)
                                .build());
    }
    auto params = common_params(tender, request).array("manifests", std::move(manifests));
    write_json(dir + "/sign.json", params);
    write(dir + "/index.json", request.index);
}

void finish(const std::string& dir, const std::string& signature) {
    Bytes tender = tender_file(dir);
    bid::SigningRequest request = seal(dir, bid::TenderFile::parse(tender));
    crypto::Certificate signer = certificate(dir + "/sign.crt");
    Bytes raw = from_base64(signature);
    require(signer.verify(request.index, raw, signer.signature_kind()),
            ErrorCode::signature_invalid, "the token's signature is wrong");
    Bytes signed_data = crypto::build_signed_data({signer, {}, {}, raw, std::nullopt});
    protocol::Json::Array slots;
    for (const char* id : {"technical", "price"}) {
        slots.push_back(protocol::ObjectBuilder()
                            .text("envelope", id)
                            .integer("version", 0)
                            .integer("way", 0)
                            .integer("part", 0)
                            .integer("slot", 0)
                            .build());
    }
    auto params = common_params(tender, request)
                      .base64("signature", signed_data)
                      .array("rewraps", {})
                      .array("slots", std::move(slots));
    write_json(dir + "/unwrap.json", params);
}

void check(const std::string& dir, const std::string& technical, const std::string& price) {
    bid::SigningRequest request = seal(dir, bid::TenderFile::parse(tender_file(dir)));
    bid::BidIndex index = bid::BidIndex::parse(request.index);
    bid::Openers openers = bid::Openers::parse(request.openers);
    const std::pair<const char*, const std::string*> given[] = {{"technical", &technical},
                                                                {"price", &price}};
    for (const auto& [envelope, share] : given) {
        std::vector<bid::ReleasedShare> shares;
        shares.push_back({envelope, 0, 0, 0, 0, SecretBytes::copy_of(from_base64(*share))});
        bid::combine_shares(index, {openers}, envelope, shares);
    }
}

int run(const std::vector<std::string>& words) {
    if (words.size() == 2 && words[0] == "make") {
        make(words[1]);
    } else if (words.size() == 3 && words[0] == "finish") {
        finish(words[1], words[2]);
    } else if (words.size() == 4 && words[0] == "check") {
        check(words[1], words[2], words[3]);
    } else {
        std::fputs("usage: bridge_case make|finish|check DIR …\n", stderr);
        return 2;
    }
    return 0;
}

}  // namespace

int main(int count, char** values) {
    try {
        return run({values + 1, values + count});
    } catch (const Error& error) {
        std::fprintf(stderr, "bridge_case: %s: %s\n", error_name(error.code()), error.what());
        return 1;
    }
}
