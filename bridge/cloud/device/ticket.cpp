#include "bridge/cloud/device/ticket.h"

#include "bidseal/base/wire.h"

namespace bidseal::cloud {
namespace {

constexpr std::string_view magic = "BST1";

Bytes unsigned_part(const DeviceTicket& ticket) {
    Bytes out = to_bytes(as_bytes(magic));
    append(out, ticket.device.view());
    append(out, ticket.account.view());
    append(out, ticket.key.view());
    append_u64(out, static_cast<uint64_t>(ticket.expires.seconds));
    return out;
}

Bytes signed_bytes(const DeviceTicket& ticket) {
    Bytes out = to_bytes(as_bytes("SBID1 ticket"));
    append(out, unsigned_part(ticket));
    return out;
}

}  // namespace

DeviceTicket DeviceTicket::issue(const DeviceId& device, const AccountId& account,
                                 const crypto::P256Point& key, Timestamp now,
                                 const crypto::Sm2PrivateKey& enrol, Random& random) {
    DeviceTicket ticket{device, account, key, {now.seconds + ticket_seconds}, {}};
    ticket.signature = enrol.sign(signed_bytes(ticket), random);
    return ticket;
}

Bytes DeviceTicket::encode() const {
    Bytes out = unsigned_part(*this);
    append_field(out, signature);
    return out;
}

DeviceTicket DeviceTicket::decode(ByteView bytes) {
    WireReader in(bytes, ErrorCode::certificate_invalid);
    in.constant(as_bytes(magic));
    DeviceTicket ticket;
    ticket.device = in.fixed<DeviceId>();
    ticket.account = in.fixed<AccountId>();
    ticket.key = in.fixed<crypto::P256Point>();
    const uint64_t expires = in.u64();
    in.check(expires <= INT64_MAX);
    ticket.expires.seconds = static_cast<int64_t>(expires);
    ticket.signature = to_bytes(in.field(1, 80));
    in.finish();
    return ticket;
}

void DeviceTicket::check(const crypto::Sm2PublicKey& enrol, Timestamp now) const {
    require(now < expires, ErrorCode::certificate_expired, "the ticket's time is over");
    require(enrol.verify(signed_bytes(*this), signature), ErrorCode::certificate_untrusted,
            "not a ticket of this enrolment");
}

bool DeviceTicket::verify(ByteView message, ByteView device_signature) const {
    try {
        return crypto::p256_verify(key, message, device_signature);
    } catch (const Error&) {
        return false;  // no point, though enrol has signed it
    }
}

}  // namespace bidseal::cloud
