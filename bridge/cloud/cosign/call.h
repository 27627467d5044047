// One call of a phone to the co-sign service, from both sides: sealed to the service, with the
// device's ticket and its signature inside. docs/spec/cloud-service.md section 4.
#pragma once

#include "bidseal/cosign/seal.h"

#include "bridge/cloud/device/ticket.h"

namespace bidseal::cloud {

/// What the device signs: "SBID1 call" | field(route) | field(body).
Bytes call_bytes(std::string_view route, ByteView body);
/// What a call is sealed under: the route and the account.
std::string call_context(std::string_view route, const AccountId& account);

/// `field(ticket) | field(device's signature) | body`, to be sealed.
SecretBytes call_content(const DeviceTicket& ticket, ByteView device_signature, ByteView body);

/// The service's side: a call that was opened and whose device is known.
class DeviceCall {
public:
    /// Throws Error: decrypt_failed (not for this service, route or account), signature_invalid
    /// and those of DeviceTicket.
    DeviceCall(const crypto::Sm2PrivateKey& service, const crypto::Sm2PublicKey& enrol,
               std::string_view route, const AccountId& account, ByteView sealed, Timestamp now);
    const DeviceTicket& ticket() const { return m_ticket; }
    const AccountId& account() const { return m_ticket.account; }
    ByteView body() const { return m_body; }
    /// `0 | answer`, sealed.
    Bytes seal_result(ByteView answer, Random& random) const;
    /// `1 | field(name) | u64 position or 0 | u8 retries or 255`, sealed: what went wrong is
    /// between phone and service as well.
    Bytes seal_error(const Error& error, Random& random) const;

private:
    cosign::OpenedCall m_opened;
    DeviceTicket m_ticket;
    ByteView m_body;  // within m_opened
};

/// The phone's side: the plain answer out of the opened one. Throws the Error that the service
/// reports, Error(message_invalid) for anything else.
SecretBytes read_answer(const SecretBytes& opened);

}  // namespace bidseal::cloud
