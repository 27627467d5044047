#include "bid_session.h"

#include "bidseal/base/error.h"

#include "certificates.h"
#include "describe.h"
#include "values.h"

namespace bidseal::wasm {

using emscripten::val;

void BidSession::begin(double file_size) {
    m_reader = std::make_unique<bid::BidReader>(size_from(file_size));
}

const bid::BidReader& BidSession::ready() const {
    require(m_reader != nullptr && m_reader->ready(), ErrorCode::usage, "the bid is not read yet");
    return *m_reader;
}

const bid::TenderFile& BidSession::tender() const {
    require(m_tender.has_value(), ErrorCode::usage, "the tender file comes first");
    return *m_tender;
}

val BidSession::need() const {
    require(m_reader != nullptr, ErrorCode::usage, "begin() comes first");
    std::optional<NeedBytes> range;
    if (m_opener) {
        range = m_opener_need;
    } else if (m_checker) {
        range = m_checker->need();
    } else {
        range = m_reader->need();
    }
    if (!range)
        return val::undefined();
    val result = val::object();
    result.set("offset", number(range->offset));
    result.set("length", number(range->length));
    return result;
}

void BidSession::commit(double length) {
    require(m_reader != nullptr, ErrorCode::usage, "begin() comes first");
    if (m_opener) {
        require(m_opener_need.has_value(), ErrorCode::usage, "nothing is needed");
        m_collector.commit(*m_opener_need, length, [this](ByteView range) {
            m_opener_need.reset();
            m_opener->supply(range);
        });
    } else if (m_checker) {
        const std::optional<NeedBytes> range = m_checker->need();
        require(range.has_value(), ErrorCode::usage, "nothing is needed");
        m_collector.commit(*range, length, [this](ByteView bytes) { m_checker->supply(bytes); });
    } else {
        const std::optional<NeedBytes> range = m_reader->need();
        require(range.has_value(), ErrorCode::usage, "nothing is needed");
        m_collector.commit(*range, length, [this](ByteView bytes) { m_reader->supply(bytes); });
    }
}

val BidSession::info() const {
    const bid::VerifiedIndex& bid = ready().bid();
    val result = val::object();
    result.set("fingerprint", describe(bid.fingerprint));
    result.set("index", describe(bid.index));
    result.set("openers", describe(bid.openers));
    result.set("signer", describe(bid.signature.signer));
    return result;
}

void BidSession::begin_chunks() {
    m_checker.emplace(ready());
}

val BidSession::check_trust() const {
    const crypto::ChainResult chain =
        bid::verify_bid_trust(ready().bid(), tender(), PageClock().now(), m_crls);
    val result = val::object();
    result.set("revocationChecked", chain.revocation_checked);
    return result;
}

void BidSession::set_tender(std::string file) {
    m_tender.emplace(bid::TenderFile::parse(view_of(file)));
}

void BidSession::add_crl(std::string der_or_pem) {
    wasm::add_crl(m_crls, der_or_pem);
}

void BidSession::add_rewrap(std::string file) {
    crypto::TrustStore trust = tender().tender().trust();
    trust.crls.insert(trust.crls.end(), m_crls.begin(), m_crls.end());
    bid::Openers openers = bid::parse_rewrap_file(view_of(file), ready().bid(), tender(), trust);
    const uint32_t version = openers.version;
    require(m_rewraps.emplace(version, std::move(openers)).second, ErrorCode::bid_openers,
            "version stands twice");
}

val BidSession::read_release(std::string file) const {
    crypto::TrustStore trust = tender().tender().trust();
    trust.crls.insert(trust.crls.end(), m_crls.begin(), m_crls.end());
    return describe(bid::parse_release_file(view_of(file), ready().bid(), all_openers(), tender(),
                                            trust, PageClock().now()));
}

val BidSession::openers() const {
    val result = val::array();
    for (const bid::Openers& openers : all_openers()) {
        add_slots(result, openers);
    }
    return result;
}

std::vector<bid::Openers> BidSession::all_openers() const {
    std::vector<bid::Openers> result{ready().bid().openers};
    for (const auto& [version, openers] : m_rewraps)
        result.push_back(openers);
    return result;
}

val BidSession::tasks(std::string certificate, std::string envelope) const {
    const bid::VerifiedIndex& bid = ready().bid();
    bid::Holder holder(bid, tender(), bid.index.lot, one_certificate(certificate));
    for (const auto& [version, openers] : m_rewraps)
        holder.add_openers(openers);
    return array_of(holder.tasks(envelope),
                    [](const bid::UnwrapTask& task) { return describe(task); });
}

val BidSession::parts() const {
    const bid::BidReader& reader = ready();
    val result = val::object();
    result.set("index", bytes(reader.index_bytes()));
    result.set("openers", bytes(reader.openers_bytes()));
    result.set("signature", bytes(reader.signature_bytes()));
    return result;
}

void BidSession::add_share(std::string envelope, double version, double way, double part,
                           double slot, double length) {
    bid::ReleasedShare share;
    share.value = take_secret(length);
    share.envelope = envelope;
    share.version = static_cast<uint32_t>(size_from(version));
    share.way = static_cast<size_t>(size_from(way));
    share.part = static_cast<size_t>(size_from(part));
    share.slot = static_cast<size_t>(size_from(slot));
    m_shares.push_back(std::move(share));
}

SecretBytes BidSession::secret_of(const std::string& envelope) const {
    std::vector<bid::ReleasedShare> own;
    for (const bid::ReleasedShare& share : m_shares) {
        if (share.envelope != envelope)
            continue;
        own.push_back({share.envelope, share.version, share.way, share.part, share.slot,
                       share.value.clone()});
    }
    return bid::combine_shares(ready().index(), all_openers(), envelope, own);
}

void BidSession::begin_envelope(std::string id) {
    m_opener_need.reset();
    m_opener = std::make_unique<bid::EnvelopeOpener>(ready(), id, secret_of(id), &tender());
}

val BidSession::step() {
    require(m_opener != nullptr, ErrorCode::usage, "begin_envelope() comes first");
    const bid::OpenStep step = m_opener->next();
    val result = val::object();
    switch (step.event) {
        case bid::OpenEvent::need:
            m_opener_need = step.need;
            result.set("event", text("need"));
            break;
        case bid::OpenEvent::manifest:
            result.set("event", text("manifest"));
            break;
        case bid::OpenEvent::document_begin:
            result.set("event", text("begin"));
            break;
        case bid::OpenEvent::data:
            result.set("event", text("data"));
            result.set("address",
                       static_cast<double>(reinterpret_cast<uintptr_t>(step.data.data())));
            result.set("length", number(step.data.size()));
            break;
        case bid::OpenEvent::document_end:
            result.set("event", text("end"));
            break;
        case bid::OpenEvent::done:
            result.set("event", text("done"));
            break;
    }
    result.set("document", number(step.document));
    return result;
}

val BidSession::contents() const {
    require(m_opener != nullptr, ErrorCode::usage, "begin_envelope() comes first");
    const bid::Manifest& manifest = m_opener->manifest();
    val summary = val::object();
    for (const bid::SummaryValue& figure : manifest.summary) {
        summary.set(figure.id, text(figure.value));
    }
    val result = val::object();
    result.set("documents",
               array_of(manifest.documents, [&](const bid::ManifestDocument& document) {
                   return describe(document, manifest.envelope);
               }));
    result.set("summary", summary);
    result.set("nonConformities",
               array_of(m_opener->nonconformities(), [&](const bid::NonConformity& each) {
                   val entry = val::object();
                   entry.set("code", text(error_name(each.code)));
                   entry.set("subject", text(each.subject));
                   if (each.document) {
                       entry.set("path", text(manifest.documents.at(*each.document).path));
                   }
                   return entry;
               }));
    return result;
}

void BidSession::add_opener(std::string der_or_pem) {
    m_new_openers.push_back(bid::default_opener(one_certificate(der_or_pem)));
}

void BidSession::add_way(std::string name) {
    const std::optional<bid::WayKind> way = bid::way_from(name);
    require(way.has_value(), ErrorCode::usage, "no such way of opening");
    m_new_ways.push_back(*way);
}

val BidSession::rewrap_content(double version) {
    const bid::BidIndex& index = ready().index();
    std::vector<bid::EnvelopeSecret> secrets;
    for (const bid::IndexEnvelope& envelope : index.envelopes) {
        secrets.push_back({envelope.id, secret_of(envelope.id)});
    }
    const std::vector<bid::WayPlan> ways =
        bid::plan_ways(tender().tender(), m_new_ways, m_new_openers);
    return bytes(bid::rewrap_content(index, ready().fingerprint(),
                                     static_cast<uint32_t>(size_from(version)), secrets, ways,
                                     PageClock().now()));
}

val BidSession::rewrap_file(std::string content, std::string signer, std::string signature) {
    const crypto::Certificate certificate = one_certificate(signer);
    crypto::TrustStore trust = tender().tender().trust();
    trust.crls.insert(trust.crls.end(), m_crls.begin(), m_crls.end());
    const crypto::ChainResult chain = crypto::validate_chain(
        certificate, {}, trust, PageClock().now(), signing_usage(certificate),
        crypto::RevocationPolicy::use_if_present);
    const std::vector<crypto::Certificate> above(chain.path.begin() + 1, chain.path.end());
    return bytes(bid::build_rewrap_file(view_of(content), certificate, view_of(signature), above,
                                        chain.evidence));
}

}  // namespace bidseal::wasm
