#include "contexts.h"

namespace bidseal::cosign {
namespace {

Bytes labelled(std::string_view label, const KeyId& key) {
    Bytes out = to_bytes(as_bytes(label));
    append(out, key.view());
    return out;
}

}  // namespace

Bytes keygen_service_context(const KeyId& key) {
    return labelled("kg-C", key);
}

Bytes keygen_phone_context(const KeyId& key) {
    return labelled("kg-M", key);
}

Bytes sign_context(const KeyId& key, const OperationId& operation, const Commitment& commitment,
                   const std::vector<Scalar>& digests) {
    Bytes out = labelled("sign", key);
    append(out, operation.view());
    append(out, commitment.view());
    for (const Scalar& e : digests)
        append(out, e.view());
    return out;
}

Bytes decrypt_context(const KeyId& key, const OperationId& operation,
                      const std::vector<Point>& c1) {
    Bytes out = labelled("dec", key);
    append(out, operation.view());
    for (const Point& point : c1)
        append(out, point.view());
    return out;
}

Bytes refresh_context(const KeyId& key, uint32_t epoch) {
    Bytes out = labelled("refresh", key);
    append_u32(out, epoch);
    return out;
}

Bytes refresh_commit_context(const KeyId& key, uint32_t epoch) {
    Bytes out = labelled("refresh-commit", key);
    append_u32(out, epoch);
    return out;
}

Bytes grant_context(const KeyId& key, const SessionId& session, const SessionLimits& limits) {
    Bytes out = labelled("grant", key);
    append(out, session.view());
    append_u16(out, limits.count);
    append_u64(out, static_cast<uint64_t>(limits.expires));
    append_u16(out, limits.idle);
    out.push_back(limits.operations);
    append(out, limits.grant.view());
    return out;
}

Commitment keygen_commitment(const Salt& salt, const Point& p2, const Proof& proof) {
    return {crypto::sm3({salt.view(), p2.view(), proof.t.view(), proof.z.view()}).bytes};
}

Commitment nonce_commitment(const Salt& salt, const OperationId& operation,
                            const std::vector<Point>& w2) {
    crypto::Sm3 hash;
    hash.update(salt.view());
    hash.update(operation.view());
    for (const Point& point : w2)
        hash.update(point.view());
    return {hash.finish().bytes};
}

std::vector<Scalar> digests_of(const Point& public_key, const std::vector<Bytes>& items) {
    require(!items.empty() && items.size() <= max_batch, ErrorCode::usage,
            "a batch has 1 to 500 items");
    const crypto::Sm3Digest z = crypto::Sm2PublicKey::from_point(public_key.view()).z();
    std::vector<Scalar> digests;
    for (const Bytes& item : items) {
        const crypto::Sm3Digest e = crypto::sm3({z.view(), item});
        digests.push_back(
            write_number(Number::from_bytes_mod_order(crypto::sm2_group(), e.view())));
    }
    return digests;
}

bool limits_allowed(const SessionLimits& limits) {
    constexpr uint8_t known = static_cast<uint8_t>(SessionOperation::seal) |
                              static_cast<uint8_t>(SessionOperation::sign_document);
    return limits.count >= 1 && limits.count <= max_session_count && limits.idle >= 1 &&
           limits.idle <= max_session_idle && limits.expires > 0 && limits.operations != 0 &&
           (limits.operations & ~known) == 0;
}

Point checked_public_key(const CurvePoint& p) {
    require(!p.is_identity() && !p.add(generator()).is_identity(), ErrorCode::key_invalid,
            "a degenerate key");
    return write_point(p, ErrorCode::key_invalid);
}

CurvePoint shifted_key(const Point& public_key, ErrorCode fault) {
    CurvePoint shifted = read_point(public_key, fault).add(generator());
    require(!shifted.is_identity(), fault, "a degenerate key");
    return shifted;
}

}  // namespace bidseal::cosign
