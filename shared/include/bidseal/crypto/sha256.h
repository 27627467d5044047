// SHA-256 (FIPS 180-4), for signatures with RSA and P-256.
#pragma once

#include <memory>

#include "bidseal/base/bytes.h"

namespace bidseal::crypto {

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

}  // namespace bidseal::crypto
