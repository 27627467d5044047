// Secret sharing bytewise over GF(2^8), polynomial 0x11B, in constant time. docs/spec/bid-format.md
// section 8.2.
#pragma once

#include <cstdint>
#include <vector>

#include "bidseal/base/secret.h"

namespace bidseal::bid {

/// Product in GF(2^8) modulo x^8+x^4+x^3+x+1, without tables or branches on the values.
uint8_t gf256_multiply(uint8_t a, uint8_t b);
/// Inverse; 0 gives 0.
uint8_t gf256_inverse(uint8_t a);

/// The share of x (1 to 255): secret + c1*x + c2*x^2 + …, each a string of the secret's length.
SecretBytes shamir_share(const SecretBytes& secret, const std::vector<SecretBytes>& coefficients,
                         uint8_t x);

struct ShamirPoint {
    uint8_t x = 0;
    SecretBytes y;
};
/// The value at x = 0 through exactly these points. Throws Error(share_invalid) when an x is 0 or
/// appears twice or lengths differ.
SecretBytes shamir_combine(const std::vector<ShamirPoint>& points);

}  // namespace bidseal::bid
