#include "bridge/ukey/token.h"

#include "bidseal/crypto/certificate.h"

namespace bidseal::ukey {

Bytes TokenSession::sign(ByteView message) {
    const Bytes& der = info().signing_certificate;
    require(!der.empty(), ErrorCode::key_not_found, "the container holds no signing certificate");
    const auto certificate = crypto::Certificate::parse(der);
    return sign_digest(certificate.sm2_key().message_digest(message));
}

}  // namespace bidseal::ukey
