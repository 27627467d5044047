// X.509 certificates and revocation lists with SM2, ECDSA P-256 or RSA keys; path validation.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "bidseal/base/bytes.h"
#include "bidseal/base/time.h"
#include "bidseal/crypto/sm2.h"

namespace bidseal::crypto {

enum class KeyKind { sm2, p256, rsa };

/// What a signature was made with. `sm2_sm3` is 1.2.156.10197.1.501 with the default identity.
enum class SignatureKind { sm2_sm3, ecdsa_sha256, rsa_pkcs1_sha256 };

using CertificateDigest =
    FixedBytes<32, struct CertificateDigestTag>;  // SM3 of the certificate's DER

/// Key usage bits (RFC 5280 section 4.2.1.3).
enum class KeyUsage : uint16_t {
    digital_signature = 1 << 0,
    non_repudiation = 1 << 1,
    key_encipherment = 1 << 2,
    data_encipherment = 1 << 3,
    key_agreement = 1 << 4,
    key_cert_sign = 1 << 5,
    crl_sign = 1 << 6,
};

/// A parsed certificate; cheap to copy, immutable.
class Certificate {
public:
    /// Strict DER, at most 64 KiB. Throws Error(certificate_invalid).
    static Certificate parse(ByteView der);
    /// One or more, from DER or PEM.
    static std::vector<Certificate> parse_file(ByteView der_or_pem);

    ByteView der() const;
    CertificateDigest digest() const;
    KeyKind key_kind() const;
    /// SubjectPublicKeyInfo DER as it stands in the certificate.
    ByteView spki() const;
    /// The SM2 key. Throws Error(key_invalid) when key_kind() is another.
    Sm2PublicKey sm2_key() const;

    /// DER of the names and the serial's content octets: what issuerAndSerialNumber holds.
    ByteView subject_der() const;
    ByteView issuer_der() const;
    ByteView serial() const;

    std::string common_name() const;
    std::string organization() const;
    /// The holder as the bid names it: organization if present, else common name.
    std::string holder_name() const;
    /// Unified social credit code or its like: extension 1.2.156.10260.4.4, 1.2.156.10260.4.1.4,
    /// then subject attributes organizationIdentifier (2.5.4.97), serialNumber (2.5.4.5). Empty
    /// when there is none.
    std::string credit_code() const;
    /// RFC 4514 text of the subject / issuer for people.
    std::string subject_text() const;
    std::string issuer_text() const;

    Timestamp not_before() const;
    Timestamp not_after() const;
    bool is_ca() const;
    /// Whether the extension allows it; true when the certificate has no key usage extension.
    bool allows(KeyUsage usage) const;
    bool has_key_usage() const;
    std::vector<std::string> crl_urls() const;
    bool self_issued() const;

    /// Whether this certificate's key made `signature` over `message`.
    bool verify(ByteView message, ByteView signature, SignatureKind kind) const;
    /// The kind of signature that this key makes.
    SignatureKind signature_kind() const;
    /// Whether `issuer` signed this certificate (names and signature, not validity).
    bool issued_by(const Certificate& issuer) const;

    friend bool operator==(const Certificate& a, const Certificate& b) {
        return equal(a.der(), b.der());
    }

    struct Impl;
    const Impl& impl() const { return *m_impl; }

private:
    std::shared_ptr<const Impl> m_impl;
};

/// A certificate revocation list (RFC 5280 section 5).
class RevocationList {
public:
    /// DER or PEM, at most 16 MiB. Throws Error(crl_invalid).
    static RevocationList parse(ByteView der_or_pem);
    ByteView der() const;
    ByteView issuer_der() const;
    Timestamp this_update() const;
    std::optional<Timestamp> next_update() const;
    /// When the serial (content octets) was revoked.
    std::optional<Timestamp> revoked_at(ByteView serial) const;
    bool issued_by(const Certificate& issuer) const;

    struct Impl;
    const Impl& impl() const { return *m_impl; }

private:
    std::shared_ptr<const Impl> m_impl;
};

struct TrustStore {
    std::vector<Certificate> roots;
    std::vector<Certificate> intermediates;
    std::vector<RevocationList> crls;
};

enum class RevocationPolicy {
    require_evidence,  ///< no current list of the issuer: Error(revocation_unknown)
    use_if_present,    ///< check against the lists at hand; their absence is reported, not refused
};

struct ChainResult {
    std::vector<Certificate> path;  ///< leaf first, root last
    bool revocation_checked = false;
    /// The lists that were consulted: the evidence that travels with a signature.
    std::vector<RevocationList> evidence;
};

/// The usage to ask validate_chain() for: of those that will do for a signature (digitalSignature,
/// nonRepudiation) or for a wrap (keyEncipherment, dataEncipherment, keyAgreement) one that the
/// certificate has.
KeyUsage signing_usage(const Certificate& certificate);
KeyUsage encryption_usage(const Certificate& certificate);

/// Builds and checks a path from `leaf` to a root of `trust` as of `at` (RFC 5280 section 6: names,
/// signatures, validity, basic constraints and path length, key usage, unknown critical extensions,
/// revocation). `extra` are certificates that came along and help to build the path; they are not
/// trusted. Revocation is judged as of `at`, or as of `revocation_at` when that is given: for a
/// signature whose time is only its maker's word, a revocation that is known now counts. Throws
/// Error: certificate_untrusted, certificate_not_yet_valid, certificate_expired,
/// certificate_revoked, certificate_usage, revocation_unknown.
ChainResult validate_chain(const Certificate& leaf, const std::vector<Certificate>& extra,
                           const TrustStore& trust, Timestamp at, KeyUsage usage,
                           RevocationPolicy policy,
                           std::optional<Timestamp> revocation_at = std::nullopt);

}  // namespace bidseal::crypto
