#include "bidseal/bid/shamir.h"

#include "bidseal/base/error.h"

namespace bidseal::bid {

uint8_t gf256_multiply(uint8_t a, uint8_t b) {
    uint8_t product = 0;
    for (int bit = 0; bit < 8; ++bit) {
        product ^= static_cast<uint8_t>(-(b & 1) & a);
        const uint8_t carry = static_cast<uint8_t>(-(a >> 7));
        a = static_cast<uint8_t>((a << 1) ^ (carry & 0x1b));
        b >>= 1;
    }
    return product;
}

uint8_t gf256_inverse(uint8_t a) {
    // a^254: the square-and-multiply path is the same for every a.
    uint8_t result = 1;
    for (int bit = 7; bit >= 0; --bit) {
        result = gf256_multiply(result, result);
        if ((254 >> bit) & 1) {
            result = gf256_multiply(result, a);
        }
    }
    return result;
}

SecretBytes shamir_share(const SecretBytes& secret, const std::vector<SecretBytes>& coefficients,
                         uint8_t x) {
    SecretBytes share(secret.size());
    for (size_t i = 0; i < secret.size(); ++i) {
        uint8_t value = 0;
        for (size_t j = coefficients.size(); j-- > 0;) {
            value = gf256_multiply(value ^ coefficients[j].view()[i], x);
        }
        share.span()[i] = value ^ secret.view()[i];
    }
    return share;
}

SecretBytes shamir_combine(const std::vector<ShamirPoint>& points) {
    require(!points.empty(), ErrorCode::share_invalid);
    const size_t size = points.front().y.size();
    for (size_t i = 0; i < points.size(); ++i) {
        require(points[i].x != 0 && points[i].y.size() == size, ErrorCode::share_invalid);
        for (size_t j = 0; j < i; ++j) {
            require(points[i].x != points[j].x, ErrorCode::share_invalid, "duplicated share");
        }
    }
    SecretBytes secret(size);
    for (size_t i = 0; i < points.size(); ++i) {
        // Lagrange at 0; subtraction is XOR. The x are public.
        uint8_t weight = 1;
        for (size_t j = 0; j < points.size(); ++j) {
            if (j != i) {
                weight = gf256_multiply(
                    weight, gf256_multiply(points[j].x, gf256_inverse(points[i].x ^ points[j].x)));
            }
        }
        for (size_t k = 0; k < size; ++k) {
            secret.span()[k] ^= gf256_multiply(weight, points[i].y.view()[k]);
        }
    }
    return secret;
}

}  // namespace bidseal::bid
