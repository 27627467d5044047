// Judging seals and sealed PDFs, for the page.
#include <emscripten/bind.h>

#include "bidseal/seal/pdf_verify.h"

#include "../certificates.h"
#include "../guard.h"
#include "../io.h"
#include "../values.h"
#include "describe_seal.h"
#include "page_file.h"

namespace bidseal::wasm {

namespace {

/// Whom to trust first, then one or more judgements.
class SealJudge {
public:
    void add_root(std::string der_or_pem) { add_certificates(m_trust.signers.roots, der_or_pem); }
    void add_issuer_root(std::string der_or_pem) {
        add_certificates(m_trust.issuers.roots, der_or_pem);
    }
    void add_intermediate(std::string der_or_pem) {
        add_certificates(m_trust.signers.intermediates, der_or_pem);
        add_certificates(m_trust.issuers.intermediates, der_or_pem);
    }
    void add_crl(std::string der_or_pem) {
        wasm::add_crl(m_trust.signers.crls, der_or_pem);
        wasm::add_crl(m_trust.issuers.crls, der_or_pem);
    }
    void require_crl() { m_trust.revocation = crypto::RevocationPolicy::require_evidence; }

    /// One report for each signature of the PDF of this size, which `readRange` reads.
    emscripten::val judge_pdf(double size) const {
        const PageFile file(size_from(size));
        return array_of(seal::verify_pdf(file, m_trust, PageClock().now()),
                        [](const seal::PdfSealReport& report) { return describe(report); });
    }

    /// {seal, valid, findings, revocationChecked} of a seal by itself.
    emscripten::val judge_seal(std::string der) const {
        const auto seal = seal::ElectronicSeal::parse(view_of(der));
        const Timestamp now = PageClock().now();
        const seal::SealVerdict verdict = seal::verify_seal(seal, m_trust, now, now);
        emscripten::val result = emscripten::val::object();
        result.set("seal", describe(seal));
        result.set("valid", verdict.valid());
        result.set("findings", describe(verdict.findings));
        result.set("revocationChecked", verdict.revocation_checked);
        return result;
    }

private:
    seal::SealTrust m_trust;
};

emscripten::val read_seal(std::string der) {
    return describe(seal::ElectronicSeal::parse(view_of(der)));
}

}  // namespace

EMSCRIPTEN_BINDINGS(bidseal_seal_judge) {
    emscripten::class_<SealJudge>("SealJudge")
        .constructor<>()
        .function("addRoot", guarded<&SealJudge::add_root>)
        .function("addIssuerRoot", guarded<&SealJudge::add_issuer_root>)
        .function("addIntermediate", guarded<&SealJudge::add_intermediate>)
        .function("addCrl", guarded<&SealJudge::add_crl>)
        .function("requireCrl", guarded<&SealJudge::require_crl>)
        .function("judgePdf", guarded<&SealJudge::judge_pdf>)
        .function("judgeSeal", guarded<&SealJudge::judge_seal>);
    emscripten::function("readSeal", guarded<&read_seal>);
}

}  // namespace bidseal::wasm
