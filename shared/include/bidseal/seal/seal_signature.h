// A seal put on a document (SES_Signature): GB/T 38540-2020 section 7, and for reading GM/T 0031.
#pragma once

#include <optional>

#include "bidseal/crypto/sm3.h"
#include "bidseal/seal/electronic_seal.h"

namespace bidseal::seal {

inline constexpr size_t max_seal_signature_size = max_seal_size + (1 << 20);
/// Longest propertyInfo that is written or read.
inline constexpr size_t max_property_size = 4096;

/// Seal, document digest and time, signed by whoever used the seal; immutable, cheap to copy.
/// Parsing does not judge: see verify.h.
class SealSignature {
public:
    /// Strict DER of one SES_Signature. Throws Error: seal_format, seal_version.
    static SealSignature parse(ByteView der);

    ByteView der() const;
    uint32_t version() const;
    const ElectronicSeal& seal() const;
    const crypto::Certificate& signer() const;
    /// When it was sealed, as the signer says; nothing where a 2014 structure holds something else
    /// than a time.
    std::optional<Timestamp> signed_at() const;
    /// Digest of the document: SM3, 32 bytes, in what we make.
    ByteView document_digest() const;
    /// Where the sealed content lies: a path in an OFD, free for other formats.
    const std::string& property() const;
    const std::vector<SealExtension>& extensions() const;
    /// The time stamp over the signature, if there is one; not judged here.
    ByteView time_stamp() const;
    /// Whether the signer's key signed TBS_Sign.
    bool signature_fits() const;

private:
    struct Impl;
    std::shared_ptr<const Impl> m_impl;
};

/// What the user of a seal signs: DER of TBS_Sign, version 4. Throws Error(seal_format) when
/// `property` is not ASCII or too long, Error(seal_version) for a seal of another version than 4.
Bytes seal_signature_content(const ElectronicSeal& seal, const crypto::Sm3Digest& document,
                             Timestamp at, std::string_view property);

/// Puts SES_Signature together from seal_signature_content() and the signer's SM2 signature over it
/// (DER, default identity), made wherever the key lives. Throws Error: signature_invalid,
/// seal_signer_not_listed, key_invalid.
SealSignature build_seal_signature(ByteView content, const crypto::Certificate& signer,
                                   ByteView signature);

/// The most octets that build_seal_signature() gives for contents of this size and this signer.
size_t max_seal_signature_length(size_t content_size, const crypto::Certificate& signer);

}  // namespace bidseal::seal
