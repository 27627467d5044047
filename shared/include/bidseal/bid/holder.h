// The holder of a decryption key: finds its slots, has its key unwrap them, and releases a share
// only when the wrap proves to be made for exactly this bid. docs/spec/bid-format.md section 9.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "bidseal/base/error.h"
#include "bidseal/bid/reader.h"

namespace bidseal::bid {

struct Release;

/// One slot that the holder's certificate can unwrap.
struct UnwrapTask {
    std::string envelope;
    uint32_t version = 0;  ///< of the openers
    size_t way = 0, part = 0, slot = 0;
    PartRole role = PartRole::supplier;
    WrapKind kind = WrapKind::ukey;
    bool opens_alone = false;  ///< the way has this part only and it is direct
    /// ukey, mobile, cms with SM2: SM2Cipher DER for the token. cms with RSA: the RSA block.
    Bytes encrypted_key;
    /// ukey: the 32 bytes that the token decrypts by SM4-ECB under the imported key.
    Bytes encrypted_share;
    std::string key_algorithm;  ///< cms: OID of the key encryption; empty otherwise
    /// Of a release: another holder's slot. The key decrypts `encrypted_share` as for `ukey`, in
    /// blocks of 16 bytes, and `iv` undoes the chaining.
    bool released = false;
    Bytes iv;
};

/// A share on its way from its holder to whoever combines.
struct ReleasedShare {
    std::string envelope;
    uint32_t version = 0;
    size_t way = 0, part = 0, slot = 0;
    SecretBytes value;
};

struct RehearseResult {
    bool commitment_checked = false;  ///< the way opens alone, and its secret fits the commitment
};

/// What it knows comes from its own records: the tender file and the request "open envelope X of
/// lot L".
class Holder {
public:
    /// Checks index, openers and signature, and that they belong to the tender's lot `lot`.
    /// Throws what verify_bid_parts() and check_index_against_tender() throw; tender_mismatch for
    /// another lot.
    Holder(ByteView index, ByteView openers, ByteView signature, const TenderFile& tender,
           std::string_view lot, crypto::Certificate certificate);
    /// From an already verified bid.
    Holder(const VerifiedIndex& bid, const TenderFile& tender, std::string_view lot,
           crypto::Certificate certificate);
    /// Adds the openers of a checked rewrap (rewrap.h).
    void add_openers(const Openers& openers);
    /// Adds what another holder released to this certificate; the release was checked
    /// (parse_release_file). Throws Error(release_other_key).
    void add_release(const Release& release);

    const BidIndex& index() const { return m_index; }
    const Fingerprint& fingerprint() const { return m_fingerprint; }

    /// The holder's slots of an envelope, own ways first. Throws Error: envelope_unknown,
    /// opener_not_found.
    std::vector<UnwrapTask> tasks(std::string_view envelope) const;
    /// The slots of others whose shares were released to this key; may be empty.
    std::vector<UnwrapTask> released_tasks(std::string_view envelope) const;

    /// Takes what the key gave back: the share (ukey, mobile), the content key (cms) or the
    /// decrypted blocks (of a release). Makes the wrap again under the holder's own context and
    /// compares all bytes in constant time; only then the share is released. Throws
    /// Error(wrap_mismatch), for a release Error(share_invalid), the same for every cause.
    ReleasedShare accept(const UnwrapTask& task, const SecretBytes& unwrapped) const;

    /// accept() without releasing; where the way opens alone, the commitment too.
    /// Throws Error: wrap_mismatch, commitment_mismatch.
    RehearseResult rehearse(const UnwrapTask& task, const SecretBytes& unwrapped) const;

private:
    const Openers& openers_of(uint32_t version) const;
    ReleasedShare accept_released(const UnwrapTask& task, const SecretBytes& blocks) const;
    BidIndex m_index;
    Fingerprint m_fingerprint;
    Tender m_tender;
    std::vector<Openers> m_openers;
    std::vector<UnwrapTask> m_released;
    crypto::Certificate m_certificate;
};

/// Whether a refusal concerns one slot alone, so that another slot may still serve: a wrap that is
/// not right (tampered with, or junk of its maker), or one that this key cannot take.
bool concerns_one_slot(ErrorCode code);

/// Takes a task to its share. Throws as Holder::accept() and the key do.
using ReleaseCall = std::function<ReleasedShare(const UnwrapTask&)>;

/// Releases what the tasks give. A slot that is not right is passed over as long as another one of
/// its envelope is: nobody shuts an envelope by adding junk to what opens it. Throws the first such
/// refusal when an envelope gets no share at all, and at once whatever concerns more than a slot.
std::vector<ReleasedShare> release_shares(const std::vector<UnwrapTask>& tasks,
                                          const ReleaseCall& release);

/// The envelope's secret from enough shares of one way; checked against the commitment.
/// `shares` may hold shares of several ways and versions: every complete way is tried.
/// Throws Error: shares_insufficient, share_invalid (duplicated or of an unknown slot),
/// commitment_mismatch.
SecretBytes combine_shares(const BidIndex& index, const std::vector<Openers>& openers,
                           std::string_view envelope, const std::vector<ReleasedShare>& shares);

}  // namespace bidseal::bid
