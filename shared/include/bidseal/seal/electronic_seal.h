// Electronic seal data (SESeal): GB/T 38540-2020, and for reading GM/T 0031-2014 and 2025.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "bidseal/base/bytes.h"
#include "bidseal/base/time.h"
#include "bidseal/crypto/certificate.h"

namespace bidseal::seal {

/// Which document a structure follows; its header's version tells.
enum class SealStandard {
    gmt_0031_2014,   ///< versions 1 to 3
    gbt_38540_2020,  ///< version 4: what we make
    gmt_0031_2025,   ///< version 5
};

inline constexpr size_t max_seal_size = 4 << 20;
inline constexpr size_t max_picture_size = 2 << 20;
inline constexpr size_t max_seal_signers = 256;
inline constexpr size_t max_seal_extensions = 64;
/// Edges of a seal's picture, in millimetres.
inline constexpr uint32_t max_picture_mm = 400;

struct SealPicture {
    std::string type;  ///< "PNG", "jpg" …, as the seal spells it
    Bytes data;
    uint32_t width_mm = 0;
    uint32_t height_mm = 0;
};

/// The picture's kind by its own first bytes: "png", "jpeg", "gif", "bmp"; empty for another.
std::string picture_kind(ByteView data);
/// Whether `data` begins as a picture of the type that the seal names; types without fixed first
/// bytes ("svg", "ofd") always do.
bool picture_fits_type(const SealPicture& picture);

/// Private data of a maker (ExtData).
struct SealExtension {
    std::string type;  ///< dotted object identifier
    bool critical = false;
    Bytes value;
};

/// One entry of a list of certificate digests (CertDigestObj).
struct SignerDigest {
    std::string type;  ///< free text of the maker
    Bytes value;       ///< SM3 of the certificate's DER
};

/// What a seal says (SES_SealInfo).
struct SealInfo {
    uint32_t version = 4;
    std::string vendor;  ///< Vid of the header
    std::string id;      ///< esID, unique at its issuer
    uint32_t type = 1;   ///< 1 organisation, 2 personal; makers use more
    std::string name;
    /// Who may use it: certificates (list type 1), or digests of certificates (list type 2); one of
    /// the two is empty.
    std::vector<Bytes> signers;
    std::vector<SignerDigest> signer_digests;
    Timestamp created;
    Timestamp valid_from;
    Timestamp valid_until;
    SealPicture picture;
    std::vector<SealExtension> extensions;

    SealStandard standard() const;
};

/// A seal as its issuer signed it; immutable, cheap to copy. Parsing does not judge: see verify.h.
class ElectronicSeal {
public:
    /// Strict DER of one SESeal. Throws Error: seal_format, seal_version.
    static ElectronicSeal parse(ByteView der);

    ByteView der() const;
    const SealInfo& info() const;
    /// The certificate of the seal's issuer, as it stands in the seal.
    const crypto::Certificate& issuer() const;
    /// Whether the issuer's key signed the seal: over SES_SealInfo (versions 4 and 5), or over
    /// SES_SealInfo, certificate and algorithm (2014).
    bool signature_fits() const;
    /// Whether the seal lets this certificate use it.
    bool lists(const crypto::Certificate& signer) const;

private:
    struct Impl;
    std::shared_ptr<const Impl> m_impl;
};

/// What the issuer of a new seal signs: DER of SES_SealInfo, version 4. Throws Error(seal_format)
/// for what the standard or this program's limits do not allow, Error(seal_picture) for a picture
/// that is not of its type.
Bytes seal_content(const SealInfo& info);

/// Puts a new seal together from seal_content() and the issuer's SM2 signature over it (DER,
/// default identity), made wherever the key lives. Throws Error(signature_invalid) when it does not
/// fit, Error(key_invalid) when the issuer's key is not SM2.
ElectronicSeal build_seal(ByteView content, const crypto::Certificate& issuer, ByteView signature);

}  // namespace bidseal::seal
