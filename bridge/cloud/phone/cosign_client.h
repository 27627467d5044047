// The phone's way to the co-sign service: the core's exchanges, carried by sealed calls. For
// programs that act as a phone; how a call travels is their matter.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "bidseal/cosign/phone.h"

#include "bridge/cloud/cosign/bodies.h"
#include "bridge/cloud/cosign/call.h"

namespace bidseal::cloud {

/// An enrolled device.
struct PhoneDevice {
    DeviceTicket ticket;
    crypto::P256PrivateKey key;
};

/// Carries a sealed call to a route and brings the sealed answer. Throws Error when it cannot; a
/// call that perhaps arrived may be carried again.
using CarryCall =
    std::function<Bytes(const std::string& route, const AccountId& account, const Bytes& sealed)>;

class CosignClient {
public:
    /// `device` and `random` must outlive it.
    CosignClient(crypto::Sm2PublicKey service, const PhoneDevice& device, CarryCall carry,
                 Random& random)
        : m_service(std::move(service)),
          m_device(device),
          m_carry(std::move(carry)),
          m_random(random) {}

    /// One call. Throws the Error that the service reports, and what the transport throws.
    SecretBytes call(const std::string& route, ByteView body);

    struct NewKey {
        cosign::PhoneShare share;
        Bytes statement;  ///< the service's signature over key_statement(), checked
    };
    NewKey make_key(cosign::Purpose purpose, ByteView pin, cosign::PinHardness hardness = {});
    KeyReport report(const cosign::KeyId& key);

    /// DER signatures over the items, in their order.
    std::vector<Bytes> sign(const cosign::PhoneShare& share, ByteView pin,
                            const std::vector<Bytes>& items);
    /// Registers the SM2Cipher DER of a bid's wraps, to be opened as the tender file says.
    void register_wraps(const cosign::PhoneShare& share, ByteView tender_file,
                        const std::vector<Bytes>& ciphertexts);
    std::vector<SecretBytes> decrypt(const cosign::PhoneShare& share, ByteView pin,
                                     const std::vector<Bytes>& ciphertexts);
    /// New shares, perhaps under a new PIN. `keep` stores the new share beside the old one before
    /// the service switches; the result replaces the old one.
    cosign::PhoneShare refresh(const cosign::PhoneShare& share, ByteView old_pin, ByteView new_pin,
                               const std::function<void(const cosign::PhoneShare&)>& keep = {});
    /// `grant` is the JSON that was signed.
    cosign::PhoneSessionShare open_session(const cosign::PhoneShare& share, ByteView pin,
                                           const Bytes& grant);
    /// What a platform's request of the session asks to sign.
    std::vector<Bytes> sign(const cosign::PhoneShare& share,
                            const cosign::PhoneSessionShare& session,
                            const session::OneTimeKey& page, const session::SignedRequest& request);
    void end_session(const cosign::SessionId& session);

    Random& random() { return m_random; }

private:
    CallId fresh_call();

    crypto::Sm2PublicKey m_service;
    const PhoneDevice& m_device;
    CarryCall m_carry;
    Random& m_random;
};

/// C1 of an SM2Cipher DER. Throws Error(encoding_invalid).
cosign::Point first_point(ByteView ciphertext);

}  // namespace bidseal::cloud
