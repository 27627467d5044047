// SES_Signature: reading and making.
#include "bidseal/seal/seal_signature.h"

#include "bidseal/base/error.h"

#include "seal_der.h"

namespace bidseal::seal {
namespace {

constexpr ErrorCode fault = ErrorCode::seal_format;
// r and s of 32 bytes, each perhaps with a leading zero, their heads and the SEQUENCE's.
constexpr size_t max_sm2_signature = 72;

/// The time in a BIT STRING of the 2014 form: UTCTime or GeneralizedTime, as DER or only its text.
std::optional<Timestamp> time_in_bits(ByteView octets) {
    if (octets.empty())
        return std::nullopt;
    for (const uint8_t tag : {uint8_t{0}, der::utc_time, der::generalized_time}) {
        const Bytes whole = tag == 0 ? to_bytes(octets) : der::value(tag, octets);
        try {
            der::Reader at(whole, fault);
            const Timestamp time = at.time();
            at.finish();
            return time;
        } catch (const Error&) {
            continue;
        }
    }
    return std::nullopt;
}

}  // namespace

struct SealSignature::Impl {
    Bytes der;
    uint32_t version = 0;
    ElectronicSeal seal;
    crypto::Certificate signer;
    std::optional<Timestamp> signed_at;
    Bytes digest;
    std::string property;
    std::vector<SealExtension> extensions;
    Bytes time_stamp;
    ByteView to_be_signed;  // in der
    Bytes signature;

    /// TBS_Sign up to propertyInfo, which all versions share but for the time.
    void read_common(der::Reader& tbs);
};

void SealSignature::Impl::read_common(der::Reader& tbs) {
    version = tbs.small();
    const SealStandard standard = standard_of(version);
    seal = ElectronicSeal::parse(tbs.value(der::sequence).whole);
    // One standard for both: a seal of another version says by other rules what was signed.
    tbs.check(seal.info().standard() == standard);
    if (standard == SealStandard::gmt_0031_2014)
        signed_at = time_in_bits(tbs.bits());
    else
        signed_at = der::Reader(tbs.value(der::generalized_time).whole, fault).time();
    digest = to_bytes(tbs.bits());
    tbs.check(!digest.empty() && digest.size() <= 64);
    property = read_ascii(tbs, der::ia5_string, max_property_size);
}

SealSignature SealSignature::parse(ByteView der_bytes) {
    require(der_bytes.size() <= max_seal_signature_size, fault, "the signature is too large");
    der::check(der_bytes, fault);
    auto impl = std::make_shared<Impl>();
    impl->der = to_bytes(der_bytes);
    der::Reader outer(impl->der, fault);
    der::Reader whole = outer.enter(der::sequence);
    const der::Value to_sign = whole.value(der::sequence);
    impl->to_be_signed = to_sign.whole;
    der::Reader tbs(to_sign.content, fault);
    impl->read_common(tbs);
    if (impl->seal.info().standard() == SealStandard::gmt_0031_2014) {
        impl->signer = read_certificate(tbs.octets());
        read_seal_algorithm(tbs);
        tbs.finish();
        impl->signature = to_bytes(whole.bits());
    } else {
        impl->extensions = read_extensions_if(tbs);
        tbs.finish();
        impl->signer = read_certificate(whole.octets());
        read_seal_algorithm(whole);
        impl->signature = to_bytes(whole.bits());
        if (auto stamp = whole.enter_if(der::context_constructed(0))) {
            impl->time_stamp = to_bytes(stamp->bits());
            stamp->finish();
        }
    }
    whole.finish();
    SealSignature result;
    result.m_impl = std::move(impl);
    return result;
}

ByteView SealSignature::der() const {
    return m_impl ? ByteView(m_impl->der) : ByteView();
}
uint32_t SealSignature::version() const {
    return m_impl->version;
}
const ElectronicSeal& SealSignature::seal() const {
    return m_impl->seal;
}
const crypto::Certificate& SealSignature::signer() const {
    return m_impl->signer;
}
std::optional<Timestamp> SealSignature::signed_at() const {
    return m_impl->signed_at;
}
ByteView SealSignature::document_digest() const {
    return m_impl->digest;
}
const std::string& SealSignature::property() const {
    return m_impl->property;
}
const std::vector<SealExtension>& SealSignature::extensions() const {
    return m_impl->extensions;
}
ByteView SealSignature::time_stamp() const {
    return m_impl->time_stamp;
}

bool SealSignature::signature_fits() const {
    return m_impl->signer.key_kind() == crypto::KeyKind::sm2 &&
           m_impl->signer.verify(m_impl->to_be_signed, m_impl->signature,
                                 crypto::SignatureKind::sm2_sm3);
}

Bytes seal_signature_content(const ElectronicSeal& seal, const crypto::Sm3Digest& document,
                             Timestamp at, std::string_view property) {
    require(seal.info().standard() == SealStandard::gbt_38540_2020, ErrorCode::seal_version,
            "only seals of version 4 are put on documents");
    require(is_printable_ascii(property, max_property_size), fault, "propertyInfo is ASCII");
    return der::sequence_of({der::small_integer(seal.info().version), seal.der(), write_time(at),
                             der::bits(document.view()), write_ascii(der::ia5_string, property)});
}

SealSignature build_seal_signature(ByteView content, const crypto::Certificate& signer,
                                   ByteView signature) {
    require(signer.key_kind() == crypto::KeyKind::sm2, ErrorCode::key_invalid,
            "seals are used with SM2");
    const Bytes whole = der::sequence_of(
        {content, der::octets(signer.der()), write_seal_algorithm(), der::bits(signature)});
    SealSignature result = SealSignature::parse(whole);
    require(result.seal().lists(signer), ErrorCode::seal_signer_not_listed);
    require(result.signature_fits(), ErrorCode::signature_invalid);
    return result;
}

size_t max_seal_signature_length(size_t content_size, const crypto::Certificate& signer) {
    // Heads of the certificate's OCTET STRING, of the BIT STRING (with its count of unused bits)
    // and of the SEQUENCE: at most 6 octets each.
    return content_size + signer.der().size() + write_seal_algorithm().size() + max_sm2_signature +
           3 * 6 + 1;
}

}  // namespace bidseal::seal
