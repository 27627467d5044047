#include "exact_signed_data.h"

#include "bidseal/base/error.h"

namespace bidseal::bid {

void check_exact_form(const crypto::ParsedSignedData& parsed, ByteView der) {
    const Bytes again = crypto::build_signed_data(
        {parsed.signer, parsed.certificates, parsed.crls, parsed.signature, parsed.content});
    require(equal(again, der), ErrorCode::signature_format, "not the form of this project");
}

}  // namespace bidseal::bid
