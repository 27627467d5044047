// SESeal: reading, making, the issuer's signature.
#include "bidseal/seal/electronic_seal.h"

#include <algorithm>

#include "bidseal/base/error.h"
#include "bidseal/base/text.h"
#include "bidseal/crypto/sm3.h"

#include "seal_der.h"

namespace bidseal::seal {
namespace {

constexpr ErrorCode fault = ErrorCode::seal_format;
constexpr size_t max_id = 128, max_vendor = 128, max_name = 512, max_type_name = 32;
constexpr uint32_t list_of_certificates = 1, list_of_digests = 2;

struct Begin {
    std::string_view kind, bytes;
};
constexpr Begin picture_begins[] = {
    {"png", {"\x89PNG\r\n\x1a\n", 8}},
    {"jpeg", {"\xff\xd8\xff", 3}},
    {"gif", {"GIF8", 4}},
    {"bmp", {"BM", 2}},
};

std::string lower(std::string text) {
    for (char& c : text)
        if (c >= 'A' && c <= 'Z')
            c = static_cast<char>(c - 'A' + 'a');
    return text;
}

void read_header(der::Reader header, SealInfo& info) {
    header.check(read_ascii(header, der::ia5_string, 8) == "ES");
    info.version = header.small();
    standard_of(info.version);
    info.vendor = read_ascii(header, der::ia5_string, max_vendor);
    header.finish();
}

std::vector<Bytes> read_certificates(der::Reader list) {
    std::vector<Bytes> result;
    while (!list.done()) {
        result.push_back(to_bytes(list.octets()));
        list.check(!result.back().empty() && result.size() <= max_seal_signers);
    }
    return result;
}

std::vector<SignerDigest> read_digests(der::Reader list) {
    std::vector<SignerDigest> result;
    while (!list.done()) {
        der::Reader one = list.enter(der::sequence);
        SignerDigest digest;
        digest.type = read_ascii(one, der::printable_string, 64);
        digest.value = to_bytes(one.octets());
        one.finish();
        result.push_back(std::move(digest));
        list.check(result.size() <= max_seal_signers);
    }
    return result;
}

void read_property(der::Reader property, SealInfo& info) {
    info.type = property.small();
    info.name = read_text(property, max_name);
    // The older form knows certificates only, and says so by saying nothing.
    uint32_t list_type = list_of_certificates;
    if (info.standard() != SealStandard::gmt_0031_2014)
        list_type = property.small();
    property.check(list_type == list_of_certificates || list_type == list_of_digests);
    if (list_type == list_of_certificates)
        info.signers = read_certificates(property.enter(der::sequence));
    else
        info.signer_digests = read_digests(property.enter(der::sequence));
    info.created = property.time();
    info.valid_from = property.time();
    info.valid_until = property.time();
    property.finish();
    property.check(info.valid_from <= info.valid_until);
}

void read_picture(der::Reader picture, SealPicture& out) {
    out.type = read_ascii(picture, der::ia5_string, max_type_name);
    out.data = to_bytes(picture.octets());
    out.width_mm = picture.small();
    out.height_mm = picture.small();
    picture.finish();
    picture.check(!out.data.empty() && out.data.size() <= max_picture_size);
    picture.check(out.width_mm >= 1 && out.width_mm <= max_picture_mm);
    picture.check(out.height_mm >= 1 && out.height_mm <= max_picture_mm);
}

SealInfo read_info(der::Reader at) {
    SealInfo info;
    read_header(at.enter(der::sequence), info);
    info.id = read_ascii(at, der::ia5_string, max_id);
    read_property(at.enter(der::sequence), info);
    read_picture(at.enter(der::sequence), info.picture);
    info.extensions = read_extensions_if(at);
    at.finish();
    return info;
}

Bytes write_signers(const SealInfo& info) {
    Bytes members;
    for (const Bytes& certificate : info.signers) {
        read_certificate(certificate);
        append(members, der::octets(certificate));
    }
    for (const SignerDigest& digest : info.signer_digests) {
        require(digest.value.size() == 32, fault, "a certificate digest has 32 bytes");
        require(is_printable_ascii(digest.type, 64), fault, "the type of a digest is ASCII");
        append(members, der::sequence_of({write_ascii(der::printable_string, digest.type),
                                          der::octets(digest.value)}));
    }
    return der::value(der::sequence, members);
}

void check_info(const SealInfo& info) {
    require(info.version == 4, ErrorCode::seal_version, "only version 4 is made");
    require(is_printable_ascii(info.vendor, max_vendor) && !info.vendor.empty(), fault,
            "the maker's name is printable ASCII");
    require(is_printable_ascii(info.id, max_id) && !info.id.empty(), fault,
            "the seal's number is printable ASCII");
    require(is_clean_text(info.name, max_name), fault, "the seal's name is no clean text");
    const size_t count = info.signers.size() + info.signer_digests.size();
    require(count >= 1 && count <= max_seal_signers, fault, "nobody, or too many, may use it");
    require(info.signers.empty() || info.signer_digests.empty(), fault,
            "certificates or digests, not both");
    require(info.valid_from <= info.valid_until, fault, "the seal is never valid");
    const SealPicture& picture = info.picture;
    require(!picture.data.empty() && picture.data.size() <= max_picture_size &&
                picture.width_mm >= 1 && picture.width_mm <= max_picture_mm &&
                picture.height_mm >= 1 && picture.height_mm <= max_picture_mm &&
                is_printable_ascii(picture.type, max_type_name) && picture_fits_type(picture),
            ErrorCode::seal_picture);
}

}  // namespace

std::string picture_kind(ByteView data) {
    const std::string_view text = as_text(data);
    for (const Begin& begin : picture_begins)
        if (text.substr(0, begin.bytes.size()) == begin.bytes)
            return std::string(begin.kind);
    return {};
}

bool picture_fits_type(const SealPicture& picture) {
    std::string type = lower(picture.type);
    if (type == "jpg")
        type = "jpeg";
    if (type == "svg" || type == "ofd")
        return true;
    return !type.empty() && picture_kind(picture.data) == type;
}

SealStandard SealInfo::standard() const {
    return standard_of(version);
}

struct ElectronicSeal::Impl {
    Bytes der;
    SealInfo info;
    crypto::Certificate issuer;
    Bytes signed_bytes;
    Bytes signature;
};

ElectronicSeal ElectronicSeal::parse(ByteView der_bytes) {
    require(der_bytes.size() <= max_seal_size, fault, "the seal is too large");
    der::check(der_bytes, fault);
    auto impl = std::make_shared<Impl>();
    impl->der = to_bytes(der_bytes);
    der::Reader outer(impl->der, fault);
    der::Reader seal = outer.enter(der::sequence);
    const ByteView content = seal.value(der::sequence).whole;
    impl->info = read_info(der::Reader(content, fault).enter(der::sequence));
    if (impl->info.standard() == SealStandard::gmt_0031_2014) {
        der::Reader sign_info = seal.enter(der::sequence);
        seal.finish();
        const ByteView begin = sign_info.rest();
        impl->issuer = read_certificate(sign_info.octets());
        read_seal_algorithm(sign_info);
        const ByteView signed_part = begin.first(begin.size() - sign_info.rest().size());
        impl->signature = to_bytes(sign_info.bits());
        sign_info.finish();
        impl->signed_bytes = der::sequence_of({content, signed_part});
    } else {
        impl->issuer = read_certificate(seal.octets());
        read_seal_algorithm(seal);
        impl->signature = to_bytes(seal.bits());
        // 2025 adds a time stamp over the signature.
        if (impl->info.standard() == SealStandard::gmt_0031_2025 &&
            seal.next_is(der::context_constructed(0)))
            seal.any();
        seal.finish();
        impl->signed_bytes = to_bytes(content);
    }
    ElectronicSeal result;
    result.m_impl = std::move(impl);
    return result;
}

ByteView ElectronicSeal::der() const {
    return m_impl ? ByteView(m_impl->der) : ByteView();
}
const SealInfo& ElectronicSeal::info() const {
    return m_impl->info;
}
const crypto::Certificate& ElectronicSeal::issuer() const {
    return m_impl->issuer;
}

bool ElectronicSeal::signature_fits() const {
    return m_impl->issuer.key_kind() == crypto::KeyKind::sm2 &&
           m_impl->issuer.verify(m_impl->signed_bytes, m_impl->signature,
                                 crypto::SignatureKind::sm2_sm3);
}

bool ElectronicSeal::lists(const crypto::Certificate& signer) const {
    const SealInfo& info = m_impl->info;
    const bool by_certificate =
        std::any_of(info.signers.begin(), info.signers.end(),
                    [&](const Bytes& listed) { return equal(listed, signer.der()); });
    const crypto::CertificateDigest digest = signer.digest();
    return by_certificate ||
           std::any_of(info.signer_digests.begin(), info.signer_digests.end(),
                       [&](const SignerDigest& d) { return equal(d.value, digest.view()); });
}

Bytes seal_content(const SealInfo& info) {
    check_info(info);
    const Bytes header =
        der::sequence_of({write_ascii(der::ia5_string, "ES"), der::small_integer(info.version),
                          write_ascii(der::ia5_string, info.vendor)});
    const uint32_t list_type = info.signers.empty() ? list_of_digests : list_of_certificates;
    const Bytes property = der::sequence_of(
        {der::small_integer(info.type), der::value(der::utf8_string, as_bytes(info.name)),
         der::small_integer(list_type), write_signers(info), write_time(info.created),
         write_time(info.valid_from), write_time(info.valid_until)});
    const SealPicture& p = info.picture;
    const Bytes picture =
        der::sequence_of({write_ascii(der::ia5_string, p.type), der::octets(p.data),
                          der::small_integer(p.width_mm), der::small_integer(p.height_mm)});
    Bytes content = der::sequence_of({header, write_ascii(der::ia5_string, info.id), property,
                                      picture, write_extensions(info.extensions)});
    require(content.size() <= max_seal_size / 2, fault, "the seal is too large");
    return content;
}

ElectronicSeal build_seal(ByteView content, const crypto::Certificate& issuer, ByteView signature) {
    require(issuer.key_kind() == crypto::KeyKind::sm2, ErrorCode::key_invalid,
            "seals are signed with SM2");
    const Bytes whole = der::sequence_of(
        {content, der::octets(issuer.der()), write_seal_algorithm(), der::bits(signature)});
    ElectronicSeal seal = ElectronicSeal::parse(whole);
    require(seal.signature_fits(), ErrorCode::signature_invalid);
    return seal;
}

}  // namespace bidseal::seal
