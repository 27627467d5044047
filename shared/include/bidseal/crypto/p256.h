// ECDSA over P-256 with SHA-256 (FIPS 186-5 section 6) in the fixed form r || s that WebCrypto
// makes and takes: how a page and the bridge know each other again.
#pragma once

#include <initializer_list>

#include "bidseal/base/bytes.h"
#include "bidseal/base/host.h"
#include "bidseal/base/secret.h"

namespace bidseal::crypto {

using Sha256Digest = FixedBytes<32, struct Sha256DigestTag>;
/// 04 || x || y.
using P256Point = FixedBytes<65, struct P256PointTag>;

/// SHA-256 (FIPS 180-4) of the parts one after the other.
Sha256Digest sha256(std::initializer_list<ByteView> parts);

/// A point from 65 bytes. Throws Error(key_invalid) off the curve, at infinity or in another form.
P256Point p256_point(ByteView octets);

/// Whether the key made `signature` (r || s, 64 bytes) over the message. False for anything that is
/// not well formed; throws Error(key_invalid) for a point that p256_point() refuses.
bool p256_verify(const P256Point& key, ByteView message, ByteView signature);

class P256PrivateKey {
public:
    static P256PrivateKey generate(Random& random);
    /// From the 32-byte big-endian scalar. Throws Error(key_invalid) out of range.
    static P256PrivateKey from_scalar(const SecretBytes& d);

    SecretBytes scalar() const { return m_d.clone(); }
    const P256Point& point() const { return m_point; }
    /// r || s over the message; draws 48 bytes.
    Bytes sign(ByteView message, Random& random) const;

private:
    P256PrivateKey(SecretBytes d, const P256Point& point) : m_d(std::move(d)), m_point(point) {}
    SecretBytes m_d;
    P256Point m_point;
};

}  // namespace bidseal::crypto
