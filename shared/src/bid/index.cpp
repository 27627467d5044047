#include "bidseal/bid/index.h"

#include "bidseal/base/error.h"
#include "bidseal/base/text.h"
#include "bidseal/bid/limits.h"
#include "bidseal/protocol/json.h"

#include "envelope_head.h"

namespace bidseal::bid {

namespace {

using protocol::Json;
using protocol::ObjectBuilder;
using protocol::ObjectReader;

constexpr ErrorCode fault = ErrorCode::bid_index;

Json envelope_json(const IndexEnvelope& e) {
    return envelope_head(e)
        .size("length", e.length)
        .size("chunks", e.chunks)
        .hex("root", e.root.view())
        .hex("manifest", e.manifest.view())
        .hex("commitment", e.commitment.view())
        .build();
}

IndexEnvelope read_envelope(ObjectReader& r) {
    IndexEnvelope e;
    read_envelope_head(r, e);
    e.length = r.size("length", max_chunks * chunk_size);
    e.chunks = r.size("chunks", max_chunks);
    e.root = r.hex<crypto::Sm3Digest>("root");
    e.manifest = r.hex<crypto::Sm3Digest>("manifest");
    e.commitment = r.hex<crypto::Sm3Digest>("commitment");
    return e;
}

/// Rules between members; the form of each is checked where it is read.
void check_rules(const BidIndex& index) {
    uint64_t chunks = 0;
    for (size_t i = 0; i < index.envelopes.size(); ++i) {
        const IndexEnvelope& e = index.envelopes[i];
        const uint64_t expected = (e.length + chunk_size - 1) / chunk_size;
        require(e.length > 0 && e.chunks == expected, fault, "chunk count unlike the length");
        chunks += e.chunks;
        for (size_t j = 0; j < i; ++j) {
            const IndexEnvelope& other = index.envelopes[j];
            require(e.id != other.id && e.commitment != other.commitment, fault,
                    "two envelopes share id or commitment");
        }
    }
    require(chunks <= max_chunks, ErrorCode::limit_exceeded, "too many chunks");
}

BidIndex read_index(const Json& json) {
    BidIndex index;
    ObjectReader r(json, protocol::MemberOrder::stated, fault);
    r.constant("type", "SBID1-index");
    if (r.integer("suite", 0, 255) != 1) {
        throw Error(ErrorCode::bid_version, "unknown suite");
    }
    index.platform = r.identifier("platform");
    index.project = r.identifier("project");
    index.lot = r.identifier("lot");
    index.tender = r.hex<TenderDigest>("tender");
    ObjectReader supplier = r.object("supplier");
    index.supplier_name = supplier.clean_text("name", max_title_bytes);
    index.supplier_code = supplier.clean_text("code", 64);
    supplier.finish();
    index.certificate = r.hex<crypto::CertificateDigest>("certificate");
    index.nonce = r.hex<BidNonce>("nonce");
    index.created = r.time("created");
    if (!r.take_null("replaces")) {
        index.replaces = r.hex<Fingerprint>("replaces");
    }
    index.openers = r.hex<crypto::Sm3Digest>("openers");
    index.envelopes = r.objects("envelopes", 1, max_envelopes, read_envelope);
    r.finish();
    check_rules(index);
    return index;
}

}  // namespace

Bytes BidIndex::serialize() const {
    Json::Array entries;
    for (const IndexEnvelope& e : envelopes) {
        entries.push_back(envelope_json(e));
    }
    ObjectBuilder builder;
    builder.text("type", "SBID1-index")
        .integer("suite", 1)
        .text("platform", platform)
        .text("project", project)
        .text("lot", lot)
        .hex("tender", tender.view())
        .value("supplier",
               ObjectBuilder().text("name", supplier_name).text("code", supplier_code).build())
        .hex("certificate", certificate.view())
        .hex("nonce", nonce.view())
        .time("created", created);
    if (replaces) {
        builder.hex("replaces", replaces->view());
    } else {
        builder.null("replaces");
    }
    builder.hex("openers", openers.view()).array("envelopes", std::move(entries));
    const Json json = builder.build();
    read_index(json);  // what a reader would refuse is not written
    const std::string text = protocol::write_json(json);
    require(text.size() <= max_index_bytes, ErrorCode::limit_exceeded, "index too large");
    return to_bytes(as_bytes(text));
}

BidIndex BidIndex::parse(ByteView bytes) {
    return read_index(protocol::parse_canonical_json(bytes, {max_index_bytes, json_depth}));
}

const IndexEnvelope* BidIndex::find(std::string_view id) const {
    for (const IndexEnvelope& e : envelopes) {
        if (e.id == id) {
            return &e;
        }
    }
    return nullptr;
}

const IndexEnvelope& BidIndex::envelope(std::string_view id) const {
    const IndexEnvelope* e = find(id);
    if (e == nullptr) {
        throw Error(ErrorCode::envelope_unknown);
    }
    return *e;
}

Fingerprint fingerprint_of(ByteView index) {
    const crypto::Sm3Digest digest = crypto::sm3(index);
    Fingerprint fingerprint;
    fingerprint.bytes = digest.bytes;
    return fingerprint;
}

void check_index_against_tender(const BidIndex& index, const TenderFile& file) {
    const Tender& tender = file.tender();
    require(index.tender == file.digest(), ErrorCode::tender_mismatch);
    require(index.platform == tender.platform_id && index.project == tender.project_id,
            ErrorCode::tender_mismatch);
    require(tender.find_lot(index.lot) != nullptr, ErrorCode::tender_lot_unknown);
    size_t last = 0;
    for (const IndexEnvelope& e : index.envelopes) {
        const EnvelopeRule* rule = tender.find_envelope(e.id);
        require(rule != nullptr, ErrorCode::envelope_unknown);
        require(rule->kind == e.kind && rule->stage == e.stage && rule->title == e.title,
                ErrorCode::tender_mismatch, "envelope unlike the tender's");
        const size_t place = static_cast<size_t>(rule - tender.envelopes.data());
        require(&e == &index.envelopes.front() || place > last, ErrorCode::tender_mismatch,
                "envelopes not in the tender's order");
        last = place;
    }
}

}  // namespace bidseal::bid
