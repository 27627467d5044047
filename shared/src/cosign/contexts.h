// What each proof is bound to, and the values that both parties compute alike.
#pragma once

#include "bidseal/cosign/messages.h"
#include "bidseal/crypto/sm2.h"

#include "curve.h"

namespace bidseal::cosign {

/// The contexts of docs/spec/mobile-ca.md section 2.3: a label and fields of fixed length.
Bytes keygen_service_context(const KeyId& key);
Bytes keygen_phone_context(const KeyId& key);
Bytes sign_context(const KeyId& key, const OperationId& operation, const Commitment& commitment,
                   const std::vector<Scalar>& digests);
Bytes decrypt_context(const KeyId& key, const OperationId& operation, const std::vector<Point>& c1);
Bytes refresh_context(const KeyId& key, uint32_t epoch);
Bytes refresh_commit_context(const KeyId& key, uint32_t epoch);
Bytes grant_context(const KeyId& key, const SessionId& session, const SessionLimits& limits);

/// SM3(salt | P2 | T | z).
Commitment keygen_commitment(const Salt& salt, const Point& p2, const Proof& proof);
/// SM3(salt | operation | points).
Commitment nonce_commitment(const Salt& salt, const OperationId& operation,
                            const std::vector<Point>& w2);

/// e of each item, modulo n: SM3(Z | item), Z of the key with the default identity.
std::vector<Scalar> digests_of(const Point& public_key, const std::vector<Bytes>& items);

/// Whether limits keep to types.h, as of `now` where it is known (0: not).
bool limits_allowed(const SessionLimits& limits);

/// Checks that P is neither infinity nor -G, so that P + G is a point too; gives P.
Point checked_public_key(const CurvePoint& p);
/// P + G.
CurvePoint shifted_key(const Point& public_key, ErrorCode fault);

}  // namespace bidseal::cosign
