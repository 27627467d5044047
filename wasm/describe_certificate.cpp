#include "describe_certificate.h"

#include "values.h"

namespace bidseal::wasm {

using emscripten::val;

namespace {

const char* key_kind_name(crypto::KeyKind kind) {
    switch (kind) {
        case crypto::KeyKind::sm2:
            return "sm2";
        case crypto::KeyKind::p256:
            return "p256";
        case crypto::KeyKind::rsa:
            return "rsa";
    }
    return "";
}

}  // namespace

val describe(const crypto::Certificate& certificate) {
    const bool encrypts = certificate.allows(crypto::KeyUsage::key_encipherment) ||
                          certificate.allows(crypto::KeyUsage::data_encipherment) ||
                          certificate.allows(crypto::KeyUsage::key_agreement);
    const bool signs = certificate.allows(crypto::KeyUsage::digital_signature) ||
                       certificate.allows(crypto::KeyUsage::non_repudiation);
    val result = val::object();
    result.set("der", bytes(certificate.der()));
    result.set("sm3", hex(certificate.digest().view()));
    result.set("holder", text(certificate.holder_name()));
    result.set("creditCode", text(certificate.credit_code()));
    result.set("subject", text(certificate.subject_text()));
    result.set("issuer", text(certificate.issuer_text()));
    result.set("serial", hex(certificate.serial()));
    result.set("notBefore", time(certificate.not_before()));
    result.set("notAfter", time(certificate.not_after()));
    result.set("keyKind", text(key_kind_name(certificate.key_kind())));
    result.set("canSign", signs);
    result.set("canEncrypt", encrypts);
    return result;
}

}  // namespace bidseal::wasm
