#include "curve.h"

#include <algorithm>

namespace bidseal::cosign {

SecretBytes Masks::fresh(Random& random) {
    SecretBytes seed(32);
    random.fill(seed.span());
    return seed;
}

Masks::Masks(Random& random) : m_stream(fresh(random)), m_random(m_stream) {}

CurvePoint Masks::base(const Number& k) {
    return CurvePoint::g_mul(k, m_random, m_workspace);
}

CurvePoint Masks::times(const CurvePoint& point, const Number& k) {
    return point.mul(k, m_random, m_workspace);
}

Number draw_number(Random& random) {
    for (int attempt = 0; attempt < 8; attempt++) {
        SecretBytes wide(48);
        random.fill(wide.span());
        Number n = crypto::sm2_nonce(wide.view());
        if (n.is_nonzero())
            return n;
    }
    throw Error(ErrorCode::random_unavailable, "the random source repeats zero");
}

Scalar write_number(const Number& n) {
    Scalar bytes;
    n.serialize_to(bytes.bytes);
    return bytes;
}

SecretBytes write_secret(const Number& n) {
    SecretBytes bytes(32);
    n.serialize_to(bytes.span());
    return bytes;
}

Number read_number(const Scalar& bytes, ErrorCode fault) {
    auto n = Number::deserialize(crypto::sm2_group(), bytes.view());
    require(n.has_value(), fault, "a number is not below the group's order");
    return std::move(*n);
}

Number read_nonzero(ByteView bytes32, ErrorCode fault) {
    auto n = Number::deserialize(crypto::sm2_group(), bytes32);
    require(n.has_value() && n->is_nonzero(), fault, "a number is out of range");
    return std::move(*n);
}

Point write_point(const CurvePoint& point, ErrorCode fault) {
    require(!point.is_identity(), fault, "the point at infinity");
    Point bytes;
    point.serialize_uncompressed_to(bytes.bytes);
    return bytes;
}

CurvePoint read_point(const Point& bytes, ErrorCode fault) {
    auto point = crypto::sm2_point(bytes.view());
    require(point.has_value(), fault, "not a point of the curve");
    return std::move(*point);
}

CurvePoint subtract(const CurvePoint& a, const CurvePoint& b) {
    return a.add(b.negate());
}

const CurvePoint& generator() {
    static const CurvePoint g = CurvePoint::generator(crypto::sm2_group());
    return g;
}

Number hash_to_number(std::string_view tag, const std::vector<ByteView>& parts) {
    Bytes message{0};
    append_u32(message, static_cast<uint32_t>(tag.size()));
    append(message, as_bytes(tag));
    for (const ByteView part : parts) {
        append_u32(message, static_cast<uint32_t>(part.size()));
        append(message, part);
    }
    const crypto::Sm3Digest low = crypto::sm3(message);
    message[0] = 1;
    const crypto::Sm3Digest high = crypto::sm3(message);
    Bytes wide = to_bytes(low.view());
    append(wide, high.view().first(16));
    return Number::from_bytes_mod_order(crypto::sm2_group(), wide);
}

Number x_of(const CurvePoint& point) {
    std::array<uint8_t, 32> x;
    point.serialize_x_to(x);
    return Number::from_bytes_mod_order(crypto::sm2_group(), x);
}

}  // namespace bidseal::cosign
