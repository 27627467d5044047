// Shares that one holder lets go to another (.sbrl): signed by the holder, encrypted to the one who
// opens, bound to bid, envelope and slot. docs/spec/bid-format.md section 8.7.
#pragma once

#include <string>
#include <vector>

#include "bidseal/base/host.h"
#include "bidseal/bid/holder.h"
#include "bidseal/bid/openers.h"

namespace bidseal::bid {

inline constexpr size_t max_release_bytes = 262144;  ///< of the content that is signed
inline constexpr size_t max_release_shares = 128;

/// One share of a release, encrypted.
struct ReleaseItem {
    std::string envelope;
    uint32_t version = 0;  ///< of the openers
    size_t way = 0, part = 0, slot = 0;
    Bytes data;  ///< EnvelopedData
};

/// What the signature of a release covers.
struct Release {
    Fingerprint fingerprint;
    Timestamp created;
    Timestamp expires;                    ///< nobody takes it from then on
    crypto::CertificateDigest recipient;  ///< of the certificate that it is encrypted to
    std::vector<ReleaseItem> shares;      ///< no place twice

    /// Canonical JSON. Throws Error(release_invalid).
    Bytes serialize() const;
    /// Throws Error: release_invalid, json_invalid, json_not_canonical, limit_exceeded.
    static Release parse(ByteView json);
};

/// A release whose signature and places were checked.
struct CheckedRelease {
    Release release;
    crypto::Certificate signer;
};

/// Checks that a share may go to this certificate: one of the bid's openers, or a certificate of
/// the bidding company that `trust` accepts at `at`; and one that can decrypt. Throws Error:
/// release_recipient, certificate_usage, certificate_*.
void check_release_recipient(const crypto::Certificate& recipient, const VerifiedIndex& bid,
                             const std::vector<Openers>& openers,
                             const std::vector<crypto::Certificate>& extra,
                             const crypto::TrustStore& trust, Timestamp at);

/// The content octets of a release, to be signed by the holder. Each share must be what its slot
/// wraps. Throws Error: share_invalid, opener_not_found, key_invalid, release_invalid (no share, or
/// an end before the beginning).
Bytes release_content(const VerifiedIndex& bid, const std::vector<Openers>& openers,
                      const std::vector<ReleasedShare>& shares,
                      const crypto::Certificate& recipient, Timestamp created, Timestamp expires,
                      Random& random);

/// Puts content and signature together; verifies the signature. Throws Error(signature_invalid).
Bytes build_release_file(ByteView content, const crypto::Certificate& signer, ByteView signature,
                         const std::vector<crypto::Certificate>& chain = {},
                         const std::vector<crypto::RevocationList>& evidence = {});

/// Checks a release against the bid as of `at`: signature, fingerprint, that its slots exist, and
/// that the signer holds each of them: the same credit code as the slot's certificate and a path to
/// `trust`, or, for the platform's part, the certificate that signed the tender file. Whether the
/// shares are right is found when they are decrypted (Holder::accept). Throws Error:
/// release_invalid, release_other_bid, release_refused, release_expired, envelope_unknown,
/// share_invalid, signature_*, certificate_*.
CheckedRelease parse_release_file(ByteView file, const VerifiedIndex& bid,
                                  const std::vector<Openers>& openers, const TenderFile& tender,
                                  const crypto::TrustStore& trust, Timestamp at);

}  // namespace bidseal::bid
