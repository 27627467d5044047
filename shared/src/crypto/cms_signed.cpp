// SignedData: GB/T 35275-2017 section 8 for SM2, RFC 5652 section 5 for RSA and P-256.
#include <algorithm>

#include "bidseal/base/error.h"
#include "bidseal/crypto/cms.h"
#include "bidseal/crypto/der_reader.h"
#include "bidseal/crypto/der_writer.h"
#include "bidseal/crypto/oids.h"

#include "certificate_impl.h"
#include "cms_parts.h"

namespace bidseal::crypto {
namespace {

constexpr ErrorCode fault = ErrorCode::signature_format;
constexpr size_t max_certificates = 64, max_lists = 64;
constexpr cms::TypePair signed_data_type{oid::gm_signed_data, oid::cms_signed_data};
constexpr cms::TypePair data_type{oid::gm_data, oid::cms_data};

std::string_view digest_algorithm(SignatureKind kind) {
    return kind == SignatureKind::sm2_sm3 ? oid::sm3 : oid::sha256;
}

/// The signature algorithm as stock verifiers expect it: RSA with the name of the key (RFC 3370
/// section 3.2).
Bytes signature_algorithm(SignatureKind kind) {
    if (kind == SignatureKind::rsa_pkcs1_sha256)
        return der::algorithm(oid::rsa, der::null_value());
    return der::algorithm(algorithm_of(kind));
}

/// What other makers write where an SM2 signature is meant.
bool is_sm2_signature(std::string_view name) {
    return name == oid::sm2_with_sm3 || name == oid::sm2_sign || name == oid::sm2;
}
bool is_sm3(std::string_view name) {
    return name == oid::sm3 || name == oid::sm3_plain;
}

SignatureKind read_kind(const std::string& digest, const std::string& signature, KeyKind key,
                        const der::Reader& at) {
    switch (key) {
        case KeyKind::sm2:
            at.check(is_sm3(digest) && is_sm2_signature(signature));
            return SignatureKind::sm2_sm3;
        case KeyKind::p256:
            at.check(digest == oid::sha256 &&
                     (signature == oid::ecdsa_sha256 || signature == oid::ec_public_key));
            return SignatureKind::ecdsa_sha256;
        case KeyKind::rsa:
            at.check(digest == oid::sha256 &&
                     (signature == oid::rsa || signature == oid::rsa_sha256));
            return SignatureKind::rsa_pkcs1_sha256;
    }
    throw Error(fault);
}

struct Attributes {
    Bytes as_signed;  // SET, tag 0x31
    std::string content_type;
    Bytes digest;
};

/// Signed attributes: each type once, contentType and messageDigest among them, and in DER order,
/// for it is their DER that is signed.
Attributes read_attributes(const der::Value& field) {
    Attributes result;
    der::Reader members(field.content, fault);
    std::vector<std::string> seen;
    ByteView previous;
    while (!members.done()) {
        const der::Value whole = members.value(der::sequence);
        members.check(previous.empty() ||
                      std::lexicographical_compare(previous.begin(), previous.end(),
                                                   whole.whole.begin(), whole.whole.end()));
        previous = whole.whole;
        der::Reader attribute(whole.content, fault);
        const std::string type = attribute.oid();
        der::Reader values = attribute.enter(der::set);
        attribute.finish();
        members.check(std::find(seen.begin(), seen.end(), type) == seen.end());
        seen.push_back(type);
        if (type == oid::attribute_content_type) {
            result.content_type = values.oid();
            values.finish();
        } else if (type == oid::attribute_message_digest) {
            result.digest = to_bytes(values.octets());
            values.finish();
        }
    }
    members.check(!result.content_type.empty() && result.digest.size() == 32);
    result.as_signed = to_bytes(field.whole);
    result.as_signed[0] = der::set;
    return result;
}

struct SignedContent {
    std::string type;
    std::optional<Bytes> octets;
};

SignedContent read_signed_content(der::Reader info) {
    SignedContent result;
    result.type = info.oid();
    if (auto content = info.enter_if(der::context_constructed(0))) {
        result.octets = to_bytes(content->octets());
        content->finish();
    }
    info.finish();
    return result;
}

struct SignerInfo {
    cms::CertificateName certificate;
    std::string digest_algorithm, signature_algorithm;
    std::optional<Attributes> attributes;
    Bytes signature;
};

SignerInfo read_signer_info(der::Reader set) {
    SignerInfo signer;
    der::Reader info = set.enter(der::sequence);
    set.finish();  // exactly one
    info.check(info.small() == 1);
    signer.certificate = cms::read_certificate_name(info);
    signer.digest_algorithm = cms::read_algorithm(info);
    if (info.next_is(der::context_constructed(0)))
        signer.attributes = read_attributes(info.any());
    signer.signature_algorithm = cms::read_algorithm(info);
    signer.signature = to_bytes(info.octets());
    info.check(!signer.signature.empty());
    if (info.next_is(der::context_constructed(1)))
        info.any();  // unsigned attributes
    info.finish();
    return signer;
}

}  // namespace

Bytes signed_attributes(const Certificate& signer, ByteView content_digest) {
    require(content_digest.size() == 32, ErrorCode::internal, "a digest has 32 bytes");
    const bool gm = signer.signature_kind() == SignatureKind::sm2_sm3;
    const auto attribute = [](std::string_view type, const Bytes& value) {
        return der::sequence_of({der::oid(type), der::set_of({value})});
    };
    return der::set_of(
        {attribute(oid::attribute_content_type, der::oid(gm ? oid::gm_data : oid::cms_data)),
         attribute(oid::attribute_message_digest, der::octets(content_digest))});
}

Bytes build_signed_data(const SignedDataParts& parts) {
    const SignatureKind kind = parts.signer.signature_kind();
    const bool gm = kind == SignatureKind::sm2_sm3;
    const Bytes digest = gm ? der::algorithm(digest_algorithm(kind))
                            : der::algorithm(digest_algorithm(kind), der::null_value());
    Bytes embedded;
    if (parts.content)
        embedded = der::value(der::context_constructed(0), der::octets(*parts.content));
    const Bytes content = der::sequence_of({der::oid(data_type.of(gm)), embedded});

    std::vector<Bytes> certificates{to_bytes(parts.signer.der())};
    for (const Certificate& c : parts.chain) {
        Bytes der = to_bytes(c.der());
        if (std::find(certificates.begin(), certificates.end(), der) == certificates.end())
            certificates.push_back(std::move(der));
    }
    std::vector<Bytes> lists;
    for (const RevocationList& list : parts.evidence)
        lists.push_back(to_bytes(list.der()));
    Bytes crls;
    if (!lists.empty())
        crls = der::set_of(std::move(lists), der::context_constructed(1));

    Bytes attributes = parts.signed_attributes;
    if (!attributes.empty())
        attributes[0] = der::context_constructed(0);
    const Bytes signer_info =
        der::sequence_of({der::small_integer(1), cms::certificate_name(parts.signer), digest,
                          attributes, signature_algorithm(kind), der::octets(parts.signature)});
    const Bytes signed_data =
        der::sequence_of({der::small_integer(1), der::set_of({digest}), content,
                          der::set_of(std::move(certificates), der::context_constructed(0)), crls,
                          der::set_of({signer_info})});
    return cms::content_info(signed_data_type.of(gm), signed_data);
}

ParsedSignedData parse_signed_data(ByteView der) {
    der::Reader data = cms::open_content_info(der, signed_data_type, fault);
    const uint32_t version = data.small();
    data.check(version == 1 || version == 3);
    der::Reader digests = data.enter(der::set);
    std::vector<std::string> digest_names;
    while (!digests.done())
        digest_names.push_back(cms::read_algorithm(digests));

    ParsedSignedData result;
    const SignedContent content = read_signed_content(data.enter(der::sequence));
    result.content = content.octets;
    auto certificates = data.enter_if(der::context_constructed(0));
    auto lists = data.enter_if(der::context_constructed(1));
    const SignerInfo signer = read_signer_info(data.enter(der::set));
    data.finish();
    data.check(std::find(digest_names.begin(), digest_names.end(), signer.digest_algorithm) !=
               digest_names.end());

    data.check(certificates.has_value());
    std::optional<Certificate> found;
    try {
        while (!certificates->done()) {
            const Certificate c = Certificate::parse(certificates->value(der::sequence).whole);
            if (signer.certificate.names(c)) {
                // Two certificates of one name and number: whose signature would it be?
                data.check(!found || *found == c);
                found = c;
            }
            result.certificates.push_back(c);
            data.check(result.certificates.size() <= max_certificates);
        }
        while (lists && !lists->done()) {
            result.crls.push_back(RevocationList::parse(lists->value(der::sequence).whole));
            data.check(result.crls.size() <= max_lists);
        }
    } catch (const Error&) {
        throw Error(fault, "a certificate or list inside cannot be read");
    }
    data.check(found.has_value());
    result.signer = *found;
    result.kind = read_kind(signer.digest_algorithm, signer.signature_algorithm,
                            result.signer.key_kind(), data);
    result.signature = signer.signature;
    if (signer.attributes) {
        data.check(signer.attributes->content_type == content.type);
        result.has_signed_attributes = true;
        result.signed_attributes = signer.attributes->as_signed;
        result.attribute_digest = signer.attributes->digest;
    } else {
        // Without attributes nothing signed says what the content is, so it must be plain data.
        data.check(content.type == data_type.gm || content.type == data_type.cms);
    }
    return result;
}

bool verify_signed_data(const ParsedSignedData& sd, ByteView content) {
    if (sd.content && !equal(*sd.content, content))
        return false;
    if (!sd.has_signed_attributes)
        return sd.signer.verify(content, sd.signature, sd.kind);
    const Bytes digest = sd.kind == SignatureKind::sm2_sm3 ? to_bytes(sm3(content).view())
                                                           : digest_with("SHA-256", content);
    return constant_time_equal(digest, sd.attribute_digest) &&
           sd.signer.verify(sd.signed_attributes, sd.signature, sd.kind);
}

}  // namespace bidseal::crypto
