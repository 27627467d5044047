#include "bridge/local/pairing/exchange.h"

#include <algorithm>

#include "bidseal/base/error.h"

namespace bidseal::bridge {

namespace {

/// Stored for this origin; without a window only as long as the policy says so.
std::optional<Pairing> standing_pairing(PairingStore& store, const OriginPolicy& policy,
                                        const std::string& origin, const crypto::P256Point& key) {
    std::optional<Pairing> found = store.find(origin, key);
    if (found && found->preloaded && !policy.preloads(origin))
        return std::nullopt;
    return found;
}

}  // namespace

PairingExchange::PairingExchange(std::string origin, std::string host) {
    m_greeting.origin = std::move(origin);
    m_greeting.host = std::move(host);
}

void PairingExchange::greet(const crypto::P256PrivateKey& identity, const Bytes& page_nonce,
                            uint32_t version, Random& random) {
    m_greeting.version = version;
    m_greeting.page_nonce = page_nonce;
    m_greeting.bridge_nonce.resize(pairing_nonce_size);
    random.fill(m_greeting.bridge_nonce);
    m_greeting.daemon_key = identity.point();
    m_daemon_proof = identity.sign(daemon_proof_message(m_greeting), random);
}

bool PairingExchange::signed_by(const crypto::P256Point& key, ByteView proof) const {
    return crypto::p256_verify(key, page_proof_message(m_greeting, key), proof);
}

std::string PairingExchange::prove(PairingStore& store, const OriginPolicy& policy,
                                   const protocol::PairProveParams& params) {
    crypto::P256Point key;
    std::copy(params.key.begin(), params.key.end(), key.bytes.begin());
    std::optional<Pairing> pairing = standing_pairing(store, policy, m_greeting.origin, key);
    require(pairing && signed_by(key, params.proof), ErrorCode::not_paired);
    m_paired_key = key;
    return pairing->id;
}

protocol::PairBeginResult PairingExchange::begin(const protocol::PairBeginParams& params,
                                                 const OriginPolicy& policy, Random& random) {
    m_attempt.reset();
    require(params.code || policy.preloads(m_greeting.origin), ErrorCode::policy_refused);
    Attempt attempt;
    try {
        attempt.key = crypto::p256_point(params.key);
    } catch (const Error&) {
        throw Error(ErrorCode::message_invalid, "not a P-256 key");
    }
    attempt.commitment = params.commitment;
    attempt.bridge_secret.resize(pairing_nonce_size);
    random.fill(attempt.bridge_secret);
    attempt.window = params.code;
    m_attempt = attempt;
    return {attempt.bridge_secret, attempt.window};
}

PairingOffer PairingExchange::take_offer(const protocol::PairConfirmParams& params) {
    require(m_attempt.has_value(), ErrorCode::message_invalid, "no pairing was begun");
    Attempt attempt = std::move(*m_attempt);
    m_attempt.reset();
    require(equal(pairing_commitment(attempt.key, params.secret).view(), attempt.commitment),
            ErrorCode::message_invalid, "not what the page committed to");
    require(signed_by(attempt.key, params.proof), ErrorCode::message_invalid,
            "the page does not hold its key");
    return {attempt.key,
            pairing_code(m_greeting, attempt.key, params.secret, attempt.bridge_secret),
            attempt.window};
}

bool PairingExchange::is_paired(PairingStore& store, const OriginPolicy& policy) {
    if (m_paired_key && !standing_pairing(store, policy, m_greeting.origin, *m_paired_key))
        m_paired_key.reset();
    return m_paired_key.has_value();
}

}  // namespace bidseal::bridge
