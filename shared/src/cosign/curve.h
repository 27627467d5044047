// The group of sm2p256v1 for two-party computations: Botan's constant-time scalars and points.
#pragma once

#include <initializer_list>
#include <string_view>
#include <vector>

#include <botan/bigint.h>
#include <botan/ec_apoint.h>
#include <botan/ec_group.h>
#include <botan/ec_scalar.h>

#include "bidseal/base/error.h"
#include "bidseal/base/host.h"
#include "bidseal/base/secret.h"
#include "bidseal/cosign/types.h"

#include "../crypto/botan_random.h"
#include "../crypto/sm2_keys.h"

namespace bidseal::cosign {

using Number = Botan::EC_Scalar;
using CurvePoint = Botan::EC_AffinePoint;

/// Blinds curve arithmetic during one call: a stream from 32 fresh bytes.
class Masks {
public:
    explicit Masks(Random& random);
    Botan::RandomNumberGenerator& random() { return m_random; }

    /// k·G and k·point in constant time.
    CurvePoint base(const Number& k);
    CurvePoint times(const CurvePoint& point, const Number& k);

private:
    static SecretBytes fresh(Random& random);
    crypto::DerivedRandom m_stream;
    crypto::BotanRandom m_random;
    std::vector<Botan::BigInt> m_workspace;
};

/// A secret number from 1 to n-1: 48 bytes modulo n (bias below 2^-128).
Number draw_number(Random& random);

/// Numbers below n, as 32 bytes. The readers throw Error(fault) from n on; read_nonzero() also for
/// zero.
Scalar write_number(const Number& n);
SecretBytes write_secret(const Number& n);
Number read_number(const Scalar& bytes, ErrorCode fault);
Number read_nonzero(ByteView bytes32, ErrorCode fault);

/// Points on the curve, never infinity. Both throw Error(fault).
Point write_point(const CurvePoint& point, ErrorCode fault);
CurvePoint read_point(const Point& bytes, ErrorCode fault);

CurvePoint subtract(const CurvePoint& a, const CurvePoint& b);
const CurvePoint& generator();

/// SM3 of 0 | m and of 1 | m, 48 bytes of both modulo n, where m holds the tag and the parts, each
/// with a u32 length.
Number hash_to_number(std::string_view tag, const std::vector<ByteView>& parts);

/// x of a point, modulo n.
Number x_of(const CurvePoint& point);

}  // namespace bidseal::cosign
