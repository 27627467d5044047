// Decryption, refresh and sealing sessions.
#include <algorithm>

#include "contexts.h"
#include "proofs.h"
#include "service_impl.h"

namespace bidseal::cosign {
namespace {

constexpr std::string_view decrypt_magic = "BSD1";
constexpr std::string_view session_magic = "BSS1";

/// Checks a request that carries rho and the new P1: the same numbers, and who asks knows the old
/// share. Gives the service's new share.
Number turned_share(ServiceKey::Impl& key, ByteView context, const SecretBytes& rho_bytes,
                    const Point& p1_new, const Proof& proof, const AttemptDigest& attempt,
                    Timestamp now, Masks& masks) {
    require_points({p1_new});
    const Number rho = read_nonzero(rho_bytes.view(), ErrorCode::cosign_message);
    key.require_pin(context, {key.p1, p1_new}, proof, attempt, now, masks);
    const Number rho_inverse = rho.invert();
    const CurvePoint p1 = read_point(key.p1, ErrorCode::cosign_record);
    require(masks.times(p1, rho_inverse) == read_point(p1_new, ErrorCode::cosign_message),
            ErrorCode::cosign_proof, "the new share does not follow from the old one");
    return read_nonzero(key.d2.view(), ErrorCode::cosign_record) * rho_inverse;
}

}  // namespace

Bytes DecryptOperation::serialize() const {
    Bytes out = to_bytes(as_bytes(decrypt_magic));
    append(out, m_id.view());
    append(out, m_key.view());
    append_u32(out, m_epoch);
    append_u64(out, static_cast<uint64_t>(m_expires.seconds));
    append_u16(out, static_cast<uint16_t>(m_c1.size()));
    for (const Point& point : m_c1)
        append(out, point.view());
    append(out, m_answered.view());
    append_field(out, m_answer);
    return out;
}

DecryptOperation DecryptOperation::parse(ByteView record) {
    WireReader in(record, ErrorCode::cosign_record);
    in.constant(as_bytes(decrypt_magic));
    DecryptOperation operation;
    operation.m_id = in.fixed<OperationId>();
    operation.m_key = in.fixed<KeyId>();
    operation.m_epoch = in.u32();
    const uint64_t expires = in.u64();
    in.check(expires <= INT64_MAX);
    operation.m_expires.seconds = static_cast<int64_t>(expires);
    operation.m_c1.resize(in.count(1, max_ciphertexts));
    for (Point& point : operation.m_c1) {
        point = in.fixed<Point>();
        read_point(point, ErrorCode::cosign_record);
    }
    operation.m_answered = in.fixed<AttemptDigest>();
    operation.m_answer = to_bytes(in.field(0, 129 * max_ciphertexts + 64));
    in.finish();
    return operation;
}

DecryptOperation ServiceKey::begin_decrypt(const OperationId& id, const std::vector<Point>& c1,
                                           const std::vector<RegisteredCiphertext>& registered,
                                           Timestamp now, Timestamp expires) const {
    m_impl->require_usable(Purpose::decrypt);
    m_impl->pin.require_open(now);
    require(!c1.empty() && c1.size() <= max_ciphertexts && now < expires &&
                expires.seconds - now.seconds <= max_operation_seconds,
            ErrorCode::usage, "1 to 256 ciphertexts, at most 30 minutes");
    require_points(c1);
    for (const Point& point : c1) {
        const auto known = std::find_if(registered.begin(), registered.end(),
                                        [&](const auto& each) { return each.c1 == point; });
        require(known != registered.end(), ErrorCode::cosign_not_registered);
        require(known->opens <= now, ErrorCode::not_open_yet);
    }
    DecryptOperation operation;
    operation.m_id = id;
    operation.m_key = m_impl->id;
    operation.m_epoch = m_impl->epoch;
    operation.m_expires = expires;
    operation.m_c1 = c1;
    return operation;
}

DecryptAnswer ServiceKey::answer(DecryptOperation& operation, const DecryptRequest& request,
                                 Timestamp now, Random& random) {
    m_impl->require_usable(Purpose::decrypt);
    require(operation.m_key == m_impl->id && request.operation == operation.m_id &&
                request.c1 == operation.m_c1,
            ErrorCode::cosign_operation, "not the ciphertexts of this operation");
    // The same request, proof included: without the proof, a thief of the phone's storage could
    // fetch the answer and test PINs with it.
    const AttemptDigest digest = attempt_digest(request.encode());
    if (!operation.m_answer.empty() && digest == operation.m_answered)
        return DecryptAnswer::decode(operation.m_answer);
    require(now < operation.m_expires, ErrorCode::cosign_operation, "expired");
    require(operation.m_epoch == m_impl->epoch, ErrorCode::cosign_epoch);

    Masks masks(random);
    m_impl->require_pin(decrypt_context(m_impl->id, operation.m_id, operation.m_c1), {m_impl->p1},
                        request.proof, digest, now, masks);
    const Number a2 = read_nonzero(m_impl->d2.view(), ErrorCode::cosign_record).invert();
    const Point p2 = write_point(masks.base(a2), ErrorCode::internal);
    DecryptAnswer answer;
    answer.operation = operation.m_id;
    for (const Point& each : operation.m_c1) {
        const CurvePoint c1 = read_point(each, ErrorCode::cosign_record);
        const Point t2 = write_point(masks.times(c1, a2), ErrorCode::internal);
        answer.items.push_back(
            {t2, prove_equality(operation.m_id.view(), a2, p2, c1, t2, random, masks)});
    }
    operation.m_answered = digest;
    operation.m_answer = answer.encode();
    return answer;
}

KeyStatus ServiceKey::prepare_refresh(const RefreshRequest& request, Timestamp now,
                                      Random& random) {
    require(m_impl->state == KeyState::active || m_impl->state == KeyState::retired,
            ErrorCode::cosign_state);
    require(request.key == m_impl->id, ErrorCode::cosign_message, "another key");
    if (request.epoch + 1 == m_impl->epoch && request.p1 == m_impl->p1)
        return m_impl->status();  // it was committed already
    require(request.epoch == m_impl->epoch && request.epoch != UINT32_MAX, ErrorCode::cosign_epoch);
    Masks masks(random);
    const Number d2 =
        turned_share(*m_impl, refresh_context(m_impl->id, m_impl->epoch), request.rho, request.p1,
                     request.proof, attempt_digest(request.encode().view()), now, masks);
    m_impl->next = Impl::NextShare{write_secret(d2), request.p1};
    return m_impl->status();
}

KeyStatus ServiceKey::commit_refresh(const RefreshCommit& request, Timestamp now, Random& random) {
    require(m_impl->state == KeyState::active || m_impl->state == KeyState::retired,
            ErrorCode::cosign_state);
    require(request.key == m_impl->id, ErrorCode::cosign_message, "another key");
    const bool again = request.epoch == m_impl->epoch && !m_impl->next;
    require(again || (m_impl->next && request.epoch == m_impl->epoch + 1), ErrorCode::cosign_epoch);
    Masks masks(random);
    const Point p1 = again ? m_impl->p1 : m_impl->next->p1;
    m_impl->require_pin(refresh_commit_context(m_impl->id, request.epoch), {p1}, request.proof,
                        attempt_digest(request.encode()), now, masks);
    if (!again) {
        m_impl->d2 = std::move(m_impl->next->d2);
        m_impl->p1 = p1;
        m_impl->epoch = request.epoch;
        m_impl->next.reset();
        m_impl->opening.reset();
    }
    return m_impl->status();
}

SessionShare ServiceKey::grant(const GrantRequest& request, Timestamp now, Random& random) {
    m_impl->require_usable(Purpose::sign);
    require(request.key == m_impl->id, ErrorCode::cosign_message, "another key");
    const SessionLimits& limits = request.limits;
    require(limits_allowed(limits) && now.seconds < limits.expires &&
                limits.expires - now.seconds <= max_session_seconds,
            ErrorCode::cosign_session_limit);
    Masks masks(random);
    const Number d2 = turned_share(*m_impl, grant_context(m_impl->id, request.session, limits),
                                   request.rho, request.p1, request.proof,
                                   attempt_digest(request.encode().view()), now, masks);
    SessionShare session;
    session.m_id = request.session;
    session.m_key = m_impl->id;
    session.m_epoch = m_impl->epoch;
    session.m_limits = limits;
    session.m_left = limits.count;
    session.m_last_use = now;
    session.m_p1 = request.p1;
    session.m_d2 = write_secret(d2);
    return session;
}

void SessionShare::end() {
    m_d2 = SecretBytes();
    m_left = 0;
}

SecretBytes SessionShare::serialize() const {
    Bytes out = to_bytes(as_bytes(session_magic));
    out.reserve(512);
    append(out, m_id.view());
    append(out, m_key.view());
    append_u32(out, m_epoch);
    append_u16(out, m_limits.count);
    append_u64(out, static_cast<uint64_t>(m_limits.expires));
    append_u16(out, m_limits.idle);
    out.push_back(m_limits.operations);
    append(out, m_limits.grant.view());
    append_u16(out, m_left);
    append_u64(out, static_cast<uint64_t>(m_last_use.seconds));
    append(out, m_p1.view());
    append_flag(out, !m_d2.empty());
    append(out, m_d2.view());
    return finish_record(out);
}

SessionShare SessionShare::parse(ByteView record) {
    WireReader in(record, ErrorCode::cosign_record);
    in.constant(as_bytes(session_magic));
    SessionShare session;
    session.m_id = in.fixed<SessionId>();
    session.m_key = in.fixed<KeyId>();
    session.m_epoch = in.u32();
    session.m_limits.count = in.u16();
    session.m_limits.expires = static_cast<int64_t>(in.u64());
    session.m_limits.idle = in.u16();
    session.m_limits.operations = in.u8();
    session.m_limits.grant = in.fixed<GrantDigest>();
    session.m_left = in.u16();
    session.m_last_use.seconds = static_cast<int64_t>(in.u64());
    session.m_p1 = in.fixed<Point>();
    if (read_flag(in)) {
        session.m_d2 = SecretBytes::copy_of(in.take(32));
        read_nonzero(session.m_d2.view(), ErrorCode::cosign_record);
    }
    in.check(limits_allowed(session.m_limits) && session.m_left <= session.m_limits.count &&
             session.m_last_use.seconds >= 0);
    read_point(session.m_p1, ErrorCode::cosign_record);
    in.finish();
    return session;
}

}  // namespace bidseal::cosign
