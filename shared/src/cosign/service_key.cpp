// Records, states and key generation.
#include <algorithm>

#include "contexts.h"
#include "proofs.h"
#include "service_impl.h"

namespace bidseal::cosign {
namespace {

constexpr std::string_view key_magic = "BSK1";

}  // namespace

AttemptDigest attempt_digest(ByteView request) {
    return {crypto::sm3(request).bytes};
}

void append_flag(Bytes& record, bool flag) {
    record.push_back(flag ? 1 : 0);
}

bool read_flag(WireReader& record) {
    const uint8_t flag = record.u8();
    record.check(flag <= 1);
    return flag == 1;
}

SecretBytes finish_record(Bytes& record) {
    SecretBytes secret = SecretBytes::copy_of(record);
    wipe(record.data(), record.size());
    return secret;
}

void require_points(const std::vector<Point>& points) {
    for (const Point& point : points)
        read_point(point, ErrorCode::cosign_message);
}

void ServiceKey::Impl::require_usable(Purpose wanted) const {
    const bool usable =
        state == KeyState::active || (state == KeyState::retired && wanted == Purpose::decrypt);
    require(usable && purpose == wanted, ErrorCode::cosign_state);
}

void ServiceKey::Impl::require_pin(ByteView context, const std::vector<Point>& points,
                                   const Proof& proof, const AttemptDigest& attempt, Timestamp now,
                                   Masks& masks) {
    pin.require_open(now);
    if (!knows(context, points, proof, masks))
        pin.fail(now, attempt);
    pin.succeed();
}

ServiceKey::ServiceKey(std::unique_ptr<Impl> impl) : m_impl(std::move(impl)) {}
ServiceKey::~ServiceKey() = default;
ServiceKey::ServiceKey(ServiceKey&&) noexcept = default;
ServiceKey& ServiceKey::operator=(ServiceKey&&) noexcept = default;

ServiceKey ServiceKey::create(const KeyId& id, Purpose purpose, Random& random) {
    Masks masks(random);
    auto impl = std::make_unique<Impl>();
    impl->id = id;
    impl->purpose = purpose;
    const Number d2 = draw_number(random);
    const Number a2 = d2.invert();
    impl->d2 = write_secret(d2);
    KeyGenOpen open;
    open.key = id;
    open.p2 = write_point(masks.base(a2), ErrorCode::internal);
    open.proof = prove_knowledge(keygen_service_context(id), {a2}, {open.p2}, random, masks);
    random.fill(open.salt.bytes);
    impl->opening = open;
    return ServiceKey(std::move(impl));
}

KeyGenCommit ServiceKey::commit() const {
    require(m_impl->opening.has_value(), ErrorCode::cosign_state);
    const KeyGenOpen& open = *m_impl->opening;
    return {m_impl->id, m_impl->purpose, keygen_commitment(open.salt, open.p2, open.proof)};
}

KeyGenOpen ServiceKey::complete(const KeyGenShare& share, Random& random) {
    require(share.key == m_impl->id, ErrorCode::cosign_message, "another key's share");
    if (m_impl->state == KeyState::active && m_impl->opening) {
        // Once P2 was shown, another P1 could be chosen to suit it.
        require(share.p1 == m_impl->p1, ErrorCode::cosign_state);
        return *m_impl->opening;
    }
    require(m_impl->state == KeyState::pending && m_impl->opening, ErrorCode::cosign_state);
    Masks masks(random);
    require(knows(keygen_phone_context(share.key), {share.p1}, share.proof, masks),
            ErrorCode::cosign_proof, "the phone does not know its part");
    const Number a2 = read_nonzero(m_impl->d2.view(), ErrorCode::cosign_record).invert();
    const CurvePoint p1 = read_point(share.p1, ErrorCode::cosign_proof);
    m_impl->public_key = checked_public_key(subtract(masks.times(p1, a2), generator()));
    m_impl->p1 = share.p1;
    m_impl->state = KeyState::active;
    return *m_impl->opening;
}

const KeyId& ServiceKey::id() const {
    return m_impl->id;
}
Purpose ServiceKey::purpose() const {
    return m_impl->purpose;
}
KeyState ServiceKey::state() const {
    return m_impl->state;
}
KeyStatus ServiceKey::status() const {
    return m_impl->status();
}
const PinCounter& ServiceKey::pin() const {
    return m_impl->pin;
}

Point ServiceKey::public_key() const {
    require(m_impl->state != KeyState::pending, ErrorCode::cosign_state);
    return m_impl->public_key;
}

crypto::Sm2PublicKey ServiceKey::key_of_both() const {
    return crypto::Sm2PublicKey::from_point(public_key().view());
}

void ServiceKey::retire() {
    require(m_impl->state == KeyState::active, ErrorCode::cosign_state);
    m_impl->state = KeyState::retired;
}

void ServiceKey::close() {
    require(m_impl->state != KeyState::pending, ErrorCode::cosign_state);
    m_impl->state = KeyState::closed;
    m_impl->d2 = SecretBytes();
    m_impl->next.reset();
    m_impl->opening.reset();
}

void ServiceKey::unlock() {
    m_impl->pin.unlock();
}

SecretBytes ServiceKey::serialize() const {
    const Impl& key = *m_impl;
    Bytes out = to_bytes(as_bytes(key_magic));
    out.reserve(1024);  // so that no copy of a secret is left behind when it grows
    append(out, key.id.view());
    out.push_back(static_cast<uint8_t>(key.purpose));
    out.push_back(static_cast<uint8_t>(key.state));
    append_u32(out, key.epoch);
    key.pin.append_to(out);
    append_flag(out, !key.d2.empty());
    append(out, key.d2.view());
    append_flag(out, key.state != KeyState::pending);
    if (key.state != KeyState::pending) {
        append(out, key.p1.view());
        append(out, key.public_key.view());
    }
    append_flag(out, key.opening.has_value());
    if (key.opening) {
        append(out, key.opening->salt.view());
        append(out, key.opening->p2.view());
        append(out, key.opening->proof.t.view());
        append(out, key.opening->proof.z.view());
    }
    append_flag(out, key.next.has_value());
    if (key.next) {
        append(out, key.next->d2.view());
        append(out, key.next->p1.view());
    }
    return finish_record(out);
}

ServiceKey ServiceKey::parse(ByteView record) {
    WireReader in(record, ErrorCode::cosign_record);
    in.constant(as_bytes(key_magic));
    auto key = std::make_unique<Impl>();
    key->id = in.fixed<KeyId>();
    const uint8_t purpose = in.u8();
    in.check(purpose == 1 || purpose == 2);
    key->purpose = static_cast<Purpose>(purpose);
    const uint8_t state = in.u8();
    in.check(state >= 1 && state <= 4);
    key->state = static_cast<KeyState>(state);
    key->epoch = in.u32();
    key->pin = PinCounter::read_from(in);
    const bool has_share = read_flag(in);
    in.check(has_share == (key->state != KeyState::closed));
    if (has_share) {
        key->d2 = SecretBytes::copy_of(in.take(32));
        read_nonzero(key->d2.view(), ErrorCode::cosign_record);
    }
    const bool has_points = read_flag(in);
    in.check(has_points == (key->state != KeyState::pending));
    if (has_points) {
        key->p1 = in.fixed<Point>();
        key->public_key = in.fixed<Point>();
        read_point(key->p1, ErrorCode::cosign_record);
        read_point(key->public_key, ErrorCode::cosign_record);
    }
    if (read_flag(in)) {
        in.check(key->epoch == 0 && has_share);
        KeyGenOpen open;
        open.key = key->id;
        open.salt = in.fixed<Salt>();
        open.p2 = in.fixed<Point>();
        open.proof.t = in.fixed<Point>();
        open.proof.z = in.fixed<Scalar>();
        key->opening = open;
    }
    in.check(has_points || key->opening.has_value());
    if (read_flag(in)) {
        in.check(has_share && has_points);
        Impl::NextShare next;
        next.d2 = SecretBytes::copy_of(in.take(32));
        read_nonzero(next.d2.view(), ErrorCode::cosign_record);
        next.p1 = in.fixed<Point>();
        read_point(next.p1, ErrorCode::cosign_record);
        key->next = std::move(next);
    }
    in.finish();
    return ServiceKey(std::move(key));
}

}  // namespace bidseal::cosign
