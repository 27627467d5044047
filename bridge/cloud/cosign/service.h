// The co-sign service: the other halves of the phones' keys, their counters and sessions, in a
// store. It drives the core's records (cosign/service.h): lock and load by a batch's versions, one
// call, store, and only then answer.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "bidseal/crypto/certificate.h"

#include "bridge/cloud/cosign/bodies.h"
#include "bridge/cloud/cosign/call.h"
#include "bridge/cloud/store/records.h"

namespace bidseal::cloud {

inline constexpr size_t max_keys_of_account = 64;
inline constexpr int64_t operation_seconds = 10 * 60;

/// What a call came to, for counters: no names, no keys.
using CallObserver = std::function<void(const std::string& route, const char* outcome)>;

class CosignService {
public:
    /// All must outlive it. `platforms` are those whose requests and tender files the service
    /// believes, `trust` who issues their certificates: a supplier's own, though perhaps of the
    /// same CA, must not say when a bid may be opened.
    struct Parts {
        Records& records;
        const crypto::Sm2PrivateKey& key;
        crypto::Sm2PublicKey enrol;
        crypto::TrustStore trust;
        std::vector<crypto::CertificateDigest> platforms;
        const Clock& clock;
        Random& random;
        CallObserver observer = {};
    };
    explicit CosignService(Parts parts) : m_parts(std::move(parts)) {}

    /// The routes: "keys/create" and the like.
    static const std::vector<std::string>& routes();

    /// Answers a sealed call, sealed. Throws Error only where there is nobody to seal an answer to:
    /// those of DeviceCall, cosign_message, method_unknown.
    Bytes handle(const std::string& route, const AccountId& account, ByteView sealed);

    /// For administrators, after an identity check or a revocation; noted in the audit trail.
    /// Throws Error: usage (no such key), cosign_state.
    void unlock(const cosign::KeyId& key);
    void retire(const cosign::KeyId& key);
    void close(const cosign::KeyId& key);

private:
    struct Caller {
        AccountId account;
        DeviceId device;
        Timestamp now;
    };
    using Handler = Bytes (CosignService::*)(const Caller&, ByteView body);
    static Handler handler_of(const std::string& route);

    Bytes create_key(const Caller& caller, ByteView body);
    Bytes complete_key(const Caller& caller, ByteView body);
    Bytes key_status(const Caller& caller, ByteView body);
    Bytes begin_sign(const Caller& caller, ByteView body);
    Bytes answer_sign(const Caller& caller, ByteView body);
    Bytes register_wraps(const Caller& caller, ByteView body);
    Bytes begin_decrypt(const Caller& caller, ByteView body);
    Bytes answer_decrypt(const Caller& caller, ByteView body);
    Bytes prepare_refresh(const Caller& caller, ByteView body);
    Bytes commit_refresh(const Caller& caller, ByteView body);
    Bytes open_session(const Caller& caller, ByteView body);
    Bytes sign_in_session(const Caller& caller, ByteView body);
    Bytes end_session(const Caller& caller, ByteView body);

    void require_platform(const crypto::Certificate& certificate) const;
    void administer(const cosign::KeyId& key, const char* event,
                    const std::function<void(cosign::ServiceKey&)>& change);

    Parts m_parts;
};

}  // namespace bidseal::cloud
