// What a platform asks a phone for: canonical JSON, signed by the platform.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "bidseal/crypto/certificate.h"
#include "bidseal/session/types.h"

namespace bidseal::session {

inline constexpr size_t max_request_bytes = 8 << 20;
inline constexpr size_t max_request_items = 500;
inline constexpr size_t max_to_be_signed = 256 * 1024;

struct RequestItem {
    std::string name;          ///< for the person
    uint64_t size = 0;         ///< of the document
    crypto::Sm3Digest digest;  ///< of the document
    Bytes to_be_signed;        ///< what is hashed with Z and signed; empty where nothing is
};

/// A line that the phone shows as it is.
struct ShownLine {
    std::string label, value;
};

struct Request {
    Sid sid;
    uint32_t seq = 1;      ///< rises with each request of a session
    std::string platform;  ///< id, as in tender files
    std::string origin;    ///< of the page: https://host[:port]
    Operation operation = Operation::login;
    std::string project;  ///< id, or empty
    std::string company;  ///< credit code that the certificate must have, or empty
    std::vector<RequestItem> items;
    std::vector<ShownLine> show;
    bool attestation_required = false;  ///< the platform takes no phone without a bridge's word
    Timestamp expires;
    PageDigest page;  ///< SM3 of E

    /// Canonical JSON that begins with {"type":"SBID1-request",. Throws Error(session_request).
    Bytes serialize() const;
    /// Throws Error: session_request, json_invalid, json_not_canonical, limit_exceeded.
    static Request parse(ByteView json);
};

/// Checks that every item may be signed under this operation: a bid's index only by sign_bid,
/// openers only by sign_openers, a withdrawal only by withdraw, a grant only by open_session; and
/// that nothing that begins like one of these passes as a document. Throws Error(session_request).
void check_items(const Request& request);

RequestDigest request_digest(ByteView json);

/// What the page sends over the channel.
struct SignedRequest {
    Bytes request;             ///< the JSON
    Bytes signature;           ///< of the certificate's kind over it
    Bytes certificate;         ///< the platform's, DER
    std::vector<Bytes> chain;  ///< intermediates, DER

    Bytes encode() const;
    /// Throws Error(session_message).
    static SignedRequest decode(ByteView bytes);
};

/// What the phone knows from elsewhere: from the code, the hub and earlier requests.
struct RequestExpectation {
    Sid sid;
    OneTimeKey page;
    RequestDigest digest;  ///< h_op, from the hub
    uint32_t min_seq = 1;
    std::optional<std::string> attested_origin;  ///< from a bridge, when one vouches
    Timestamp now;
};

/// Checks certificate path (digitalSignature, by `trust`), signature and everything that is
/// expected; gives what the phone shows. Throws Error: session_request, session_expired,
/// signature_invalid and those of crypto::validate_chain().
Request check_signed_request(const SignedRequest& signed_request,
                             const RequestExpectation& expected, const crypto::TrustStore& trust,
                             crypto::RevocationPolicy policy);

}  // namespace bidseal::session
