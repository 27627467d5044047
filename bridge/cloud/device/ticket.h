// What an enrolled phone shows hub and co-sign service: enrol's word that this key is the device's.
//
// Hub, co-sign service and enrol may be processes of three operators: all that the first two need
// of the third is its public key. A ticket is short-lived; enrol renews it for a phone that is
// still good.
#pragma once

#include "bidseal/base/host.h"
#include "bidseal/crypto/p256.h"
#include "bidseal/crypto/sm2.h"
#include "bidseal/session/messages.h"

namespace bidseal::cloud {

using AccountId = FixedBytes<16, struct AccountIdTag>;
using session::DeviceId;

inline constexpr int64_t ticket_seconds = 24 * 60 * 60;
inline constexpr size_t max_ticket = 256;

/// `"BST1" | device 16 | account 16 | key 65 | u64 expires | field(enrol's signature)`. The
/// device's key is ECDSA P-256, which browsers keep where script cannot take it.
struct DeviceTicket {
    DeviceId device;
    AccountId account;
    crypto::P256Point key;
    Timestamp expires;
    Bytes signature;  ///< SM2, over "SBID1 ticket" and the bytes before it

    static DeviceTicket issue(const DeviceId& device, const AccountId& account,
                              const crypto::P256Point& key, Timestamp now,
                              const crypto::Sm2PrivateKey& enrol, Random& random);
    Bytes encode() const;
    /// Throws Error(certificate_invalid).
    static DeviceTicket decode(ByteView bytes);
    /// Throws Error: certificate_untrusted (enrol did not sign it), certificate_expired.
    void check(const crypto::Sm2PublicKey& enrol, Timestamp now) const;
    /// Whether the device signed the message (r | s, 64 bytes).
    bool verify(ByteView message, ByteView signature) const;
};

}  // namespace bidseal::cloud
