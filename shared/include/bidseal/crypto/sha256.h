// SHA-256 (FIPS 180-4), for signatures with RSA and P-256 and for digests that other programs
// print.
#pragma once

#include <memory>

#include "bidseal/base/bytes.h"

namespace bidseal::crypto {

using Sha256Digest = FixedBytes<32, struct Sha256DigestTag>;

/// Running SHA-256. After finish() the object is spent.
class Sha256 {
public:
    Sha256();
    ~Sha256();
    Sha256(Sha256&&) noexcept;
    Sha256& operator=(Sha256&&) noexcept;
    void update(ByteView data);
    /// 32 bytes.
    Bytes finish();

private:
    struct State;
    std::unique_ptr<State> m_state;
};

/// Of bytes that are at hand.
Sha256Digest sha256(ByteView data);

}  // namespace bidseal::crypto
