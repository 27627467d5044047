// Making a sealed bid, for the page.
#include <memory>

#include <emscripten/bind.h>

#include "bidseal/bid/writer.h"

#include "certificates.h"
#include "describe.h"
#include "guard.h"
#include "io.h"
#include "values.h"

namespace bidseal::wasm {

namespace {

/// The plan first, then begin(), then the writer's steps. After each step the page empties the
/// outbox.
class PackSession {
public:
    void set_lot(std::string lot) { m_plan.lot = lot; }
    void set_signer(std::string der_or_pem) { m_plan.signer = one_certificate(der_or_pem); }
    void add_chain(std::string der_or_pem) { add_certificates(m_plan.extra, der_or_pem); }
    void add_opener(std::string der_or_pem) {
        m_plan.supplier_openers.push_back(bid::default_opener(one_certificate(der_or_pem)));
    }
    void add_way(std::string name) {
        const std::optional<bid::WayKind> way = bid::way_from(name);
        require(way.has_value(), ErrorCode::usage, "no such way of opening");
        m_plan.ways.push_back(*way);
    }
    void add_crl(std::string der_or_pem) { wasm::add_crl(m_plan.crls, der_or_pem); }
    void set_replaces(std::string fingerprint) {
        m_plan.replaces = bid::parse_fingerprint(fingerprint);
    }
    void add_summary(std::string id, std::string value) { m_plan.summary.push_back({id, value}); }
    void accept_early_end() { m_plan.accept_early_end = true; }

    void begin(std::string tender_file) {
        m_tender.emplace(bid::TenderFile::parse(view_of(tender_file)));
        m_writer = std::make_unique<bid::BidWriter>(m_plan, *m_tender, m_random, m_clock, m_outbox);
    }
    void begin_envelope(std::string id) {
        writer().begin_envelope(id);
        m_envelope = id;
    }
    void begin_document(std::string path, std::string slot, double size) {
        writer().begin_document(path, slot, size_from(size));
    }
    void write(double length) { writer().write(buffer(length)); }
    emscripten::val end_document() { return describe(writer().end_document(), m_envelope); }
    /// True when the envelope is complete; the padding comes in steps.
    bool end_envelope_step() { return writer().end_envelope_step(); }

    /// What the holder of the signing key gets to see and to sign.
    emscripten::val finish_content() {
        const bid::SigningRequest& request = writer().finish_content();
        m_index = bid::BidIndex::parse(request.index);
        m_fingerprint = request.fingerprint;
        emscripten::val result = emscripten::val::object();
        result.set("index", bytes(request.index));
        result.set("openers", bytes(request.openers));
        result.set("manifests", array_of(request.manifests, [](const auto& each) {
                       emscripten::val entry = emscripten::val::object();
                       entry.set("envelope", text(each.envelope));
                       entry.set("salt", bytes(each.salt));
                       entry.set("manifest", bytes(each.manifest));
                       return entry;
                   }));
        return result;
    }

    /// The chain and the revocation lists that were judged travel with the signature.
    emscripten::val finish(std::string signature) {
        crypto::TrustStore trust = m_tender->tender().trust();
        trust.crls.insert(trust.crls.end(), m_plan.crls.begin(), m_plan.crls.end());
        const crypto::ChainResult chain = crypto::validate_chain(
            *m_plan.signer, m_plan.extra, trust, m_clock.now(), signing_usage(*m_plan.signer),
            crypto::RevocationPolicy::use_if_present);
        const std::vector<crypto::Certificate> above(chain.path.begin() + 1, chain.path.end());
        writer().finish(view_of(signature), above, chain.evidence);
        emscripten::val result = emscripten::val::object();
        result.set("fingerprint", describe(m_fingerprint));
        result.set("index", describe(m_index));
        return result;
    }

    double outbox_address() const {
        return static_cast<double>(reinterpret_cast<uintptr_t>(m_outbox.pending().data()));
    }
    double outbox_length() const { return static_cast<double>(m_outbox.pending().size()); }
    void outbox_clear() { m_outbox.clear(); }

private:
    bid::BidWriter& writer() {
        require(m_writer != nullptr, ErrorCode::usage, "begin() comes first");
        return *m_writer;
    }

    bid::BidPlan m_plan;
    std::optional<bid::TenderFile> m_tender;
    PageRandom m_random;
    PageClock m_clock;
    Outbox m_outbox;
    std::string m_envelope;
    bid::BidIndex m_index;
    bid::Fingerprint m_fingerprint;
    std::unique_ptr<bid::BidWriter> m_writer;  // last: it refers to the members above
};

}  // namespace

EMSCRIPTEN_BINDINGS(bidseal_pack) {
    emscripten::class_<PackSession>("PackSession")
        .constructor<>()
        .function("setLot", guarded<&PackSession::set_lot>)
        .function("setSigner", guarded<&PackSession::set_signer>)
        .function("addChain", guarded<&PackSession::add_chain>)
        .function("addOpener", guarded<&PackSession::add_opener>)
        .function("addWay", guarded<&PackSession::add_way>)
        .function("addCrl", guarded<&PackSession::add_crl>)
        .function("setReplaces", guarded<&PackSession::set_replaces>)
        .function("addSummary", guarded<&PackSession::add_summary>)
        .function("acceptEarlyEnd", guarded<&PackSession::accept_early_end>)
        .function("begin", guarded<&PackSession::begin>)
        .function("beginEnvelope", guarded<&PackSession::begin_envelope>)
        .function("beginDocument", guarded<&PackSession::begin_document>)
        .function("write", guarded<&PackSession::write>)
        .function("endDocument", guarded<&PackSession::end_document>)
        .function("endEnvelopeStep", guarded<&PackSession::end_envelope_step>)
        .function("finishContent", guarded<&PackSession::finish_content>)
        .function("finish", guarded<&PackSession::finish>)
        .function("outboxAddress", &PackSession::outbox_address)
        .function("outboxLength", &PackSession::outbox_length)
        .function("outboxClear", &PackSession::outbox_clear);
}

}  // namespace bidseal::wasm
