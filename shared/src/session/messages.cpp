#include "bidseal/session/messages.h"

#include "bidseal/base/text.h"
#include "bidseal/base/wire.h"

namespace bidseal::session {
namespace {

constexpr std::string_view hub_magic = "BSH1";
constexpr size_t max_signature = 256;
constexpr size_t max_events = 64;
constexpr size_t max_attestation = 2048;

// The type byte of a message is its place in HubMessage, plus one; of an event in Event::what.

Side read_side(WireReader& in) {
    const uint8_t side = in.u8();
    in.check(side == 1 || side == 2);
    return static_cast<Side>(side);
}

Operation read_operation(WireReader& in) {
    const uint8_t operation = in.u8();
    in.check(operation >= 1 && operation <= static_cast<uint8_t>(Operation::open_session));
    return static_cast<Operation>(operation);
}

Outcome read_outcome(WireReader& in) {
    const uint8_t outcome = in.u8();
    in.check(outcome >= 1 && outcome <= 4);
    return static_cast<Outcome>(outcome);
}

Timestamp read_time(WireReader& in) {
    const uint64_t seconds = in.u64();
    in.check(seconds <= 253'402'300'799u);  // the year 9999
    return {static_cast<int64_t>(seconds)};
}

void write(Bytes& out, const Attach& m) {
    append(out, m.sid.view());
    append(out, m.page.view());
    append_field(out, m.signature);
}
void write(Bytes& out, const Claim& m) {
    append(out, m.sid.view());
    append_u32(out, m.step);
    append(out, m.rotation.view());
    append(out, m.phone.view());
    append(out, m.device.view());
    append_field(out, m.signature);
}
void write(Bytes& out, const Post& m) {
    append(out, m.sid.view());
    out.push_back(static_cast<uint8_t>(m.side));
    append(out, m.token.view());
    append_u64(out, m.number);
    append_field(out, m.frame);
}
void write(Bytes& out, const Poll& m) {
    append(out, m.sid.view());
    out.push_back(static_cast<uint8_t>(m.side));
    append(out, m.token.view());
    append_u64(out, m.after);
}
void write(Bytes& out, const Finish& m) {
    append(out, m.sid.view());
    out.push_back(static_cast<uint8_t>(m.side));
    append(out, m.token.view());
    out.push_back(static_cast<uint8_t>(m.outcome));
}
void write(Bytes& out, const Attached& m) {
    append(out, m.sid.view());
    append(out, m.token.view());
    append_u32(out, m.age_millis);
}
void write(Bytes& out, const Rotated& m) {
    append(out, m.sid.view());
    append_u32(out, m.step);
    append(out, m.rotation.view());
}
void write(Bytes& out, const Claimed& m) {
    append(out, m.sid.view());
    append(out, m.token.view());
    append(out, m.request.view());
    append(out, m.certificate.view());
    out.push_back(static_cast<uint8_t>(m.operation));
    append_u64(out, static_cast<uint64_t>(m.expires.seconds));
    append_field(out, as_bytes(m.platform));
    append_field(out, m.attestation);
    out.push_back(static_cast<uint8_t>(m.network));
}
void write(Bytes& out, const Posted& m) {
    append(out, m.sid.view());
    append_u64(out, m.number);
}
void write(Bytes& out, const Event::PhoneCame& what) {
    append(out, what.phone.view());
}
void write(Bytes& out, const Event::FrameCame& what) {
    append_field(out, what.frame);
}
void write(Bytes& out, const Event::NextRequest& what) {
    append(out, what.request.view());
    out.push_back(static_cast<uint8_t>(what.operation));
    append_u64(out, static_cast<uint64_t>(what.expires.seconds));
}
void write(Bytes& out, const Event::Ended& what) {
    out.push_back(static_cast<uint8_t>(what.outcome));
}
void write(Bytes& out, const Events& m) {
    append(out, m.sid.view());
    append_u64(out, m.after);
    append_u32(out, m.peer_age_millis);
    append_u16(out, static_cast<uint16_t>(m.events.size()));
    for (const Event& event : m.events) {
        append_u64(out, event.number);
        out.push_back(static_cast<uint8_t>(event.what.index() + 1));
        std::visit([&](const auto& what) { write(out, what); }, event.what);
    }
}
void write(Bytes& out, const Refusal& m) {
    append(out, m.sid.view());
    out.push_back(m.type);
    append_field(out, as_bytes(error_name(m.code)));
}

Attach read_attach(WireReader& in) {
    Attach m;
    m.sid = in.fixed<Sid>();
    m.page = in.fixed<OneTimeKey>();
    m.signature = to_bytes(in.field(1, max_signature));
    return m;
}
Claim read_claim(WireReader& in) {
    Claim m;
    m.sid = in.fixed<Sid>();
    m.step = in.u32();
    m.rotation = in.fixed<Rotation>();
    m.phone = in.fixed<OneTimeKey>();
    m.device = in.fixed<DeviceId>();
    m.signature = to_bytes(in.field(1, max_signature));
    return m;
}
Post read_post(WireReader& in) {
    Post m;
    m.sid = in.fixed<Sid>();
    m.side = read_side(in);
    m.token = in.fixed<Token>();
    m.number = in.u64();
    m.frame = to_bytes(in.field(1, max_frame));
    return m;
}
Poll read_poll(WireReader& in) {
    Poll m;
    m.sid = in.fixed<Sid>();
    m.side = read_side(in);
    m.token = in.fixed<Token>();
    m.after = in.u64();
    return m;
}
Finish read_finish(WireReader& in) {
    Finish m;
    m.sid = in.fixed<Sid>();
    m.side = read_side(in);
    m.token = in.fixed<Token>();
    m.outcome = read_outcome(in);
    return m;
}
Attached read_attached(WireReader& in) {
    Attached m;
    m.sid = in.fixed<Sid>();
    m.token = in.fixed<Token>();
    m.age_millis = in.u32();
    return m;
}
Rotated read_rotated(WireReader& in) {
    Rotated m;
    m.sid = in.fixed<Sid>();
    m.step = in.u32();
    m.rotation = in.fixed<Rotation>();
    return m;
}
Claimed read_claimed(WireReader& in) {
    Claimed m;
    m.sid = in.fixed<Sid>();
    m.token = in.fixed<Token>();
    m.request = in.fixed<RequestDigest>();
    m.certificate = in.fixed<crypto::CertificateDigest>();
    m.operation = read_operation(in);
    m.expires = read_time(in);
    m.platform = std::string(as_text(in.field(1, 64)));
    in.check(is_identifier(m.platform));
    m.attestation = to_bytes(in.field(0, max_attestation));
    const uint8_t network = in.u8();
    in.check(network <= 2);
    m.network = static_cast<NetworkHint>(network);
    return m;
}
Posted read_posted(WireReader& in) {
    Posted m;
    m.sid = in.fixed<Sid>();
    m.number = in.u64();
    return m;
}
Event read_event(WireReader& in) {
    Event event;
    event.number = in.u64();
    switch (in.u8()) {
        case 1:
            event.what = Event::PhoneCame{in.fixed<OneTimeKey>()};
            break;
        case 2:
            event.what = Event::FrameCame{to_bytes(in.field(1, max_frame))};
            break;
        case 3: {
            Event::NextRequest next;
            next.request = in.fixed<RequestDigest>();
            next.operation = read_operation(in);
            next.expires = read_time(in);
            event.what = next;
            break;
        }
        case 4:
            event.what = Event::Ended{read_outcome(in)};
            break;
        default:
            in.check(false);
    }
    return event;
}
Events read_events(WireReader& in) {
    Events m;
    m.sid = in.fixed<Sid>();
    m.after = in.u64();
    m.peer_age_millis = in.u32();
    const size_t count = in.count(0, max_events);
    for (size_t i = 0; i < count; i++) {
        m.events.push_back(read_event(in));
        in.check(m.events.back().number == m.after + 1 + i);
    }
    return m;
}
Refusal read_refusal(WireReader& in) {
    Refusal m;
    m.sid = in.fixed<Sid>();
    m.type = in.u8();
    const std::string_view name = as_text(in.field(1, 64));
    in.check(m.type >= 1 && m.type <= 5);
    for (uint16_t i = 0; i < error_count; i++) {
        m.code = static_cast<ErrorCode>(i);
        if (name == error_name(m.code))
            return m;
    }
    in.check(false);
    return m;
}

HubMessage read_any(WireReader& in) {
    switch (in.u8()) {
        case 1:
            return read_attach(in);
        case 2:
            return read_claim(in);
        case 3:
            return read_post(in);
        case 4:
            return read_poll(in);
        case 5:
            return read_finish(in);
        case 6:
            return read_attached(in);
        case 7:
            return read_rotated(in);
        case 8:
            return read_claimed(in);
        case 9:
            return read_posted(in);
        case 10:
            return read_events(in);
        case 11:
            return read_refusal(in);
        default:
            in.check(false);
            throw Error(ErrorCode::session_message);
    }
}

}  // namespace

Bytes attach_bytes(const Sid& sid, const OneTimeKey& page) {
    Bytes out = to_bytes(as_bytes("SBID1 attach"));
    append(out, sid.view());
    append(out, page.view());
    return out;
}

Bytes claim_bytes(const Claim& claim) {
    Bytes out = to_bytes(as_bytes("SBID1 claim"));
    append(out, claim.sid.view());
    append_u32(out, claim.step);
    append(out, claim.rotation.view());
    append(out, claim.phone.view());
    append(out, claim.device.view());
    return out;
}

Bytes encode(const HubMessage& message) {
    Bytes out = to_bytes(as_bytes(hub_magic));
    out.push_back(static_cast<uint8_t>(message.index() + 1));
    std::visit([&](const auto& m) { write(out, m); }, message);
    return out;
}

HubMessage decode_hub_message(ByteView bytes) {
    WireReader in(bytes, ErrorCode::session_message);
    in.constant(as_bytes(hub_magic));
    HubMessage message = read_any(in);
    in.finish();
    return message;
}

}  // namespace bidseal::session
