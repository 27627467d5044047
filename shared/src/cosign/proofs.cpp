#include "proofs.h"

namespace bidseal::cosign {
namespace {

constexpr ErrorCode unusual = ErrorCode::random_unavailable;

Number knowledge_challenge(ByteView context, const Point& t, const std::vector<Point>& points) {
    std::vector<ByteView> parts{context, t.view()};
    for (const Point& point : points)
        parts.push_back(point.view());
    return hash_to_number("pok-batch", parts);
}

/// a·P + b·Q; nothing when that is infinity.
std::optional<CurvePoint> sum_of_two(const CurvePoint& p, const Number& a, const CurvePoint& q,
                                     const Number& b, Masks& masks) {
    return CurvePoint::mul_px_qy(p, a, q, b, masks.random());
}

}  // namespace

Proof prove_knowledge(ByteView context, const std::vector<Number>& secrets,
                      const std::vector<Point>& points, Random& random, Masks& masks) {
    require(secrets.size() == points.size() && !secrets.empty(), ErrorCode::internal,
            "a proof needs a secret for each point");
    const Number t = draw_number(random);
    const Point commitment = write_point(masks.base(t), unusual);
    const Number c = knowledge_challenge(context, commitment, points);
    Number z = t, power = c;
    for (const Number& secret : secrets) {
        z = z + power * secret;
        power = power * c;
    }
    return {commitment, write_number(z)};
}

bool knows(ByteView context, const std::vector<Point>& points, const Proof& proof, Masks& masks) {
    const auto z = Number::deserialize(crypto::sm2_group(), proof.z.view());
    const auto t = crypto::sm2_point(proof.t.view());
    if (!z || !t)
        return false;
    std::vector<CurvePoint> on_curve;
    for (const Point& point : points) {
        auto read = crypto::sm2_point(point.view());
        if (!read)
            return false;
        on_curve.push_back(std::move(*read));
    }
    const Number c = knowledge_challenge(context, proof.t, points);
    CurvePoint sum = *t;
    Number power = c;
    // Two at a time share their doublings.
    for (size_t i = 0; i < on_curve.size(); i += 2) {
        if (i + 1 == on_curve.size()) {
            sum = sum.add(masks.times(on_curve[i], power));
            break;
        }
        const Number next = power * c;
        const auto two = sum_of_two(on_curve[i], power, on_curve[i + 1], next, masks);
        if (!two)
            return false;
        sum = sum.add(*two);
        power = next * c;
    }
    return masks.base(*z) == sum;
}

EqualityProof prove_equality(ByteView context, const Number& secret, const Point& a,
                             const CurvePoint& b, const Point& x, Random& random, Masks& masks) {
    const Number t = draw_number(random);
    const Point on_base = write_point(masks.base(t), unusual);
    const Point on_b = write_point(masks.times(b, t), unusual);
    const Point b_bytes = write_point(b, unusual);
    const Number c = hash_to_number(
        "dleq", {context, a.view(), b_bytes.view(), x.view(), on_base.view(), on_b.view()});
    return {write_number(c), write_number(t + c * secret)};
}

bool equal_logarithms(ByteView context, const CurvePoint& a, const CurvePoint& b,
                      const CurvePoint& x, const EqualityProof& proof, Masks& masks) {
    const auto c = Number::deserialize(crypto::sm2_group(), proof.c.view());
    const auto z = Number::deserialize(crypto::sm2_group(), proof.z.view());
    if (!c || !z)
        return false;
    const Number minus_c = c->negate();
    const auto on_base = sum_of_two(generator(), *z, a, minus_c, masks);
    const auto on_b = sum_of_two(b, *z, x, minus_c, masks);
    if (!on_base || !on_b)
        return false;
    const Point parts[] = {write_point(a, unusual), write_point(b, unusual),
                           write_point(x, unusual), write_point(*on_base, unusual),
                           write_point(*on_b, unusual)};
    std::vector<ByteView> views{context};
    for (const Point& part : parts)
        views.push_back(part.view());
    return hash_to_number("dleq", views) == *c;
}

}  // namespace bidseal::cosign
