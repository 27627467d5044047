// Opening ways, their parts, and the wrapped shares. docs/spec/bid-format.md section 8.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "bidseal/base/bytes.h"
#include "bidseal/base/secret.h"
#include "bidseal/bid/index.h"
#include "bidseal/bid/key_schedule.h"
#include "bidseal/crypto/certificate.h"

namespace bidseal::bid {

/// How a share is wrapped to a certificate.
enum class WrapKind {
    ukey,           ///< key under SM2, share under that key by SM4-ECB: any GM/T 0016 token
    mobile,         ///< share under SM2 directly: split key of the mobile CA
    cms,            ///< EnvelopedData (SM2, or RSA with OAEP-SHA-256)
    cms_oaep_sha1,  ///< EnvelopedData to RSA with OAEP-SHA-1
    unknown,        ///< of a later program: kept, skipped
};
const char* wrap_kind_name(WrapKind kind);

enum class PartRole { supplier, platform, rescue };
const char* part_role_name(PartRole role);

struct Slot {
    std::string kind_name;  ///< as it stands in the file
    WrapKind kind = WrapKind::unknown;
    size_t certificate = 0;  ///< into Openers::certificates
    Bytes data;              ///< the wrapped share
};

/// With threshold 1 every slot wraps the part itself; from 2 on, slot s wraps the Shamir share of x
/// = s + 1.
struct Part {
    PartRole role = PartRole::supplier;
    uint32_t threshold = 1;
    std::vector<Slot> slots;
};

/// Parts that XOR to the envelope's secret.
struct Way {
    std::vector<Part> parts;
};

struct EnvelopeWays {
    std::string envelope;
    std::vector<Way> ways;
};

struct Openers {
    uint32_t version = 0;  ///< 0 inside the bid, 1 to 8 in a rewrap
    BidNonce nonce;
    std::optional<Fingerprint> fingerprint;  ///< null exactly in version 0
    Timestamp created;
    std::vector<crypto::Certificate> certificates;  ///< in the order of first use
    std::vector<EnvelopeWays> envelopes;

    /// Canonical JSON. Throws Error(bid_openers).
    Bytes serialize() const;
    /// Throws Error: bid_openers, bid_version, json_invalid, json_not_canonical, limit_exceeded.
    static Openers parse(ByteView json);

    const EnvelopeWays* find(std::string_view envelope) const;
    /// Throws Error(opener_not_found) when there is no such slot.
    const Slot& slot(std::string_view envelope, size_t way, size_t part, size_t slot) const;
};

/// SM3 over the public shape of a way: version, place, roles, thresholds, kinds and certificates.
/// All shares and wraps of the way depend on it, so that a wrap moved to another way opens nothing.
crypto::Sm3Digest way_digest(const Openers& openers, size_t way, const Way& shape);

/// One opener as the maker of a bid (or rewrap) names it.
struct OpenerKey {
    crypto::Certificate certificate;
    WrapKind kind = WrapKind::ukey;
};
/// `ukey` for SM2 keys, `cms` for RSA. Throws Error(key_invalid) for keys that cannot encrypt.
OpenerKey default_opener(const crypto::Certificate& certificate);

struct PartPlan {
    PartRole role = PartRole::supplier;
    uint32_t threshold = 1;
    std::vector<OpenerKey> keys;
};
using WayPlan = std::vector<PartPlan>;

/// What a program may do with the tender's policy: the parts of each chosen way.
/// Throws Error: opener_required (a mandatory way is missing, no supplier certificate, no way at
/// all), usage (a way that the tender does not allow).
std::vector<WayPlan> plan_ways(const Tender& tender, const std::vector<WayKind>& chosen,
                               const std::vector<OpenerKey>& supplier);

/// Which way of the tender a way of the openers is, by its roles and thresholds.
std::optional<WayKind> way_kind_of(const Way& way);

/// Checks that version 0 belongs to this index: nonce, time, and exactly its envelopes in its
/// order. Throws Error(bid_openers).
void check_openers_of_bid(const Openers& openers, const BidIndex& index);

/// Checks that openers of version 1 to 8 may be added to a bid: its nonce and fingerprint, some of
/// its envelopes in its order, and the tender's policy. Throws Error: bid_openers,
/// supplier_mismatch.
void check_added_openers(const Openers& openers, const BidIndex& index,
                         const Fingerprint& fingerprint, const Tender& tender);

/// Checks the openers against the tender's policy: only allowed ways, each at most once, every
/// mandatory one for each envelope, the platform's and the rescue group's certificates, wraps that
/// their keys can take and the threshold as the tender has them, supplier certificates of the
/// company `supplier_code` that may decrypt. Throws Error: opener_required, bid_openers,
/// supplier_mismatch, certificate_usage.
void check_openers_policy(const Openers& openers, const Tender& tender,
                          std::string_view supplier_code);

/// Checks that an accepted issuer stands for every supplier's opener: anybody can write a company's
/// code into a certificate of their own. As of `at`, or of the certificate's end when that is
/// earlier. `extra` are certificates that came along. Throws Error: certificate_untrusted,
/// certificate_not_yet_valid, certificate_revoked, certificate_usage, revocation_unknown.
void check_supplier_openers(const Openers& openers, const std::vector<crypto::Certificate>& extra,
                            const crypto::TrustStore& trust, Timestamp at,
                            crypto::RevocationPolicy policy);

/// Collects openers for one or more envelopes; everything in it follows from secrets, contexts and
/// certificates.
class OpenersBuilder {
public:
    OpenersBuilder(uint32_t version, const BidNonce& nonce, std::optional<Fingerprint> fingerprint,
                   Timestamp created);
    /// Adds an envelope's ways. Throws Error: key_invalid, limit_exceeded, bid_openers.
    void add(std::string_view envelope, const std::vector<WayPlan>& ways, const SecretBytes& secret,
             const EnvelopeContext& context);
    const Openers& openers() const { return m_openers; }

private:
    size_t certificate_index(const crypto::Certificate& certificate);
    Openers m_openers;
};

/// The 32 bytes that the slot wraps, from the envelope's secret.
SecretBytes derive_share(const Openers& openers, std::string_view envelope, size_t way, size_t part,
                         size_t slot, const SecretBytes& secret, const EnvelopeContext& context);

/// The wrapped form of a share: a function of share, context, way and certificate alone.
Bytes wrap_share(WrapKind kind, const crypto::Certificate& certificate, const SecretBytes& share,
                 const EnvelopeContext& context, const crypto::Sm3Digest& way_digest, size_t part,
                 size_t slot);

/// After an opening: whether every wrap of the envelope is what its secret and certificates demand.
/// Gives the slots that are not ("junk"); slots of unknown kind are listed apart.
struct OpenersAudit {
    struct Place {
        size_t way, part, slot;
    };
    std::vector<Place> junk;
    std::vector<Place> unknown;
};
OpenersAudit recompute_openers(const Openers& openers, std::string_view envelope,
                               const SecretBytes& secret, const EnvelopeContext& context);

}  // namespace bidseal::bid
