#include "bridge/cloud/cosign/bodies.h"

#include "bidseal/base/wire.h"
#include "bidseal/session/grant.h"

namespace bidseal::cloud {
namespace {

constexpr size_t max_call = 1 << 20;
constexpr size_t max_keygen_open = 256;

WireReader open_body(ByteView bytes) {
    return WireReader(bytes, ErrorCode::cosign_message);
}

cosign::Purpose read_purpose(WireReader& in) {
    const uint8_t purpose = in.u8();
    in.check(purpose == 1 || purpose == 2);
    return static_cast<cosign::Purpose>(purpose);
}

Timestamp read_time(WireReader& in) {
    const uint64_t seconds = in.u64();
    in.check(seconds <= INT64_MAX);
    return {static_cast<int64_t>(seconds)};
}

void append_points(Bytes& out, const std::vector<cosign::Point>& points) {
    append_u16(out, static_cast<uint16_t>(points.size()));
    for (const cosign::Point& point : points)
        append(out, point.view());
}

std::vector<cosign::Point> read_points(WireReader& in) {
    std::vector<cosign::Point> points(in.count(1, cosign::max_ciphertexts));
    for (cosign::Point& point : points)
        point = in.fixed<cosign::Point>();
    return points;
}

}  // namespace

Bytes CreateKey::encode() const {
    Bytes out = to_bytes(call.view());
    out.push_back(static_cast<uint8_t>(purpose));
    return out;
}

CreateKey CreateKey::decode(ByteView bytes) {
    WireReader in = open_body(bytes);
    CreateKey body;
    body.call = in.fixed<CallId>();
    body.purpose = read_purpose(in);
    in.finish();
    return body;
}

Bytes CompletedKey::encode() const {
    Bytes out;
    append_field(out, open.encode());
    append_field(out, statement);
    return out;
}

CompletedKey CompletedKey::decode(ByteView bytes) {
    WireReader in = open_body(bytes);
    CompletedKey body;
    body.open = cosign::KeyGenOpen::decode(in.field(1, max_keygen_open));
    body.statement = to_bytes(in.field(1, 80));
    in.finish();
    return body;
}

Bytes key_statement(const AccountId& account, const cosign::KeyId& key, cosign::Purpose purpose,
                    const cosign::Point& both) {
    Bytes out = to_bytes(as_bytes("SBID1 split key"));
    append(out, account.view());
    append(out, key.view());
    out.push_back(static_cast<uint8_t>(purpose));
    append(out, both.view());
    return out;
}

Bytes KeyReport::encode() const {
    Bytes out;
    append_field(out, status.encode());
    out.push_back(static_cast<uint8_t>(state));
    out.push_back(tries_left);
    out.push_back(tries_before_pause);
    append_u64(out, static_cast<uint64_t>(paused_until.seconds));
    return out;
}

KeyReport KeyReport::decode(ByteView bytes) {
    WireReader in = open_body(bytes);
    KeyReport body;
    body.status = cosign::KeyStatus::decode(in.field(1, 64));
    const uint8_t state = in.u8();
    in.check(state >= 1 && state <= 4);
    body.state = static_cast<cosign::KeyState>(state);
    body.tries_left = in.u8();
    body.tries_before_pause = in.u8();
    body.paused_until = read_time(in);
    in.finish();
    return body;
}

Bytes BeginSign::encode() const {
    Bytes out = to_bytes(call.view());
    append(out, key.view());
    append_u16(out, static_cast<uint16_t>(items.size()));
    for (const Bytes& item : items)
        append_field(out, item);
    return out;
}

BeginSign BeginSign::decode(ByteView bytes) {
    WireReader in = open_body(bytes);
    BeginSign body;
    body.call = in.fixed<CallId>();
    body.key = in.fixed<cosign::KeyId>();
    body.items.resize(in.count(1, cosign::max_batch));
    for (Bytes& item : body.items)
        item = to_bytes(in.field(1, session::max_to_be_signed));
    in.finish();
    return body;
}

Bytes RegisterWraps::encode() const {
    Bytes out = to_bytes(key.view());
    append_field(out, tender_file);
    append_points(out, c1);
    return out;
}

RegisterWraps RegisterWraps::decode(ByteView bytes) {
    WireReader in = open_body(bytes);
    RegisterWraps body;
    body.key = in.fixed<cosign::KeyId>();
    body.tender_file = to_bytes(in.field(1, max_call));
    body.c1 = read_points(in);
    in.finish();
    return body;
}

Bytes BeginDecrypt::encode() const {
    Bytes out = to_bytes(call.view());
    append(out, key.view());
    append_points(out, c1);
    return out;
}

BeginDecrypt BeginDecrypt::decode(ByteView bytes) {
    WireReader in = open_body(bytes);
    BeginDecrypt body;
    body.call = in.fixed<CallId>();
    body.key = in.fixed<cosign::KeyId>();
    body.c1 = read_points(in);
    in.finish();
    return body;
}

Bytes DecryptBegun::encode() const {
    Bytes out = to_bytes(operation.view());
    append_u64(out, static_cast<uint64_t>(expires.seconds));
    return out;
}

DecryptBegun DecryptBegun::decode(ByteView bytes) {
    WireReader in = open_body(bytes);
    DecryptBegun body;
    body.operation = in.fixed<cosign::OperationId>();
    body.expires = read_time(in);
    in.finish();
    return body;
}

SecretBytes OpenSession::encode() const {
    Bytes out;
    out.reserve(64 + grant.size() + request.size());  // it holds rho: no copies when this grows
    append_field(out, grant);
    append_field(out, request.view());
    SecretBytes body = SecretBytes::copy_of(out);
    wipe(out.data(), out.size());
    return body;
}

OpenSession OpenSession::decode(ByteView bytes) {
    WireReader in = open_body(bytes);
    OpenSession body;
    body.grant = to_bytes(in.field(1, 8192));
    body.request = SecretBytes::copy_of(in.field(1, 512));
    in.finish();
    return body;
}

Bytes SessionSign::encode() const {
    Bytes out = to_bytes(call.view());
    append(out, session.view());
    append(out, page.view());
    append_field(out, request.encode());
    return out;
}

SessionSign SessionSign::decode(ByteView bytes) {
    WireReader in = open_body(bytes);
    SessionSign body;
    body.call = in.fixed<CallId>();
    body.session = in.fixed<cosign::SessionId>();
    body.page = in.fixed<session::OneTimeKey>();
    const ByteView request = in.field(1, max_call);
    in.finish();
    try {
        body.request = session::SignedRequest::decode(request);
    } catch (const Error&) {
        throw Error(ErrorCode::cosign_message, "no signed request");
    }
    return body;
}

cosign::SessionLimits session_limits(ByteView json) {
    const session::Grant grant = session::Grant::parse(json);
    cosign::SessionLimits limits;
    limits.count = static_cast<uint16_t>(grant.count);
    limits.expires = grant.expires.seconds;
    limits.idle = static_cast<uint16_t>(grant.idle_seconds);
    for (const session::Operation operation : grant.operations) {
        const auto kind = operation == session::Operation::seal_documents
                              ? cosign::SessionOperation::seal
                              : cosign::SessionOperation::sign_document;
        limits.operations = static_cast<uint8_t>(limits.operations | static_cast<uint8_t>(kind));
    }
    limits.grant.bytes = crypto::sm3(json).bytes;
    return limits;
}

}  // namespace bidseal::cloud
