// The phone's side of a scan session: a pure machine. Events in, actions out.
#pragma once

#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "bidseal/base/host.h"
#include "bidseal/session/client.h"
#include "bidseal/session/page.h"
#include "bidseal/session/qr_content.h"
#include "bidseal/session/request.h"

namespace bidseal::session {

/// The enrolled device's key is to sign this; then call device_signed().
struct NeedDeviceSignature {
    Bytes to_be_signed;
};
/// Ours: the claim was the first. What the hub says until the request itself arrives.
struct ClaimWon {
    Operation operation = Operation::login;
    std::string platform;
};
/// A request that passed every check, to be shown and confirmed or refused.
struct RequestArrived {
    Request request;
    Bytes material;
    /// No bridge vouches for the page and the networks differ: the person must pick the digits that
    /// the page shows, out of three, before the PIN is asked for.
    bool must_compare = false;
    std::string code;
    std::array<std::string, 3> choices;
};
using PhoneAction =
    std::variant<SendToHub, NeedDeviceSignature, ClaimWon, RequestArrived, SessionEnded>;

/// What the phone brings along.
struct PhoneSettings {
    DeviceId device;
    std::string name;  ///< for "scanned by …"
    crypto::TrustStore trust;
    crypto::RevocationPolicy policy = crypto::RevocationPolicy::use_if_present;
};

/// Reads a bridge's attestation: the origin that it vouches for, or nothing. `page` and `request`
/// are what it must name.
class AttestationReader {
public:
    virtual ~AttestationReader() = default;
    virtual std::optional<std::string> origin(ByteView attestation, const Sid& sid,
                                              const PageDigest& page,
                                              const RequestDigest& request) const = 0;
};

class PhoneSession {
public:
    enum class State { claiming, claimed, asking, answered, ended };

    /// Draws F and wants the claim signed. `attestations` may be null and must outlive the session.
    PhoneSession(QrContent code, PhoneSettings settings, const AttestationReader* attestations,
                 Random& random);
    ~PhoneSession();
    PhoneSession(PhoneSession&&) noexcept;

    State state() const;
    std::vector<PhoneAction> begin();
    std::vector<PhoneAction> device_signed(ByteView signature, Millis now);
    /// A message from the hub; `now_utc` judges certificates and expiry.
    std::vector<PhoneAction> receive(ByteView message, Millis now, Timestamp now_utc);
    std::vector<PhoneAction> tick(Millis now);
    std::optional<Millis> next_tick() const;
    std::vector<PhoneAction> reconnect(Millis now);

    /// The answer to the newest request. With `last`, the session ends once it has arrived.
    std::vector<PhoneAction> answer(ByteView response, bool last, Millis now);
    std::vector<PhoneAction> refuse(Millis now);

private:
    struct Impl;
    std::unique_ptr<Impl> m_impl;
};

}  // namespace bidseal::session
