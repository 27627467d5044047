#include "bidseal/bid/writer.h"

#include <map>

#include "bidseal/base/error.h"
#include "bidseal/base/text.h"
#include "bidseal/bid/document_check.h"
#include "bidseal/bid/limits.h"
#include "bidseal/bid/padme.h"
#include "bidseal/bid/reader.h"
#include "bidseal/crypto/cms.h"
#include "bidseal/zip/writer.h"

#include "envelope_body.h"
#include "path_set.h"
#include "plan_check.h"

namespace bidseal::bid {

namespace {

constexpr std::string_view manifest_name = "manifest.json";

/// Counts what goes to the file.
class CountingSink : public Sink {
public:
    explicit CountingSink(Sink& out) : m_out(out) {}
    void write(ByteView bytes) override {
        m_out.write(bytes);
        m_count += bytes.size();
    }
    uint64_t count() const { return m_count; }

private:
    Sink& m_out;
    uint64_t m_count = 0;
};

/// The envelope that is being written.
struct OpenEnvelope {
    const EnvelopeRule* rule;
    SecretBytes secret;
    EnvelopeContext context;
    EnvelopeKeys keys;
    EnvelopeBody body;
    zip::Writer zip;
    Manifest manifest;
    Bytes manifest_bytes;  // once the last document has ended
    PathSet paths;
    std::map<std::string, uint32_t> counts;  // documents by slot

    OpenEnvelope(const EnvelopeRule* the_rule, SecretBytes cs, EnvelopeContext ctx, Sink& out,
                 uint64_t chunk_limit)
        : rule(the_rule),
          secret(std::move(cs)),
          context(ctx),
          keys(derive_envelope_keys(secret, context)),
          body(keys, out, chunk_limit),
          zip(body) {}
};

struct OpenDocument {
    const DocumentSlot* slot;
    ManifestDocument entry;
    crypto::Sm3 hash;
    DocumentInspector inspector;
};

}  // namespace

struct BidWriter::Impl {
    enum class State { between, envelope, document, padding, content_done, finished, failed };

    BidPlan plan;
    const TenderFile& tender_file;
    const Tender& tender;
    Random& random;
    CountingSink out;
    CheckedPlan checked;
    BidIndex index;
    std::unique_ptr<OpenersBuilder> openers;
    std::unique_ptr<OpenEnvelope> envelope;
    std::unique_ptr<OpenDocument> document;
    std::vector<crypto::Sm3Digest> table;
    std::vector<bool> written_envelopes;
    SigningRequest request;
    BidLayout layout;
    State state = State::between;

    Impl(BidPlan p, const TenderFile& t, Random& r, const Clock& clock, Sink& sink)
        : plan(std::move(p)), tender_file(t), tender(t.tender()), random(r), out(sink) {
        const Timestamp now = clock.now();
        checked = check_plan(plan, tender, now);
        index.platform = tender.platform_id;
        index.project = tender.project_id;
        index.lot = plan.lot;
        index.tender = tender_file.digest();
        index.supplier_name = plan.signer->holder_name();
        index.supplier_code = plan.signer->credit_code();
        index.certificate = plan.signer->digest();
        random.fill(index.nonce.bytes);
        index.created = now;
        index.replaces = plan.replaces;
        openers = std::make_unique<OpenersBuilder>(0, index.nonce, std::nullopt, now);
        written_envelopes.resize(tender.envelopes.size());
        Bytes head = to_bytes(as_bytes("SBID"));
        append(head, Bytes{1, 1, 0, 0});
        out.write(head);
    }

    /// Guards a step: right state before, and no way on after an exception.
    template <class Step>
    auto step(State expected, Step run) {
        require(state == expected, ErrorCode::usage, "a step of the writer is out of order");
        state = State::failed;
        return run();
    }

    void begin_envelope(std::string_view id) {
        const EnvelopeRule* rule = tender.find_envelope(id);
        require(rule != nullptr, ErrorCode::envelope_unknown);
        const size_t place = static_cast<size_t>(rule - tender.envelopes.data());
        for (size_t i = place; i < written_envelopes.size(); ++i) {
            require(!written_envelopes[i], ErrorCode::usage, "envelopes in the tender's order");
        }
        written_envelopes[place] = true;
        SecretBytes secret(secret_size);
        random.fill(secret.span());
        const EnvelopeContext context = envelope_context(index, rule->id, rule->stage);
        openers->add(rule->id, checked.ways, secret, context);
        envelope = std::make_unique<OpenEnvelope>(rule, std::move(secret), context, out,
                                                  max_chunks - table.size());
        envelope->manifest.envelope = rule->id;
        envelope->manifest.program = plan.program;
        envelope->manifest.version = plan.program_version;
        envelope->manifest.summary = summary_of(plan, tender, rule->id);
        state = State::envelope;
    }

    void begin_document(std::string_view path, std::string_view slot_id, uint64_t size) {
        const size_t number = envelope->manifest.documents.size();
        require(number < max_documents, ErrorCode::limit_exceeded, "too many documents");
        if (!is_safe_path(path)) {
            throw Error(ErrorCode::path_unsafe).at(number);
        }
        if (!envelope->paths.add(path)) {
            throw Error(ErrorCode::path_duplicate).at(number);
        }
        const DocumentSlot* slot = find_slot(*envelope->rule, slot_id);
        if (slot == nullptr || ++envelope->counts[slot->id] > slot->max_count) {
            throw Error(ErrorCode::document_unexpected).at(number).subject(envelope->rule->id);
        }
        if (size > slot->max_bytes) {
            throw Error(ErrorCode::document_too_large).at(number).subject(slot->id);
        }
        document = std::make_unique<OpenDocument>();
        document->slot = slot;
        document->entry.path = path;
        document->entry.slot = slot->id;
        document->entry.size = size;
        const bool deflate =
            envelope->rule->kind != EnvelopeKind::price && format_compressible(path);
        envelope->zip.begin_file(path, size, deflate ? zip::Method::deflated : zip::Method::stored);
        state = State::document;
    }

    void write(ByteView piece) {
        envelope->zip.write(piece);
        document->hash.update(piece);
        document->inspector.feed(piece);
        state = State::document;
    }

    const ManifestDocument& end_document() {
        envelope->zip.end_file();
        const size_t number = envelope->manifest.documents.size();
        const DocumentFinding finding = document->inspector.finish();
        if (envelope->rule->kind == EnvelopeKind::price && (finding.encrypted || finding.active)) {
            throw Error(ErrorCode::document_active).at(number).subject(document->slot->id);
        }
        if (!format_allowed(finding.format, document->slot->formats)) {
            throw Error(ErrorCode::document_format).at(number).subject(document->slot->id);
        }
        document->entry.format = finding.format;
        document->entry.sm3 = document->hash.finish();
        envelope->manifest.documents.push_back(std::move(document->entry));
        document.reset();
        state = State::envelope;
        return envelope->manifest.documents.back();
    }

    void begin_padding() {
        OpenEnvelope& e = *envelope;
        for (const DocumentSlot& slot : e.rule->slots) {
            if (slot.required && e.counts[slot.id] == 0) {
                throw Error(ErrorCode::document_missing).subject(slot.id);
            }
        }
        const Bytes manifest = e.manifest.serialize();
        e.zip.begin_file(
            manifest_name, manifest.size(),
            e.rule->kind == EnvelopeKind::price ? zip::Method::stored : zip::Method::deflated);
        e.zip.write(manifest);
        e.zip.end_file();
        e.zip.finish();
        e.body.begin_padding(padded_length(e.rule->kind, e.zip.length()));
        e.manifest_bytes = manifest;
        state = State::padding;
    }

    bool pad_some() {
        if (!envelope->body.pad_some()) {
            state = State::padding;
            return false;
        }
        add_to_index(envelope->manifest_bytes);
        envelope.reset();
        state = State::between;
        return true;
    }

    bool end_envelope_step() {
        if (state == State::padding) {
            return step(State::padding, [&] { return pad_some(); });
        }
        step(State::envelope, [&] { begin_padding(); });
        return false;
    }

    void add_to_index(const Bytes& manifest) {
        const OpenEnvelope& e = *envelope;
        IndexEnvelope entry;
        entry.id = e.rule->id;
        entry.kind = e.rule->kind;
        entry.stage = e.rule->stage;
        entry.title = e.rule->title;
        entry.length = e.body.length();
        entry.chunks = e.body.leaves().size();
        entry.root = e.body.root();
        entry.manifest = manifest_commitment(e.keys.manifest_salt.view(), manifest);
        entry.commitment =
            key_commitment(e.secret, e.context, entry.root, entry.length, entry.manifest);
        index.envelopes.push_back(entry);
        table.insert(table.end(), e.body.leaves().begin(), e.body.leaves().end());
        layout.body += entry.length;
        request.manifests.push_back({e.rule->id, to_bytes(e.keys.manifest_salt.view()), manifest});
    }

    /// An envelope may be left out only when nothing of it is demanded or given.
    void check_left_out() const {
        for (size_t i = 0; i < tender.envelopes.size(); ++i) {
            const EnvelopeRule& rule = tender.envelopes[i];
            if (written_envelopes[i]) {
                continue;
            }
            for (const DocumentSlot& slot : rule.slots) {
                if (slot.required) {
                    throw Error(ErrorCode::document_missing).subject(slot.id);
                }
            }
            if (!summary_of(plan, tender, rule.id).empty()) {
                throw Error(ErrorCode::document_missing).subject(rule.id);
            }
        }
        require(!index.envelopes.empty(), ErrorCode::document_missing, "no envelope at all");
    }

    const SigningRequest& finish_content() {
        check_left_out();
        for (const crypto::Sm3Digest& leaf : table) {
            out.write(leaf.view());
        }
        request.openers = openers->openers().serialize();
        index.openers = crypto::sm3(request.openers);
        request.index = index.serialize();
        request.fingerprint = fingerprint_of(request.index);
        out.write(request.openers);
        out.write(request.index);
        state = State::content_done;
        return request;
    }

    void finish(ByteView signature, std::vector<crypto::Certificate> chain,
                std::vector<crypto::RevocationList> evidence) {
        const crypto::Certificate& signer = *plan.signer;
        if (!signer.verify(request.index, signature, signer.signature_kind())) {
            state = State::content_done;  // the key holder may try again
            throw Error(ErrorCode::signature_invalid);
        }
        add_missing(chain, checked.chain, &signer);
        add_missing(evidence, checked.evidence, static_cast<crypto::RevocationList*>(nullptr));
        const Bytes signed_data =
            crypto::build_signed_data({signer, chain, evidence, to_bytes(signature), std::nullopt});
        require(signed_data.size() <= max_signature_bytes, ErrorCode::limit_exceeded,
                "too many certificates or revocation lists");
        out.write(signed_data);
        Bytes footer;
        append_u64(footer, layout.body);
        append_u64(footer, table.size() * leaf_size);
        append_u64(footer, request.openers.size());
        append_u64(footer, request.index.size());
        append_u64(footer, signed_data.size());
        append_u64(footer, out.count() + footer_size);
        footer.resize(60);
        append(footer, as_bytes("SBID"));
        out.write(footer);
        state = State::finished;
    }

    /// Adds the items of `more` that `to` does not hold; never the signer itself.
    template <class Item>
    static void add_missing(std::vector<Item>& to, const std::vector<Item>& more,
                            const Item* except) {
        for (const Item& item : more) {
            bool known = except != nullptr && equal(except->der(), item.der());
            for (const Item& other : to) {
                known = known || equal(other.der(), item.der());
            }
            if (!known) {
                to.push_back(item);
            }
        }
    }
};

BidWriter::BidWriter(BidPlan plan, const TenderFile& tender, Random& random, const Clock& clock,
                     Sink& sink)
    : m_impl(std::make_unique<Impl>(std::move(plan), tender, random, clock, sink)) {}
BidWriter::~BidWriter() = default;

void BidWriter::begin_envelope(std::string_view id) {
    m_impl->step(Impl::State::between, [&] { m_impl->begin_envelope(id); });
}

void BidWriter::begin_document(std::string_view path, std::string_view slot, uint64_t size) {
    m_impl->step(Impl::State::envelope, [&] { m_impl->begin_document(path, slot, size); });
}

void BidWriter::write(ByteView piece) {
    m_impl->step(Impl::State::document, [&] { m_impl->write(piece); });
}

const ManifestDocument& BidWriter::end_document() {
    m_impl->step(Impl::State::document, [&] { m_impl->end_document(); });
    return m_impl->envelope->manifest.documents.back();
}

void BidWriter::end_envelope() {
    while (!m_impl->end_envelope_step()) {
    }
}

bool BidWriter::end_envelope_step() {
    return m_impl->end_envelope_step();
}

const SigningRequest& BidWriter::finish_content() {
    m_impl->step(Impl::State::between, [&] { m_impl->finish_content(); });
    return m_impl->request;
}

void BidWriter::finish(ByteView signature, const std::vector<crypto::Certificate>& chain,
                       const std::vector<crypto::RevocationList>& evidence) {
    m_impl->step(Impl::State::content_done, [&] { m_impl->finish(signature, chain, evidence); });
}

uint64_t BidWriter::written() const {
    return m_impl->out.count();
}

}  // namespace bidseal::bid
