// A policy that an organisation signs: which pages its computers serve, and which without pairing.
#pragma once

#include <string>
#include <vector>

#include "bidseal/base/host.h"
#include "bidseal/crypto/certificate.h"
#include "bidseal/crypto/private_key.h"

namespace bidseal::bridge {

/// The lists of pages; each as in the policy file of a user.
struct PagePolicy {
    std::vector<std::string> origins;            ///< may connect, and be paired by the person
    std::vector<std::string> preloaded_origins;  ///< need no pairing
    std::vector<std::string> digest_origins;     ///< may have digests signed
    std::vector<std::string> decrypt_origins;    ///< may have envelopes opened
};

struct SignedPolicy {
    uint32_t number = 0;  ///< rises with each issue: an older one is refused once a newer was seen
    Timestamp issued, expires;
    PagePolicy pages;
};

/// Canonical JSON as it is signed, and back. Throws Error: json_invalid, json_not_canonical.
std::string write_policy(const SignedPolicy& policy);
SignedPolicy parse_policy(ByteView json);

/// SignedData (GB/T 35275, CMS) with the JSON inside and the certificates of `chain`.
Bytes sign_policy(const SignedPolicy& policy, const crypto::PrivateKey& key,
                  const crypto::Certificate& signer, const std::vector<crypto::Certificate>& chain,
                  Random& random);

/// Checks signature, path to one of the roots, and dates. Throws Error: signature_format,
/// signature_invalid, what validate_chain() throws, json_invalid, policy_refused (not yet, or no
/// longer).
SignedPolicy open_signed_policy(ByteView file, const crypto::TrustStore& roots, Timestamp now);

/// Remembers the highest number in `folder`/policy-number. Throws Error: policy_refused for a lower
/// one, io_write.
void refuse_older_policy(const std::string& folder, uint32_t number);

}  // namespace bidseal::bridge
