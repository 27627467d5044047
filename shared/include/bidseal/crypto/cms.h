// GB/T 35275-2017 (GM/T 0010) SignedData and EnvelopedData; CMS where the key is RSA or P-256.
#pragma once

#include <optional>
#include <vector>

#include "bidseal/crypto/certificate.h"

namespace bidseal::crypto {

/// What goes into a SignedData around a signature that a key holder has made over the content
/// octets, or over signed_attributes(): one SignerInfo, signatureAlgorithm 1.2.156.10197.1.501 for
/// SM2 (so that stock verifiers accept it); CMS OIDs (RFC 5652) for RSA and P-256.
struct SignedDataParts {
    Certificate signer;
    std::vector<Certificate> chain;        ///< further certificates, without the signer
    std::vector<RevocationList> evidence;  ///< revocation lists used at signing
    Bytes signature;                       ///< DER r,s for SM2/ECDSA; raw for RSA
    std::optional<Bytes> content;          ///< embedded when present, detached otherwise
    /// What was signed, from signed_attributes(); empty when it was the content octets.
    Bytes signed_attributes = {};
};

/// DER of the signed attributes (SET OF) for content whose plain digest is given (SM3 for SM2 keys,
/// SHA-256 for others; 32 bytes): contentType and messageDigest. What the key holder then signs is
/// small, however large the content. Throws Error(internal) for a digest of another length.
Bytes signed_attributes(const Certificate& signer, ByteView content_digest);

/// DER of ContentInfo{signedData}.
Bytes build_signed_data(const SignedDataParts& parts);

struct ParsedSignedData {
    Certificate signer;  ///< the one that issuerAndSerialNumber names
    std::vector<Certificate> certificates;
    std::vector<RevocationList> crls;
    SignatureKind kind;
    Bytes signature;
    std::optional<Bytes> content;
    bool has_signed_attributes = false;
    Bytes signed_attributes;  ///< DER SET as signed (tag 0x31), empty without attributes
    Bytes attribute_digest;   ///< messageDigest attribute
};

/// Reads one SignedData with exactly one SignerInfo and its certificate, DER only, with the
/// tolerant OID sets of other makers. Throws Error(signature_format).
ParsedSignedData parse_signed_data(ByteView der);

/// Whether the signature is right over the content octets (embedded content must equal `content` if
/// both are given). With attributes: messageDigest = plain digest of the content, signature over
/// the attributes.
bool verify_signed_data(const ParsedSignedData& sd, ByteView content);

/// DER of EnvelopedData (SM4-CBC, SM2 recipients by issuerAndSerialNumber; RSA-OAEP with SHA-1/MGF1
/// or RSAES-OAEP with SHA-256 for RSA certificates by `oaep_sha1`). All randomness comes from
/// `random`, so a DerivedRandom makes it reproducible. Throws Error(key_invalid) for a key kind
/// that cannot encrypt.
Bytes build_enveloped_data(const std::vector<Certificate>& recipients, ByteView content,
                           Random& random, bool oaep_sha1 = false);

/// What a holder needs to open one: its own encrypted key.
struct ParsedEnvelopedData {
    struct Recipient {
        Bytes issuer_der;
        Bytes serial;
        Bytes key_identifier;   ///< CFCA variant; empty otherwise
        std::string algorithm;  ///< OID of the key encryption
        Bytes
            encrypted_key;  ///< SM2Cipher DER (raw C1C3C2 of old makers is converted) or RSA block
    };
    std::vector<Recipient> recipients;
    std::string content_algorithm;
    Bytes iv;
    Bytes encrypted_content;
};
ParsedEnvelopedData parse_enveloped_data(ByteView der);

/// The recipient entry for this certificate, if any.
const ParsedEnvelopedData::Recipient* find_recipient(const ParsedEnvelopedData& env,
                                                     const Certificate& certificate);

/// Decrypts the content with the content key that the holder unwrapped. Throws
/// Error(decrypt_failed).
SecretBytes open_enveloped_content(const ParsedEnvelopedData& env, ByteView content_key);

}  // namespace bidseal::crypto
