#include "bidseal/cosign/messages.h"

#include "bidseal/base/wire.h"

namespace bidseal::cosign {
namespace {

enum class Type : uint8_t {
    keygen_commit = 1,
    keygen_share = 2,
    keygen_open = 3,
    sign_commit = 4,
    sign_request = 5,
    sign_answer = 6,
    decrypt_request = 7,
    decrypt_answer = 8,
    refresh_request = 9,
    refresh_commit = 10,
    key_status = 11,
    grant_request = 12,
};

constexpr std::string_view magic = "BSC1";

Bytes begin_message(Type type) {
    Bytes out = to_bytes(as_bytes(magic));
    out.push_back(static_cast<uint8_t>(type));
    return out;
}

WireReader open_message(ByteView bytes, Type type) {
    WireReader in(bytes, ErrorCode::cosign_message);
    in.constant(as_bytes(magic));
    in.check(in.u8() == static_cast<uint8_t>(type));
    return in;
}

void append_proof(Bytes& out, const Proof& proof) {
    append(out, proof.t.view());
    append(out, proof.z.view());
}

Proof read_proof(WireReader& in) {
    Proof proof;
    proof.t = in.fixed<Point>();
    proof.z = in.fixed<Scalar>();
    return proof;
}

void append_count(Bytes& out, size_t count) {
    append_u16(out, static_cast<uint16_t>(count));
}

template <class Fixed>
std::vector<Fixed> read_list(WireReader& in, size_t max) {
    std::vector<Fixed> items(in.count(1, max));
    for (Fixed& item : items)
        item = in.fixed<Fixed>();
    return items;
}

/// The message as a secret; the plain copy is wiped.
SecretBytes as_secret(Bytes& message) {
    SecretBytes secret = SecretBytes::copy_of(message);
    wipe(message.data(), message.size());
    return secret;
}

}  // namespace

Bytes KeyGenCommit::encode() const {
    Bytes out = begin_message(Type::keygen_commit);
    append(out, key.view());
    out.push_back(static_cast<uint8_t>(purpose));
    append(out, commitment.view());
    return out;
}

KeyGenCommit KeyGenCommit::decode(ByteView bytes) {
    WireReader in = open_message(bytes, Type::keygen_commit);
    KeyGenCommit m;
    m.key = in.fixed<KeyId>();
    const uint8_t purpose = in.u8();
    in.check(purpose == 1 || purpose == 2);
    m.purpose = static_cast<Purpose>(purpose);
    m.commitment = in.fixed<Commitment>();
    in.finish();
    return m;
}

Bytes KeyGenShare::encode() const {
    Bytes out = begin_message(Type::keygen_share);
    append(out, key.view());
    append(out, p1.view());
    append_proof(out, proof);
    return out;
}

KeyGenShare KeyGenShare::decode(ByteView bytes) {
    WireReader in = open_message(bytes, Type::keygen_share);
    KeyGenShare m;
    m.key = in.fixed<KeyId>();
    m.p1 = in.fixed<Point>();
    m.proof = read_proof(in);
    in.finish();
    return m;
}

Bytes KeyGenOpen::encode() const {
    Bytes out = begin_message(Type::keygen_open);
    append(out, key.view());
    append(out, salt.view());
    append(out, p2.view());
    append_proof(out, proof);
    return out;
}

KeyGenOpen KeyGenOpen::decode(ByteView bytes) {
    WireReader in = open_message(bytes, Type::keygen_open);
    KeyGenOpen m;
    m.key = in.fixed<KeyId>();
    m.salt = in.fixed<Salt>();
    m.p2 = in.fixed<Point>();
    m.proof = read_proof(in);
    in.finish();
    return m;
}

Bytes SignCommit::encode() const {
    Bytes out = begin_message(Type::sign_commit);
    append(out, key.view());
    append(out, operation.view());
    append_u32(out, epoch);
    append_u16(out, count);
    append(out, commitment.view());
    return out;
}

SignCommit SignCommit::decode(ByteView bytes) {
    WireReader in = open_message(bytes, Type::sign_commit);
    SignCommit m;
    m.key = in.fixed<KeyId>();
    m.operation = in.fixed<OperationId>();
    m.epoch = in.u32();
    m.count = static_cast<uint16_t>(in.count(1, max_batch));
    m.commitment = in.fixed<Commitment>();
    in.finish();
    return m;
}

Bytes SignRequest::encode() const {
    Bytes out = begin_message(Type::sign_request);
    append(out, operation.view());
    append_count(out, q1.size());
    for (const Point& point : q1)
        append(out, point.view());
    append_proof(out, proof);
    return out;
}

SignRequest SignRequest::decode(ByteView bytes) {
    WireReader in = open_message(bytes, Type::sign_request);
    SignRequest m;
    m.operation = in.fixed<OperationId>();
    m.q1 = read_list<Point>(in, max_batch);
    m.proof = read_proof(in);
    in.finish();
    return m;
}

Bytes SignAnswer::encode() const {
    Bytes out = begin_message(Type::sign_answer);
    append(out, operation.view());
    append(out, salt.view());
    append_count(out, items.size());
    for (const Partial& item : items) {
        append(out, item.r.view());
        append(out, item.s1.view());
    }
    return out;
}

SignAnswer SignAnswer::decode(ByteView bytes) {
    WireReader in = open_message(bytes, Type::sign_answer);
    SignAnswer m;
    m.operation = in.fixed<OperationId>();
    m.salt = in.fixed<Salt>();
    m.items.resize(in.count(1, max_batch));
    for (Partial& item : m.items) {
        item.r = in.fixed<Scalar>();
        item.s1 = in.fixed<Scalar>();
    }
    in.finish();
    return m;
}

Bytes DecryptRequest::encode() const {
    Bytes out = begin_message(Type::decrypt_request);
    append(out, operation.view());
    append_count(out, c1.size());
    for (const Point& point : c1)
        append(out, point.view());
    append_proof(out, proof);
    return out;
}

DecryptRequest DecryptRequest::decode(ByteView bytes) {
    WireReader in = open_message(bytes, Type::decrypt_request);
    DecryptRequest m;
    m.operation = in.fixed<OperationId>();
    m.c1 = read_list<Point>(in, max_ciphertexts);
    m.proof = read_proof(in);
    in.finish();
    return m;
}

Bytes DecryptAnswer::encode() const {
    Bytes out = begin_message(Type::decrypt_answer);
    append(out, operation.view());
    append_count(out, items.size());
    for (const Partial& item : items) {
        append(out, item.t2.view());
        append(out, item.proof.c.view());
        append(out, item.proof.z.view());
    }
    return out;
}

DecryptAnswer DecryptAnswer::decode(ByteView bytes) {
    WireReader in = open_message(bytes, Type::decrypt_answer);
    DecryptAnswer m;
    m.operation = in.fixed<OperationId>();
    m.items.resize(in.count(1, max_ciphertexts));
    for (Partial& item : m.items) {
        item.t2 = in.fixed<Point>();
        item.proof.c = in.fixed<Scalar>();
        item.proof.z = in.fixed<Scalar>();
    }
    in.finish();
    return m;
}

SecretBytes RefreshRequest::encode() const {
    Bytes out = begin_message(Type::refresh_request);
    out.reserve(256);
    append(out, key.view());
    append_u32(out, epoch);
    append(out, rho.view());
    append(out, p1.view());
    append_proof(out, proof);
    return as_secret(out);
}

RefreshRequest RefreshRequest::decode(ByteView bytes) {
    WireReader in = open_message(bytes, Type::refresh_request);
    RefreshRequest m;
    m.key = in.fixed<KeyId>();
    m.epoch = in.u32();
    m.rho = SecretBytes::copy_of(in.take(32));
    m.p1 = in.fixed<Point>();
    m.proof = read_proof(in);
    in.finish();
    return m;
}

Bytes RefreshCommit::encode() const {
    Bytes out = begin_message(Type::refresh_commit);
    append(out, key.view());
    append_u32(out, epoch);
    append_proof(out, proof);
    return out;
}

RefreshCommit RefreshCommit::decode(ByteView bytes) {
    WireReader in = open_message(bytes, Type::refresh_commit);
    RefreshCommit m;
    m.key = in.fixed<KeyId>();
    m.epoch = in.u32();
    m.proof = read_proof(in);
    in.finish();
    return m;
}

Bytes KeyStatus::encode() const {
    Bytes out = begin_message(Type::key_status);
    append(out, key.view());
    append_u32(out, epoch);
    out.push_back(refresh_waits ? 1 : 0);
    return out;
}

KeyStatus KeyStatus::decode(ByteView bytes) {
    WireReader in = open_message(bytes, Type::key_status);
    KeyStatus m;
    m.key = in.fixed<KeyId>();
    m.epoch = in.u32();
    const uint8_t waits = in.u8();
    in.check(waits <= 1);
    m.refresh_waits = waits == 1;
    in.finish();
    return m;
}

SecretBytes GrantRequest::encode() const {
    Bytes out = begin_message(Type::grant_request);
    out.reserve(320);
    append(out, key.view());
    append(out, session.view());
    append_u16(out, limits.count);
    append_u64(out, static_cast<uint64_t>(limits.expires));
    append_u16(out, limits.idle);
    out.push_back(limits.operations);
    append(out, limits.grant.view());
    append(out, rho.view());
    append(out, p1.view());
    append_proof(out, proof);
    return as_secret(out);
}

GrantRequest GrantRequest::decode(ByteView bytes) {
    WireReader in = open_message(bytes, Type::grant_request);
    GrantRequest m;
    m.key = in.fixed<KeyId>();
    m.session = in.fixed<SessionId>();
    m.limits.count = in.u16();
    const uint64_t expires = in.u64();
    in.check(expires <= INT64_MAX);
    m.limits.expires = static_cast<int64_t>(expires);
    m.limits.idle = in.u16();
    m.limits.operations = in.u8();
    m.limits.grant = in.fixed<GrantDigest>();
    m.rho = SecretBytes::copy_of(in.take(32));
    m.p1 = in.fixed<Point>();
    m.proof = read_proof(in);
    in.finish();
    return m;
}

}  // namespace bidseal::cosign
