// What page and daemon prove to each other on every connection, and the code that a person compares
// when they meet for the first time (docs/spec/bridge-protocol.md section 4).
#pragma once

#include <string>

#include "bidseal/crypto/p256.h"

namespace bidseal::bridge {

inline constexpr size_t pairing_nonce_size = 32;

/// What both sides know after the hello. Every member is bound into every proof.
struct Greeting {
    std::string origin;  ///< the page's, from the upgrade request
    std::string host;    ///< as the page asked for it: `127.0.0.1:17391`
    uint32_t version = 0;
    Bytes page_nonce;
    Bytes bridge_nonce;
    crypto::P256Point daemon_key;
};

/// What the daemon signs in its hello.
Bytes daemon_proof_message(const Greeting& greeting);
/// What a page signs to prove that it holds the key that was paired.
Bytes page_proof_message(const Greeting& greeting, const crypto::P256Point& page_key);

/// What the page sends before it knows the bridge's secret.
crypto::Sha256Digest pairing_commitment(const crypto::P256Point& page_key, ByteView page_secret);

/// Six digits over both keys, both secrets and the greeting. Neither side can choose them: the page
/// is bound by its commitment, the bridge speaks before the page's secret is revealed.
std::string pairing_code(const Greeting& greeting, const crypto::P256Point& page_key,
                         ByteView page_secret, ByteView bridge_secret);

}  // namespace bidseal::bridge
