// Certificates, requests and revocation lists, written as CAs write them (RFC 5280, GM/T 0015).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "bidseal/base/bytes.h"
#include "bidseal/base/time.h"

#include "keys.h"

namespace bidseal::testca {

struct Subject {
    std::string organization;
    std::string common_name;
};

/// DER of the name: C=CN, O, CN.
Bytes name_der(const Subject& subject);

enum class Purpose { authority, sub_authority, signing, encryption };

struct CertificatePlan {
    Purpose purpose = Purpose::signing;
    Bytes subject;      ///< DER of the name
    Bytes spki;         ///< the holder's SubjectPublicKeyInfo
    Bytes issuer;       ///< DER of the issuer's name
    Bytes issuer_spki;  ///< for the authority key identifier
    Bytes serial;       ///< big-endian, positive
    Timestamp not_before;
    Timestamp not_after;
    std::string credit_code;  ///< empty: no such extension
    std::string crl_url;      ///< empty: no such extension
};

/// The certificate's DER, signed by the issuer's key.
Bytes make_certificate(const CertificatePlan& plan, const Signer& issuer);

/// A PKCS #10 request, signed by the key that it asks for: proof of possession.
Bytes make_request(ByteView subject, const Signer& holder);

struct Revocation {
    Bytes serial;
    Timestamp at;
};

/// A CRL version 2 with number and authority key identifier.
Bytes make_crl(ByteView issuer_name, const std::vector<Revocation>& revoked, Timestamp this_update,
               Timestamp next_update, uint32_t number, const Signer& issuer);

std::string to_pem(ByteView der, const std::string& label);

}  // namespace bidseal::testca
