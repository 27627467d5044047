// SignedData and EnvelopedData from anywhere.
#include "bidseal/crypto/cms.h"

#include "bidseal/base/error.h"

using namespace bidseal;
using namespace bidseal::crypto;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    const ByteView input(data, size);
    try {
        const ParsedSignedData signed_data = parse_signed_data(input);
        verify_signed_data(signed_data, as_bytes("content"));
        // What we read we can write, and read again as the same.
        SignedDataParts parts;
        parts.signer = signed_data.signer;
        parts.chain = signed_data.certificates;
        parts.evidence = signed_data.crls;
        parts.signature = signed_data.signature;
        parts.content = signed_data.content;
        const ParsedSignedData again = parse_signed_data(build_signed_data(parts));
        if (again.signature != signed_data.signature || again.content != signed_data.content ||
            !(again.signer == signed_data.signer))
            __builtin_trap();
    } catch (const Error&) {
    }
    try {
        const ParsedEnvelopedData enveloped = parse_enveloped_data(input);
        open_enveloped_content(enveloped, Bytes(16));
    } catch (const Error&) {
    }
    return 0;
}
