// Electronic seals and seal signatures from anywhere.
#include "bidseal/base/error.h"
#include "bidseal/seal/verify.h"

using namespace bidseal;
using namespace bidseal::seal;

namespace {

void judge(const ElectronicSeal& read) {
    SealTrust trust;
    trust.issuers.roots = {read.issuer()};
    const Timestamp at = read.info().valid_from;
    verify_seal(read, trust, at, at);
    // Where every field is within our limits, the same content is written again as it was.
    SealInfo info = read.info();
    if (info.version != 4)
        return;
    try {
        const Bytes content = seal_content(info);
        if (!read.signature_fits())
            return;
        info.vendor += "x";
        if (seal_content(info) == content)
            __builtin_trap();
    } catch (const Error&) {
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    const ByteView input(data, size);
    try {
        judge(ElectronicSeal::parse(input));
    } catch (const Error&) {
    }
    try {
        const SealSignature signature = SealSignature::parse(input);
        judge(signature.seal());
        // A signature is never valid for a document and for another one.
        SealTrust trust;
        trust.signers.roots = {signature.signer()};
        trust.issuers.roots = {signature.seal().issuer()};
        const Timestamp now = signature.signed_at().value_or(Timestamp{});
        const crypto::Sm3Digest one = crypto::sm3(as_bytes("1")), two = crypto::sm3(as_bytes("2"));
        if (verify_seal_signature(signature, one, trust, now).valid() &&
            verify_seal_signature(signature, two, trust, now).valid())
            __builtin_trap();
    } catch (const Error&) {
    }
    return 0;
}
