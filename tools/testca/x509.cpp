#include "x509.h"

#include <botan/hash.h>
#include <botan/pem.h>

#include "bidseal/base/error.h"

#include "der.h"

namespace bidseal::testca {
namespace {

using crypto::KeyKind;
using crypto::KeyUsage;

Bytes algorithm_of(KeyKind kind) {
    switch (kind) {
        case KeyKind::sm2:
            return der::sequence({der::oid("1.2.156.10197.1.501")});
        case KeyKind::p256:
            return der::sequence({der::oid("1.2.840.10045.4.3.2")});
        case KeyKind::rsa:
            return der::sequence({der::oid("1.2.840.113549.1.1.11"), Bytes{0x05, 0x00}});
    }
    throw Error(ErrorCode::internal);
}

// Signs "to be signed" and puts it together with algorithm and signature.
Bytes signed_object(const Bytes& to_be_signed, const Signer& signer) {
    return der::sequence(
        {to_be_signed, algorithm_of(signer.kind()), der::bits(signer.sign(to_be_signed))});
}

// SHA-1 of the public key's bits, RFC 5280 section 4.2.1.2 (1). It only names the key.
Bytes key_identifier(ByteView spki) {
    // SubjectPublicKeyInfo is SEQUENCE { algorithm, BIT STRING }: step over the headers.
    const auto skip_header = [](ByteView v, bool into) {
        size_t length = v[1], header = 2;
        if (length & 0x80) {
            const size_t octets = length & 0x7F;
            length = 0;
            for (size_t i = 0; i < octets; ++i)
                length = length << 8 | v[2 + i];
            header += octets;
        }
        return v.subspan(into ? header : header + length);
    };
    const ByteView key = skip_header(skip_header(skip_header(spki, true), false), true).subspan(1);
    const auto hash = Botan::HashFunction::create_or_throw("SHA-1");
    hash->update(key);
    Bytes digest(hash->output_length());
    hash->final(digest);
    return digest;
}

Bytes extension(std::string_view oid, bool critical, ByteView content) {
    if (critical)
        return der::sequence({der::oid(oid), der::boolean_true(), der::octets(content)});
    return der::sequence({der::oid(oid), der::octets(content)});
}

Bytes authority_key_extension(ByteView spki) {
    return extension("2.5.29.35", false, der::sequence({der::value(0x80, {key_identifier(spki)})}));
}

uint16_t usage_of(Purpose purpose) {
    const auto bit = [](KeyUsage usage) {
        return static_cast<uint16_t>(usage);
    };
    switch (purpose) {
        case Purpose::authority:
        case Purpose::sub_authority:
            return bit(KeyUsage::key_cert_sign) | bit(KeyUsage::crl_sign);
        case Purpose::signing:
            return bit(KeyUsage::digital_signature) | bit(KeyUsage::non_repudiation);
        case Purpose::encryption:
            return bit(KeyUsage::key_encipherment) | bit(KeyUsage::data_encipherment) |
                   bit(KeyUsage::key_agreement);
    }
    throw Error(ErrorCode::internal);
}

Bytes extensions_of(const CertificatePlan& plan) {
    Bytes constraints = der::sequence({});
    if (plan.purpose == Purpose::authority)
        constraints = der::sequence({der::boolean_true()});
    if (plan.purpose == Purpose::sub_authority) {
        constraints = der::sequence({der::boolean_true(), der::integer(0)});
    }
    Bytes list;
    append(list, extension("2.5.29.19", true, constraints));
    append(list, extension("2.5.29.15", true, der::named_bits(usage_of(plan.purpose))));
    append(list, extension("2.5.29.14", false, der::octets(key_identifier(plan.spki))));
    append(list, authority_key_extension(plan.issuer_spki));
    if (!plan.crl_url.empty()) {
        // DistributionPoint { distributionPoint [0] { fullName [0] { URI [6] } } }
        const Bytes uri = der::value(0x86, {as_bytes(plan.crl_url)});
        const Bytes point = der::sequence({der::context(0, der::context(0, uri))});
        append(list, extension("2.5.29.31", false, der::sequence({point})));
    }
    if (!plan.credit_code.empty()) {
        append(list, extension("1.2.156.10260.4.1.4", false, der::printable(plan.credit_code)));
    }
    return list;
}

}  // namespace

Bytes name_der(const Subject& subject) {
    const auto attribute = [](std::string_view oid, const Bytes& text) {
        return der::set({der::sequence({der::oid(oid), text})});
    };
    return der::sequence({attribute("2.5.4.6", der::printable("CN")),
                          attribute("2.5.4.10", der::utf8(subject.organization)),
                          attribute("2.5.4.3", der::utf8(subject.common_name))});
}

Bytes make_certificate(const CertificatePlan& plan, const Signer& issuer) {
    const Bytes validity = der::sequence({der::time(plan.not_before), der::time(plan.not_after)});
    const Bytes to_be_signed =
        der::sequence({der::context(0, der::integer(2)), der::integer(plan.serial),
                       algorithm_of(issuer.kind()), plan.issuer, validity, plan.subject, plan.spki,
                       der::context(3, der::sequence({extensions_of(plan)}))});
    return signed_object(to_be_signed, issuer);
}

Bytes make_request(ByteView subject, const Signer& holder) {
    const Bytes to_be_signed =
        der::sequence({der::integer(0), subject, holder.spki(), der::context(0, {})});
    return signed_object(to_be_signed, holder);
}

Bytes make_crl(ByteView issuer_name, const std::vector<Revocation>& revoked, Timestamp this_update,
               Timestamp next_update, uint32_t number, const Signer& issuer) {
    Bytes entries;
    for (const Revocation& entry : revoked) {
        append(entries, der::sequence({der::integer(entry.serial), der::time(entry.at)}));
    }
    // An empty list is left out (RFC 5280 section 5.1.2.6).
    const Bytes list = revoked.empty() ? Bytes{} : der::sequence({entries});
    Bytes extensions = authority_key_extension(issuer.spki());
    append(extensions, extension("2.5.29.20", false, der::integer(number)));
    const Bytes to_be_signed = der::sequence(
        {der::integer(1), algorithm_of(issuer.kind()), issuer_name, der::time(this_update),
         der::time(next_update), list, der::context(0, der::sequence({extensions}))});
    return signed_object(to_be_signed, issuer);
}

std::string to_pem(ByteView der, const std::string& label) {
    return Botan::PEM_Code::encode(der.data(), der.size(), label);
}

}  // namespace bidseal::testca
