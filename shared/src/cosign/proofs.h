// Proofs of knowledge (Schnorr, Fiat and Shamir with SM3). docs/spec/mobile-ca.md section 2.3.
#pragma once

#include "curve.h"

namespace bidseal::cosign {

/// Knows w_i with points[i] = w_i·G for all i, bound to the context: T = t·G,
/// c = H("pok-batch", context, T, points), z = t + c·w_1 + c^2·w_2 + …
Proof prove_knowledge(ByteView context, const std::vector<Number>& secrets,
                      const std::vector<Point>& points, Random& random, Masks& masks);
/// Whether z·G = T + c·P_1 + c^2·P_2 + …; false too for points off the curve.
bool knows(ByteView context, const std::vector<Point>& points, const Proof& proof, Masks& masks);

/// log_G(a) = log_b(x), x = secret·b: c = H("dleq", context, a, b, x, t·G, t·b), z = t + c·secret.
EqualityProof prove_equality(ByteView context, const Number& secret, const Point& a,
                             const CurvePoint& b, const Point& x, Random& random, Masks& masks);
bool equal_logarithms(ByteView context, const CurvePoint& a, const CurvePoint& b,
                      const CurvePoint& x, const EqualityProof& proof, Masks& masks);

}  // namespace bidseal::cosign
