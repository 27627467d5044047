#include "certificates.h"

#include <emscripten/bind.h>

#include "bidseal/base/error.h"

#include "describe_certificate.h"
#include "guard.h"
#include "values.h"

namespace bidseal::wasm {

crypto::Certificate one_certificate(const std::string& der_or_pem) {
    std::vector<crypto::Certificate> found = crypto::Certificate::parse_file(view_of(der_or_pem));
    require(found.size() == 1, ErrorCode::certificate_invalid, "one certificate is expected");
    return std::move(found.front());
}

void add_certificates(std::vector<crypto::Certificate>& to, const std::string& der_or_pem) {
    for (crypto::Certificate& each : crypto::Certificate::parse_file(view_of(der_or_pem))) {
        to.push_back(std::move(each));
    }
}

void add_crl(std::vector<crypto::RevocationList>& to, const std::string& der_or_pem) {
    to.push_back(crypto::RevocationList::parse(view_of(der_or_pem)));
}

namespace {

emscripten::val read_certificates(std::string der_or_pem) {
    std::vector<crypto::Certificate> found;
    add_certificates(found, der_or_pem);
    return array_of(found, [](const crypto::Certificate& each) { return describe(each); });
}

}  // namespace

EMSCRIPTEN_BINDINGS(bidseal_certificates) {
    emscripten::function("readCertificates", guarded<&read_certificates>);
}

}  // namespace bidseal::wasm
