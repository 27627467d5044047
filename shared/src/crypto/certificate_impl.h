// What stands behind Certificate and RevocationList: the bytes and views into them.
#pragma once

#include <optional>

#include "bidseal/crypto/certificate.h"

#include "names.h"
#include "public_key.h"

namespace bidseal::crypto {

/// The outer shape that certificates and revocation lists share: SEQUENCE{to be signed, algorithm,
/// signature}.
struct SignedObject {
    ByteView to_be_signed;
    std::string algorithm;
    ByteView signature;

    static SignedObject read(ByteView der, ErrorCode code);
    bool verified_by(const PublicKey& key) const {
        return key.verify(to_be_signed, signature, algorithm);
    }
};

/// Object identifier of an AlgorithmIdentifier whose parameters are absent or NULL.
std::string read_plain_algorithm(ByteView algorithm_identifier, ErrorCode code);

struct Extension {
    std::string type;
    bool critical = false;
    ByteView content;
};
/// Extensions (RFC 5280 section 4.2), none twice. `sequence` is the SEQUENCE OF itself.
std::vector<Extension> read_extensions(ByteView sequence, ErrorCode code);

/// Addresses of the fullName choices in a DistributionPointName.
std::vector<std::string> read_distribution_point_name(ByteView content, ErrorCode code);

struct Certificate::Impl {
    Bytes der;  // the views below point into it
    SignedObject signed_object;
    ByteView serial, issuer, subject, spki;
    std::vector<NameAttribute> issuer_name, subject_name;
    PublicKey key;
    Timestamp not_before, not_after;
    int version = 1;

    bool has_basic_constraints = false;
    bool is_ca = false;
    std::optional<uint32_t> path_length;
    std::optional<uint32_t> key_usage;
    std::optional<std::vector<std::string>> extended_key_usage;
    std::vector<std::string> crl_urls;
    Bytes subject_key_identifier;
    std::string credit_code_extension, organization_code_extension;
    bool has_unknown_critical = false;
    bool has_name_constraints = false;
};

struct RevocationList::Impl {
    struct Entry {
        ByteView serial;
        Timestamp when;
    };
    Bytes der;
    SignedObject signed_object;
    ByteView issuer;
    Timestamp this_update;
    std::optional<Timestamp> next_update;
    std::vector<Entry> entries;  // sorted by serial

    // Issuing distribution point: which certificates the list speaks of.
    std::vector<std::string> distribution_points;
    bool only_user_certificates = false, only_ca_certificates = false;

    /// Whether a certificate that is not on the list may be taken as not revoked.
    bool covers(const Certificate& certificate) const;
};

}  // namespace bidseal::crypto
