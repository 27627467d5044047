#include "bridge/cloud/cosign/call.h"

#include <algorithm>

#include "bidseal/base/wire.h"

namespace bidseal::cloud {
namespace {

constexpr uint8_t result_mark = 0, error_mark = 1;
constexpr uint8_t no_retries = 255;

ErrorCode error_of_name(std::string_view name) {
    for (size_t i = 0; i < error_count; i++) {
        if (name == error_name(static_cast<ErrorCode>(i)))
            return static_cast<ErrorCode>(i);
    }
    throw Error(ErrorCode::message_invalid, "an error of another version");
}

}  // namespace

Bytes call_bytes(std::string_view route, ByteView body) {
    Bytes out = to_bytes(as_bytes("SBID1 call"));
    append_field(out, as_bytes(route));
    append_field(out, body);
    return out;
}

std::string call_context(std::string_view route, const AccountId& account) {
    return std::string(route) + " " + to_hex(account.view());
}

SecretBytes call_content(const DeviceTicket& ticket, ByteView device_signature, ByteView body) {
    Bytes out;
    out.reserve(1024 + body.size());  // a body may hold a secret: no copies when this grows
    append_field(out, ticket.encode());
    append_field(out, device_signature);
    append(out, body);
    SecretBytes content = SecretBytes::copy_of(out);
    wipe(out.data(), out.size());
    return content;
}

DeviceCall::DeviceCall(const crypto::Sm2PrivateKey& service, const crypto::Sm2PublicKey& enrol,
                       std::string_view route, const AccountId& account, ByteView sealed,
                       Timestamp now)
    : m_opened(service, sealed, call_context(route, account)) {
    WireReader in(m_opened.request().view(), ErrorCode::cosign_message);
    m_ticket = DeviceTicket::decode(in.field(1, max_ticket));
    const ByteView signature = in.field(64, 64);
    m_body = in.take(in.left());
    m_ticket.check(enrol, now);
    require(m_ticket.account == account, ErrorCode::certificate_untrusted,
            "another account's phone");
    require(m_ticket.verify(call_bytes(route, m_body), signature), ErrorCode::signature_invalid,
            "the device did not sign this call");
}

Bytes DeviceCall::seal_result(ByteView answer, Random& random) const {
    Bytes plain{result_mark};
    append(plain, answer);
    return m_opened.seal_answer(plain, random);
}

Bytes DeviceCall::seal_error(const Error& error, Random& random) const {
    Bytes plain{error_mark};
    append_field(plain, as_bytes(error_name(error.code())));
    append_u64(plain, error.position().value_or(0));
    const uint32_t retries = error.retries_left().value_or(no_retries);
    plain.push_back(static_cast<uint8_t>(std::min<uint32_t>(retries, no_retries)));
    return m_opened.seal_answer(plain, random);
}

SecretBytes read_answer(const SecretBytes& opened) {
    WireReader in(opened.view(), ErrorCode::message_invalid);
    const uint8_t mark = in.u8();
    in.check(mark <= error_mark);
    if (mark == result_mark)
        return SecretBytes::copy_of(in.take(in.left()));
    Error error(error_of_name(as_text(in.field(1, 64))));
    if (const uint64_t position = in.u64(); position != 0)
        error.at(position);
    if (const uint8_t retries = in.u8(); retries != no_retries)
        error.retries(retries);
    in.finish();
    throw error;
}

}  // namespace bidseal::cloud
