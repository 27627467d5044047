// Certificate requests (PKCS #10, RFC 2986) over SM2 keys, signed elsewhere: by a token.
#pragma once

#include <string>

#include "bidseal/base/bytes.h"

namespace bidseal::crypto {

/// DER of a Name: C=CN, then O and CN where they are not empty (UTF8String).
Bytes name_der(const std::string& organization, const std::string& common_name);

/// The part that is signed: CertificationRequestInfo (section 4.1), version 0, no attributes.
/// `subject` is DER of a Name, `spki` a SubjectPublicKeyInfo.
Bytes certificate_request_info(ByteView subject, ByteView spki);

/// The request: `info` with its signature (DER SEQUENCE{r, s}) of SM2 with SM3,
/// 1.2.156.10197.1.501.
Bytes certificate_request(ByteView info, ByteView signature);

}  // namespace bidseal::crypto
