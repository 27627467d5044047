// Sealing PDFs, for the page.
#include <memory>
#include <optional>

#include <emscripten/bind.h>

#include "bidseal/base/error.h"
#include "bidseal/seal/pdf_seal.h"

#include "../certificates.h"
#include "../guard.h"
#include "../io.h"
#include "../values.h"
#include "page_file.h"

namespace bidseal::wasm {

namespace {

/// One act of sealing: the file, the plan, what is to be signed, the section that is appended.
class SealingSession {
public:
    /// The PDF of this size, which `readRange` reads.
    void begin(double size) {
        m_bytes = std::make_unique<PageFile>(size_from(size));
        m_file = std::make_unique<seal::PdfFile>(*m_bytes);
    }
    double page_count() const { return static_cast<double>(file().pages().size()); }
    /// {widthMm, heightMm} of a page as it is shown; counts from 0.
    emscripten::val page(double index) const {
        const seal::PdfPage found = file().page(static_cast<size_t>(size_from(index)));
        emscripten::val result = emscripten::val::object();
        result.set("widthMm", found.width_mm());
        result.set("heightMm", found.height_mm());
        return result;
    }

    void set_signer(std::string der_or_pem) { m_signer = one_certificate(der_or_pem); }
    void set_seal(std::string der) { m_plan.seal = seal::ElectronicSeal::parse(view_of(der)); }
    void set_picture(std::string data, double width_mm, double height_mm) {
        seal::SealPicture picture;
        picture.data = to_bytes(view_of(data));
        picture.type = seal::picture_kind(picture.data);
        require(!picture.type.empty(), ErrorCode::seal_picture);
        m_width = width_mm;
        m_height = height_mm;
        m_plan.picture = std::move(picture);
    }
    void add_chain(std::string der_or_pem) { add_certificates(m_plan.chain, der_or_pem); }
    void add_crl(std::string der_or_pem) { wasm::add_crl(m_plan.evidence, der_or_pem); }
    /// What readers show; empty for nothing.
    void set_words(std::string reason, std::string location) {
        m_plan.reason = reason;
        m_plan.location = location;
    }
    void set_names(std::string filter, std::string sub_filter) {
        m_plan.filter = filter;
        m_plan.sub_filter = sub_filter;
    }

    void add_place(double page, double left_mm, double top_mm) {
        seal::SealPlacement place;
        place.page = static_cast<size_t>(size_from(page));
        place.left_mm = left_mm;
        place.top_mm = top_mm;
        place.width_mm = width();
        place.height_mm = height();
        m_plan.placements.push_back(place);
    }
    void add_cross_page(double first, double count, double middle_mm, double pages_per_seal) {
        for (const seal::SealPlacement& place :
             seal::cross_page_placements(file(), static_cast<size_t>(size_from(first)),
                                         static_cast<size_t>(size_from(count)), width(), height(),
                                         middle_mm, static_cast<size_t>(size_from(pages_per_seal))))
            m_plan.placements.push_back(place);
    }

    /// What the signer's key signs: a few kilobytes.
    emscripten::val to_be_signed() {
        require(m_signer.has_value() && m_sealing == nullptr, ErrorCode::usage);
        m_plan.signer = *m_signer;
        m_plan.time = PageClock().now();
        m_sealing = std::make_unique<seal::PdfSealing>(file(), std::move(m_plan));
        return bytes(m_sealing->to_be_signed());
    }
    /// What is to be appended to the file.
    emscripten::val finish(std::string signature) {
        require(m_sealing != nullptr, ErrorCode::usage);
        return bytes(m_sealing->finish(view_of(signature)));
    }

private:
    const seal::PdfFile& file() const {
        require(m_file != nullptr, ErrorCode::usage, "begin() comes first");
        return *m_file;
    }
    double width() const {
        return m_plan.seal ? static_cast<double>(m_plan.seal->info().picture.width_mm) : m_width;
    }
    double height() const {
        return m_plan.seal ? static_cast<double>(m_plan.seal->info().picture.height_mm) : m_height;
    }

    std::unique_ptr<PageFile> m_bytes;
    std::unique_ptr<seal::PdfFile> m_file;
    std::optional<crypto::Certificate> m_signer;
    seal::PdfSealPlan m_plan;
    double m_width = 0, m_height = 0;
    std::unique_ptr<seal::PdfSealing> m_sealing;
};

}  // namespace

EMSCRIPTEN_BINDINGS(bidseal_seal_sealing) {
    emscripten::class_<SealingSession>("SealingSession")
        .constructor<>()
        .function("begin", guarded<&SealingSession::begin>)
        .function("pageCount", guarded<&SealingSession::page_count>)
        .function("page", guarded<&SealingSession::page>)
        .function("setSigner", guarded<&SealingSession::set_signer>)
        .function("setSeal", guarded<&SealingSession::set_seal>)
        .function("setPicture", guarded<&SealingSession::set_picture>)
        .function("addChain", guarded<&SealingSession::add_chain>)
        .function("addCrl", guarded<&SealingSession::add_crl>)
        .function("setWords", guarded<&SealingSession::set_words>)
        .function("setNames", guarded<&SealingSession::set_names>)
        .function("addPlace", guarded<&SealingSession::add_place>)
        .function("addCrossPage", guarded<&SealingSession::add_cross_page>)
        .function("toBeSigned", guarded<&SealingSession::to_be_signed>)
        .function("finish", guarded<&SealingSession::finish>);
}

}  // namespace bidseal::wasm
