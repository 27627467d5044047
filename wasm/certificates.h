// Certificates and revocation lists that the page hands over one by one.
#pragma once

#include <string>
#include <vector>

#include "bidseal/crypto/certificate.h"

namespace bidseal::wasm {

/// Exactly one certificate, DER or PEM. Throws Error(certificate_invalid).
crypto::Certificate one_certificate(const std::string& der_or_pem);

/// Adds the certificates of a file to the list.
void add_certificates(std::vector<crypto::Certificate>& to, const std::string& der_or_pem);
void add_crl(std::vector<crypto::RevocationList>& to, const std::string& der_or_pem);

}  // namespace bidseal::wasm
