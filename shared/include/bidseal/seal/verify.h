// Judging seals and sealed digests: not one answer, but every reason against them.
#pragma once

#include "bidseal/base/error.h"
#include "bidseal/seal/seal_signature.h"

namespace bidseal::seal {

/// What a finding is about.
enum class SealPart {
    seal,       ///< the seal's own data
    issuer,     ///< who made the seal
    signature,  ///< the act of sealing
    signer,     ///< who sealed
    document,   ///< what was sealed
};
const char* seal_part_name(SealPart part);

struct SealFinding {
    ErrorCode code;
    SealPart part;
    friend bool operator==(const SealFinding& a, const SealFinding& b) {
        return a.code == b.code && a.part == b.part;
    }
};

/// Whom to trust. Seals and their users' certificates often come from different authorities.
struct SealTrust {
    crypto::TrustStore issuers;
    crypto::TrustStore signers;
    crypto::RevocationPolicy revocation = crypto::RevocationPolicy::use_if_present;
};

struct SealVerdict {
    /// Everything that is wrong, in the order of the checks; empty when the seal stands.
    std::vector<SealFinding> findings;
    /// Whether current lists said of all certificates that they are not revoked.
    bool revocation_checked = false;

    bool valid() const { return findings.empty(); }
    bool has(ErrorCode code) const;
};

/// Judges a seal for use at `at` (GB/T 38540-2020 section 6.3): form, picture, issuer's signature
/// and certificate, period of validity, extensions that must be understood. The issuer's
/// certificate has to be valid when the seal was made; a revocation counts whenever it is known at
/// `now`.
SealVerdict verify_seal(const ElectronicSeal& seal, const SealTrust& trust, Timestamp at,
                        Timestamp now);

/// Judges a sealed digest (GB/T 38540-2020 section 7.3): that `document` is what was sealed, the
/// signer's signature and certificate, that the seal names this signer, and the seal itself as of
/// the time of sealing. That time is the signer's own statement: it must not lie in the future of
/// `now` (a quarter of an hour is forgiven), and because it proves nothing, a certificate that is
/// revoked at `now` is revoked for all its seals.
SealVerdict verify_seal_signature(const SealSignature& signature, const crypto::Sm3Digest& document,
                                  const SealTrust& trust, Timestamp now);

/// The same without the document: only what the signature says of itself.
SealVerdict verify_seal_signature(const SealSignature& signature, const SealTrust& trust,
                                  Timestamp now);

}  // namespace bidseal::seal
