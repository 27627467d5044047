// Requests to the co-sign service, sealed to it: whoever carries or logs them (a relay, a proxy
// that ends TLS) learns nothing to test PINs with. docs/spec/mobile-ca.md section 4.
#pragma once

#include <string_view>

#include "bidseal/base/host.h"
#include "bidseal/base/secret.h"
#include "bidseal/crypto/sm2.h"

namespace bidseal::cosign {

/// The phone's side of one request and its answer.
class SealedCall {
public:
    /// `context` is public and must be the same on both sides: the route and the account.
    SealedCall(const crypto::Sm2PublicKey& service, ByteView request, std::string_view context,
               Random& random);
    const Bytes& request() const { return m_request; }
    /// Throws Error(decrypt_failed).
    SecretBytes open_answer(ByteView sealed) const;

private:
    Bytes m_request;
    SecretBytes m_answer_key;
    crypto::Sm3Digest m_binding;
};

/// The service's side.
class OpenedCall {
public:
    /// Throws Error(decrypt_failed), the same for every cause.
    OpenedCall(const crypto::Sm2PrivateKey& service, ByteView sealed, std::string_view context);
    const SecretBytes& request() const { return m_request; }
    /// Under a fresh nonce: a repeated request may be answered again.
    Bytes seal_answer(ByteView answer, Random& random) const;

private:
    SecretBytes m_request;
    SecretBytes m_answer_key;
    crypto::Sm3Digest m_binding;
};

}  // namespace bidseal::cosign
