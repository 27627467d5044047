// The pairing of one connection: hello, proof, and the commit-then-reveal code.
#pragma once

#include <optional>
#include <string>

#include "bidseal/protocol/messages.h"

#include "bridge/local/pairing/greeting.h"
#include "bridge/local/pairing/pairing_store.h"
#include "bridge/local/policy/origin.h"

namespace bidseal::bridge {

/// What a person is asked to agree to.
struct PairingOffer {
    crypto::P256Point key;
    std::string code;
    bool window = true;  ///< false: the organisation's policy vouches for the page
};

/// Not thread safe: the dispatcher's lock stands around it.
class PairingExchange {
public:
    /// Origin and Host as the transport checked them.
    PairingExchange(std::string origin, std::string host);

    /// Agrees on the greeting and signs it.
    void greet(const crypto::P256PrivateKey& identity, const Bytes& page_nonce, uint32_t version,
               Random& random);
    const Greeting& greeting() const { return m_greeting; }
    const Bytes& daemon_proof() const { return m_daemon_proof; }

    /// Lets in a page whose key is stored for exactly this origin and signed this greeting. A page
    /// that was let in without a window counts only while the policy lists it. Throws
    /// Error(not_paired), the same for every cause. Gives the pairing's id.
    std::string prove(PairingStore& store, const OriginPolicy& policy,
                      const protocol::PairProveParams& params);

    /// Begins an attempt, which ends one that was begun before. A page that shows no code must be
    /// on the policy's list. Throws Error: message_invalid for a key that is none, policy_refused.
    protocol::PairBeginResult begin(const protocol::PairBeginParams& params,
                                    const OriginPolicy& policy, Random& random);
    /// Takes the attempt: there is one answer to each begin. Throws Error(message_invalid) without
    /// an attempt, when the secret is not what the page committed to, and when the page does not
    /// hold its key.
    PairingOffer take_offer(const protocol::PairConfirmParams& params);
    /// The person agreed, or the policy did.
    void pair(const crypto::P256Point& key) { m_paired_key = key; }

    /// Whether the page may use tokens: it was let in, and nobody took that back since.
    bool is_paired(PairingStore& store, const OriginPolicy& policy);
    /// The same as of the last look.
    bool was_paired() const { return m_paired_key.has_value(); }

private:
    struct Attempt {
        crypto::P256Point key;
        Bytes commitment, bridge_secret;
        bool window = true;
    };
    bool signed_by(const crypto::P256Point& key, ByteView proof) const;

    Greeting m_greeting;
    Bytes m_daemon_proof;
    std::optional<Attempt> m_attempt;
    std::optional<crypto::P256Point> m_paired_key;
};

}  // namespace bidseal::bridge
