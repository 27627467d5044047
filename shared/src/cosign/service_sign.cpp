#include <algorithm>

#include "contexts.h"
#include "proofs.h"
#include "service_impl.h"

namespace bidseal::cosign {
namespace {

constexpr std::string_view operation_magic = "BSO1";

FixedBytes<32, struct NonceSetTag> nonce_set_digest(const std::vector<Point>& q1) {
    crypto::Sm3 hash;
    for (const Point& point : q1)
        hash.update(point.view());
    return {hash.finish().bytes};
}

}  // namespace

std::vector<Number> nonces_of(const SecretBytes& seed, size_t count) {
    crypto::DerivedRandom stream(seed.clone());
    std::vector<Number> nonces;
    for (size_t i = 0; i < count; i++)
        nonces.push_back(draw_number(stream));
    return nonces;
}

SignCommit SignOperation::commit() const {
    return {m_key, m_id, m_epoch, static_cast<uint16_t>(m_digests.size()), m_commitment};
}

SecretBytes SignOperation::serialize() const {
    Bytes out = to_bytes(as_bytes(operation_magic));
    out.reserve(512 + m_digests.size() * 32 + m_answer.size());
    append(out, m_id.view());
    append(out, m_key.view());
    append_flag(out, m_session.has_value());
    if (m_session)
        append(out, m_session->view());
    append_u32(out, m_epoch);
    append_u64(out, static_cast<uint64_t>(m_expires.seconds));
    append_u16(out, static_cast<uint16_t>(m_digests.size()));
    for (const Scalar& e : m_digests)
        append(out, e.view());
    append(out, m_commitment.view());
    append(out, m_salt.view());
    append_flag(out, !m_seed.empty());
    append(out, m_seed.view());
    append(out, m_answered.view());
    append_field(out, m_answer);
    return finish_record(out);
}

SignOperation SignOperation::parse(ByteView record) {
    WireReader in(record, ErrorCode::cosign_record);
    in.constant(as_bytes(operation_magic));
    SignOperation operation;
    operation.m_id = in.fixed<OperationId>();
    operation.m_key = in.fixed<KeyId>();
    if (read_flag(in))
        operation.m_session = in.fixed<SessionId>();
    operation.m_epoch = in.u32();
    const uint64_t expires = in.u64();
    in.check(expires <= INT64_MAX);
    operation.m_expires.seconds = static_cast<int64_t>(expires);
    operation.m_digests.resize(in.count(1, max_batch));
    for (Scalar& e : operation.m_digests) {
        e = in.fixed<Scalar>();
        read_number(e, ErrorCode::cosign_record);
    }
    operation.m_commitment = in.fixed<Commitment>();
    operation.m_salt = in.fixed<Salt>();
    if (read_flag(in))
        operation.m_seed = SecretBytes::copy_of(in.take(32));
    operation.m_answered = in.fixed<decltype(operation.m_answered)>();
    operation.m_answer = to_bytes(in.field(0, 64 * max_batch + 64));
    in.check(operation.m_answer.empty() || operation.m_seed.empty());
    in.finish();
    return operation;
}

namespace {

/// The commitment to all nonces of the seed.
Commitment commit_to(const SecretBytes& seed, size_t count, const Salt& salt,
                     const OperationId& operation, Masks& masks) {
    std::vector<Point> points;
    for (const Number& w2 : nonces_of(seed, count))
        points.push_back(write_point(masks.base(w2), ErrorCode::internal));
    return nonce_commitment(salt, operation, points);
}

/// r = e + x(w2·G + a2·Q1), s1 = d2·(r + w2) for each item; nothing when a zero comes out, which
/// would tell the phone something about d2 or make a signature of zeros.
std::optional<std::vector<SignAnswer::Partial>> partial_signatures(
    const Number& d2, const std::vector<Scalar>& digests, const std::vector<Number>& w2,
    const std::vector<Point>& q1, Masks& masks) {
    const Number a2 = d2.invert();
    std::vector<SignAnswer::Partial> items;
    for (size_t i = 0; i < digests.size(); i++) {
        const CurvePoint q = read_point(q1[i], ErrorCode::cosign_message);
        const auto point = CurvePoint::mul_px_qy(generator(), w2[i], q, a2, masks.random());
        if (!point)
            return std::nullopt;
        const Number r = read_number(digests[i], ErrorCode::cosign_record) + x_of(*point);
        const Number s1 = d2 * (r + w2[i]);
        if (r.is_zero() || s1.is_zero())
            return std::nullopt;
        items.push_back({write_number(r), write_number(s1)});
    }
    return items;
}

std::vector<Point> with_share(const Point& p1, const std::vector<Point>& q1) {
    std::vector<Point> points{p1};
    points.insert(points.end(), q1.begin(), q1.end());
    return points;
}

}  // namespace

/// What begin_sign() and answer() do alike for a key and for a session share.
struct SigningSteps {
    static SignOperation begin(const ServiceKey::Impl& key, const OperationId& id,
                               const std::vector<Bytes>& items, Timestamp expires,
                               std::optional<SessionId> session, Random& random);
    /// The answer that was given before, or nothing. Throws unless the request belongs here and
    /// can be answered.
    static std::optional<SignAnswer> repeated(const ServiceKey::Impl& key,
                                              const SignOperation& operation,
                                              const SignRequest& request, Timestamp now);
    static Bytes context(const SignOperation& operation) {
        return sign_context(operation.m_key, operation.m_id, operation.m_commitment,
                            operation.m_digests);
    }
    /// Uses the nonces up. The proof was checked.
    static SignAnswer finish(SignOperation& operation, const SecretBytes& d2,
                             const SignRequest& request, Masks& masks);
};

SignOperation SigningSteps::begin(const ServiceKey::Impl& key, const OperationId& id,
                                  const std::vector<Bytes>& items, Timestamp expires,
                                  std::optional<SessionId> session, Random& random) {
    Masks masks(random);
    SignOperation operation;
    operation.m_id = id;
    operation.m_key = key.id;
    operation.m_session = session;
    operation.m_epoch = key.epoch;
    operation.m_expires = expires;
    operation.m_digests = digests_of(key.public_key, items);
    random.fill(operation.m_salt.bytes);
    operation.m_seed = SecretBytes(32);
    random.fill(operation.m_seed.span());
    operation.m_commitment = commit_to(operation.m_seed, items.size(), operation.m_salt, id, masks);
    return operation;
}

std::optional<SignAnswer> SigningSteps::repeated(const ServiceKey::Impl& key,
                                                 const SignOperation& operation,
                                                 const SignRequest& request, Timestamp now) {
    key.require_usable(Purpose::sign);
    require(operation.m_key == key.id && request.operation == operation.m_id,
            ErrorCode::cosign_operation, "another operation");
    if (!operation.m_answer.empty()) {
        // A second answer from the same nonces would give the service's share away.
        require(nonce_set_digest(request.q1) == operation.m_answered,
                ErrorCode::cosign_nonce_reuse);
        return SignAnswer::decode(operation.m_answer);
    }
    require(!operation.spent() && now < operation.m_expires, ErrorCode::cosign_operation,
            "spent or expired");
    require(operation.m_epoch == key.epoch, ErrorCode::cosign_epoch);
    require(request.q1.size() == operation.m_digests.size(), ErrorCode::cosign_message,
            "another number of items");
    require_points(request.q1);
    return std::nullopt;
}

SignAnswer SigningSteps::finish(SignOperation& operation, const SecretBytes& d2,
                                const SignRequest& request, Masks& masks) {
    const std::vector<Number> w2 = nonces_of(operation.m_seed, operation.count());
    operation.m_seed = SecretBytes();
    auto items = partial_signatures(read_nonzero(d2.view(), ErrorCode::cosign_record),
                                    operation.m_digests, w2, request.q1, masks);
    require(items.has_value(), ErrorCode::cosign_operation, "a zero; start again");
    const SignAnswer answer{operation.m_id, operation.m_salt, std::move(*items)};
    operation.m_answered = nonce_set_digest(request.q1);
    operation.m_answer = answer.encode();
    return answer;
}

SignOperation ServiceKey::begin_sign(const OperationId& id, const std::vector<Bytes>& items,
                                     Timestamp now, Timestamp expires, Random& random) const {
    m_impl->require_usable(Purpose::sign);
    m_impl->pin.require_open(now);
    require(now < expires && expires.seconds - now.seconds <= max_operation_seconds,
            ErrorCode::usage, "an operation lasts at most 30 minutes");
    return SigningSteps::begin(*m_impl, id, items, expires, std::nullopt, random);
}

SignAnswer ServiceKey::answer(SignOperation& operation, const SignRequest& request, Timestamp now,
                              Random& random) {
    require(!operation.session(), ErrorCode::cosign_operation, "an operation of a session");
    if (auto known = SigningSteps::repeated(*m_impl, operation, request, now))
        return *known;
    Masks masks(random);
    m_impl->require_pin(SigningSteps::context(operation), with_share(m_impl->p1, request.q1),
                        request.proof, attempt_digest(request.encode()), now, masks);
    return SigningSteps::finish(operation, m_impl->d2, request, masks);
}

SignOperation ServiceKey::begin_sign(const SessionShare& session, const OperationId& id,
                                     SessionOperation kind, const GrantDigest& grant,
                                     const std::vector<Bytes>& items, Timestamp now,
                                     Random& random) const {
    m_impl->require_usable(Purpose::sign);
    const SessionLimits& limits = session.m_limits;
    const bool within = !session.ended() && session.m_key == m_impl->id &&
                        session.m_epoch == m_impl->epoch && !m_impl->pin.locked() &&
                        now.seconds < limits.expires &&
                        now.seconds - session.m_last_use.seconds <= limits.idle &&
                        (limits.operations & static_cast<uint8_t>(kind)) != 0 &&
                        grant == limits.grant && items.size() <= session.m_left;
    require(within, ErrorCode::cosign_session_limit);
    return SigningSteps::begin(*m_impl, id, items, Timestamp{limits.expires}, session.m_id, random);
}

SignAnswer ServiceKey::answer(SessionShare& session, SignOperation& operation,
                              const SignRequest& request, Timestamp now, Random& random) {
    require(operation.session() == session.m_id, ErrorCode::cosign_operation, "another session");
    if (auto known = SigningSteps::repeated(*m_impl, operation, request, now))
        return *known;
    const size_t count = operation.count();
    require(!session.ended() && count <= session.m_left && !m_impl->pin.locked() &&
                now.seconds - session.m_last_use.seconds <= session.m_limits.idle,
            ErrorCode::cosign_session_limit);
    Masks masks(random);
    if (!knows(SigningSteps::context(operation), with_share(session.m_p1, request.q1),
               request.proof, masks)) {
        session.end();
        throw Error(ErrorCode::cosign_session_limit, "a proof of another share ends the session");
    }
    session.m_left = static_cast<uint16_t>(session.m_left - count);
    session.m_last_use = now;
    return SigningSteps::finish(operation, session.m_d2, request, masks);
}

}  // namespace bidseal::cosign
