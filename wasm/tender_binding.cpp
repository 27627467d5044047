// Tender files and checks against them, for the page.
#include <emscripten/bind.h>

#include "bidseal/bid/tender_file.h"

#include "certificates.h"
#include "describe.h"
#include "guard.h"
#include "io.h"
#include "values.h"

namespace bidseal::wasm {

namespace {

/// Reads a tender file under the roots that the user trusts.
class TenderSession {
public:
    void add_root(std::string der_or_pem) { add_certificates(m_trust.roots, der_or_pem); }
    void add_intermediate(std::string der_or_pem) {
        add_certificates(m_trust.intermediates, der_or_pem);
    }
    void add_crl(std::string der_or_pem) { wasm::add_crl(m_trust.crls, der_or_pem); }

    emscripten::val open(std::string file) {
        const bid::TenderFile tender = bid::TenderFile::parse(view_of(file));
        tender.verify_trust(m_trust, PageClock().now());
        emscripten::val result = emscripten::val::object();
        result.set("info", describe(tender.tender()));
        result.set("digest", text(to_hex(tender.digest().view())));
        return result;
    }

private:
    crypto::TrustStore m_trust;
};

void check_summary_value(std::string tender_file, std::string id, std::string value) {
    const bid::TenderFile tender = bid::TenderFile::parse(view_of(tender_file));
    const bid::SummaryField* field = tender.tender().find_field(id);
    require(field != nullptr, ErrorCode::usage, "the tender has no such field");
    bid::check_summary_value(*field, value);
}

}  // namespace

EMSCRIPTEN_BINDINGS(bidseal_tender) {
    emscripten::class_<TenderSession>("TenderSession")
        .constructor<>()
        .function("addRoot", guarded<&TenderSession::add_root>)
        .function("addIntermediate", guarded<&TenderSession::add_intermediate>)
        .function("addCrl", guarded<&TenderSession::add_crl>)
        .function("open", guarded<&TenderSession::open>);
    emscripten::function("checkSummaryValue", guarded<&check_summary_value>);
}

}  // namespace bidseal::wasm
