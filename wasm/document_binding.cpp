// What a document is by its bytes, and digests of whole files, for the page.
#include <memory>
#include <optional>

#include <emscripten/bind.h>

#include "bidseal/base/text.h"
#include "bidseal/bid/document_check.h"
#include "bidseal/bid/tender_file.h"
#include "bidseal/crypto/sm3.h"

#include "guard.h"
#include "io.h"
#include "values.h"

namespace bidseal::wasm {

namespace {

/// Looks at one document as sealing will.
class DocumentSession {
public:
    /// Throws Error: envelope_unknown, document_unexpected, path_unsafe, document_too_large.
    void begin(std::string tender_file, std::string envelope, std::string slot, std::string path,
               double size) {
        const bid::TenderFile tender = bid::TenderFile::parse(view_of(tender_file));
        const bid::EnvelopeRule* rule = tender.tender().find_envelope(envelope);
        require(rule != nullptr, ErrorCode::envelope_unknown);
        const bid::DocumentSlot* found = bid::find_slot(*rule, slot);
        if (found == nullptr)
            throw Error(ErrorCode::document_unexpected).subject(slot);
        require(is_safe_path(path), ErrorCode::path_unsafe);
        if (size_from(size) > found->max_bytes) {
            throw Error(ErrorCode::document_too_large).subject(slot);
        }
        m_slot = *found;
        m_is_price = rule->kind == bid::EnvelopeKind::price;
    }

    void write(double length) { m_inspector.feed(buffer(length)); }

    emscripten::val finish() {
        const bid::DocumentFinding finding = m_inspector.finish();
        emscripten::val result = emscripten::val::object();
        result.set("format", text(finding.format));
        result.set("encrypted", finding.encrypted);
        result.set("active", finding.active);
        if (!bid::format_allowed(finding.format, m_slot.formats)) {
            result.set("problem", text(error_name(ErrorCode::document_format)));
        } else if (m_is_price && (finding.encrypted || finding.active)) {
            result.set("problem", text(error_name(ErrorCode::document_active)));
        }
        return result;
    }

private:
    bid::DocumentInspector m_inspector;
    bid::DocumentSlot m_slot;
    bool m_is_price = false;
};

/// SM3 of a whole file.
class DigestSession {
public:
    void write(double length) { m_sm3.update(buffer(length)); }
    emscripten::val finish() { return text(to_hex(m_sm3.finish().view())); }

private:
    crypto::Sm3 m_sm3;
};

}  // namespace

EMSCRIPTEN_BINDINGS(bidseal_document) {
    emscripten::class_<DocumentSession>("DocumentSession")
        .constructor<>()
        .function("begin", guarded<&DocumentSession::begin>)
        .function("write", guarded<&DocumentSession::write>)
        .function("finish", guarded<&DocumentSession::finish>);
    emscripten::class_<DigestSession>("DigestSession")
        .constructor<>()
        .function("write", guarded<&DigestSession::write>)
        .function("finish", guarded<&DigestSession::finish>);
}

}  // namespace bidseal::wasm
