// What a platform tells the hub: JSON, signed with the platform's certificate.
// docs/spec/cloud-service.md section 3.
#pragma once

#include <vector>

#include "bidseal/crypto/certificate.h"
#include "bidseal/session/hub.h"

namespace bidseal::cloud {

inline constexpr size_t max_platform_message = 32 * 1024;

/// `{"content":base64,"signature":base64,"certificate":base64}`; the signature is over
/// "SBID1 platform" | field(purpose) | content.
struct PlatformMessage {
    Bytes content;
    Bytes signature;
    crypto::Certificate certificate;

    std::string write() const;
    /// Throws Error: json_invalid, limit_exceeded, certificate_invalid.
    static PlatformMessage parse(ByteView json);
    /// Throws Error: certificate_untrusted (not one of `platforms`, or not of `trust`),
    /// certificate_expired and the like, signature_invalid.
    void check(std::string_view purpose, const std::vector<crypto::CertificateDigest>& platforms,
               const crypto::TrustStore& trust, Timestamp now) const;
};
Bytes platform_bytes(std::string_view purpose, ByteView content);

inline constexpr std::string_view open_purpose = "hub/sessions";
inline constexpr std::string_view next_purpose = "hub/requests";

/// A session's draft as content. parse throws Error(json_invalid).
std::string write_draft(const session::Draft& draft);
session::Draft parse_draft(ByteView json);

/// A further request of a sealing session.
struct NextRequest {
    session::Sid sid;
    session::RequestDigest request;
    session::Operation operation = session::Operation::seal_documents;
    Timestamp expires;
};
std::string write_next_request(const NextRequest& next);
NextRequest parse_next_request(ByteView json);

}  // namespace bidseal::cloud
