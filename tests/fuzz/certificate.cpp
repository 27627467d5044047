// Certificates, certificate files and revocation lists from anywhere.
#include "bidseal/crypto/certificate.h"

#include "bidseal/base/error.h"

using namespace bidseal;
using namespace bidseal::crypto;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    const ByteView input(data, size);
    try {
        for (const Certificate& c : Certificate::parse_file(input)) {
            // What was read must be readable again, and every view into it usable.
            if (!(Certificate::parse(c.der()) == c))
                __builtin_trap();
            c.subject_text();
            c.issuer_text();
            c.credit_code();
            c.holder_name();
            TrustStore trust;
            trust.roots.push_back(c);
            try {
                validate_chain(c, {c}, trust, c.not_before(), KeyUsage::digital_signature,
                               RevocationPolicy::use_if_present);
            } catch (const Error&) {
            }
        }
    } catch (const Error&) {
    }
    try {
        const RevocationList list = RevocationList::parse(input);
        list.revoked_at(list.issuer_der().first(4));
    } catch (const Error&) {
    }
    return 0;
}
