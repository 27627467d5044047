// Enrolment, as small as it can be: a phone number is confirmed, a person identified, a device gets
// tickets, split keys get certificates. What needs the world outside stands behind interfaces; what
// comes with this program are simulators, and they are called so.
#pragma once

#include <string>
#include <vector>

#include "bidseal/crypto/certificate.h"

#include "bridge/cloud/device/ticket.h"
#include "bridge/cloud/store/records.h"

namespace bidseal::cloud {

class SmsSender {
public:
    virtual ~SmsSender() = default;
    /// Throws Error(io_write) when it cannot be sent.
    virtual void send(const std::string& phone, const std::string& code) = 0;
};

class FaceCheck {
public:
    virtual ~FaceCheck() = default;
    /// Whether the evidence shows the living person of that name.
    virtual bool is_person(const std::string& name, ByteView evidence) = 0;
};

class EntityRegistry {
public:
    virtual ~EntityRegistry() = default;
    /// Whether the person may ask for certificates of the company.
    virtual bool may_act(const std::string& person, const std::string& company,
                         const std::string& credit_code) = 0;
};

/// A CA that issues on the enrolment's word.
class CertificateIssuer {
public:
    virtual ~CertificateIssuer() = default;
    enum class Purpose { signing, encryption };
    /// DER over the key. Throws Error.
    virtual Bytes issue(const std::string& company, const std::string& credit_code, Purpose purpose,
                        const crypto::Sm2PublicKey& key) = 0;
};

inline constexpr int64_t code_seconds = 5 * 60;
inline constexpr int64_t code_pause_seconds = 60;
inline constexpr uint32_t code_tries = 5;
inline constexpr int64_t renewal_skew_seconds = 5 * 60;

/// What a device signs to get a new ticket: "SBID1 renewal" | device | u64 time.
Bytes renewal_bytes(const DeviceId& device, Timestamp time);
/// What device and new signing key sign to get certificates: "SBID1 certificates" | content.
Bytes certificates_bytes(ByteView content);

class EnrolService {
public:
    /// All must outlive it. `cosign` is the co-sign service's key, whose statements say that a key
    /// is split between it and an account's phone.
    struct Parts {
        Records& records;
        const crypto::Sm2PrivateKey& key;
        crypto::Sm2PublicKey cosign;
        SmsSender& sms;
        FaceCheck& face;
        EntityRegistry& registry;
        CertificateIssuer& issuer;
        const Clock& clock;
        Random& random;
    };
    explicit EnrolService(Parts parts) : m_parts(std::move(parts)) {}

    /// Each takes and gives JSON: docs/spec/cloud-service.md section 6. They throw Error:
    /// json_invalid and, by name, too_many_requests (a code a minute), pin_wrong (another code; the
    /// tries that are left), certificate_untrusted (the person, the device or the key is not what
    /// it says), signature_invalid.
    std::string send_code(ByteView json);
    std::string enrol_device(ByteView json);
    std::string renew_ticket(ByteView json);
    std::string issue_certificates(ByteView json);

    /// A lost phone: it gets no tickets any more; those that it has run out within a day.
    void revoke_device(const DeviceId& device);

private:
    void take_code(Batch& batch, const std::string& phone, const std::string& code, Timestamp now);
    std::string ticket_of(const DeviceId& device, const AccountId& account,
                          const crypto::P256Point& key);

    Parts m_parts;
};

}  // namespace bidseal::cloud
