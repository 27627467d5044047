// The certificates of the second way in, wss://localhost: a CA that exists for one moment, and the
// one certificate that it signs.
#pragma once

#include <string>

#include "bidseal/base/bytes.h"
#include "bidseal/base/host.h"
#include "bidseal/base/secret.h"
#include "bidseal/base/time.h"

namespace bidseal::bridge {

/// How long both certificates are good. Some browsers take no more than 825 days.
inline constexpr int local_certificate_days = 820;

struct LocalCertificates {
    Bytes authority;         ///< DER: the CA's certificate, for the browsers
    Bytes server;            ///< DER: the bridge's, for localhost, 127.0.0.1 and ::1
    SecretBytes server_key;  ///< DER: its key, PKCS #8 (RFC 5958)
};

/// Makes a CA (RFC 5280: P-256, path length 0, for TLS servers alone, names constrained to
/// localhost, 127.0.0.1 and ::1) and the bridge's certificate under it. The CA's key is wiped
/// before this returns: nothing else can ever be signed by it, here or anywhere. Valid from a day
/// before `now`, for computers whose clock is set back.
LocalCertificates make_local_certificates(Random& random, Timestamp now);

/// PEM (RFC 7468) of DER under a label such as CERTIFICATE.
std::string to_pem(ByteView der, const char* label);

}  // namespace bidseal::bridge
