// Reading of X.509 certificates (RFC 5280 section 4).
#include "bidseal/crypto/certificate.h"

#include <algorithm>

#include "bidseal/crypto/der_reader.h"
#include "bidseal/crypto/oids.h"

#include "certificate_impl.h"
#include "pem.h"

namespace bidseal::crypto {
namespace {

constexpr size_t max_certificate = size_t{64} << 10;
constexpr ErrorCode fault = ErrorCode::certificate_invalid;

/// Text of an identity extension: one ASN.1 string, or, with some CAs, bare ASCII.
std::string read_identity(ByteView content) {
    if (!content.empty() && content.size() <= 256) {
        try {
            der::Reader one(content, fault);
            const der::Value v = one.any();
            one.finish();
            // [0] to [2] IMPLICIT over a string is another habit.
            if ((v.tag & 0xe0) == 0x80)
                return std::string(as_text(v.content));
            if (auto text = read_string(v.tag, v.content, fault))
                return *text;
        } catch (const Error&) {
        }
        if (std::all_of(content.begin(), content.end(),
                        [](uint8_t c) { return c > 0x20 && c < 0x7f; }))
            return std::string(as_text(content));
    }
    return {};
}

std::vector<std::string> read_crl_urls(ByteView content) {
    std::vector<std::string> urls;
    der::Reader outer(content, fault);
    der::Reader points = outer.enter(der::sequence);
    outer.finish();
    while (!points.done()) {
        der::Reader point = points.enter(der::sequence);
        while (!point.done()) {
            const der::Value member = point.any();
            if (member.tag != der::context_constructed(0))
                continue;
            for (std::string& url : read_distribution_point_name(member.content, fault))
                urls.push_back(std::move(url));
        }
        points.check(urls.size() <= 64);
    }
    return urls;
}

void read_basic_constraints(ByteView content, Certificate::Impl& c) {
    der::Reader outer(content, fault);
    der::Reader members = outer.enter(der::sequence);
    outer.finish();
    c.has_basic_constraints = true;
    if (members.next_is(der::boolean))
        c.is_ca = members.boolean_value();
    if (members.next_is(der::integer))
        c.path_length = members.small();
    members.finish();
}

void read_extended_usage(ByteView content, Certificate::Impl& c) {
    der::Reader outer(content, fault);
    der::Reader purposes = outer.enter(der::sequence);
    outer.finish();
    c.extended_key_usage.emplace();
    while (!purposes.done())
        c.extended_key_usage->push_back(purposes.oid());
}

void read_extension(const Extension& e, Certificate::Impl& c) {
    der::Reader one(e.content, fault);
    if (e.type == oid::basic_constraints) {
        read_basic_constraints(e.content, c);
    } else if (e.type == oid::key_usage) {
        c.key_usage = one.flags();
        one.finish();
    } else if (e.type == oid::extended_key_usage) {
        read_extended_usage(e.content, c);
    } else if (e.type == oid::crl_distribution_points) {
        c.crl_urls = read_crl_urls(e.content);
    } else if (e.type == oid::subject_key_identifier) {
        c.subject_key_identifier = to_bytes(one.octets());
        one.finish();
    } else if (e.type == oid::gm_credit_code) {
        c.credit_code_extension = read_identity(e.content);
    } else if (e.type == oid::gm_organization_code) {
        c.organization_code_extension = read_identity(e.content);
    } else if (e.type == oid::name_constraints) {
        c.has_name_constraints = true;
    } else if (e.critical && e.type != oid::subject_alt_name &&
               e.type != oid::certificate_policies) {
        // Policies hold nothing to check here: every policy is accepted (RFC 5280 section 6.1.1).
        c.has_unknown_critical = true;
    }
}

void read_to_be_signed(Certificate::Impl& c) {
    der::Reader outer(c.signed_object.to_be_signed, fault);
    der::Reader tbs = outer.enter(der::sequence);
    outer.finish();
    if (auto version = tbs.enter_if(der::context_constructed(0))) {
        c.version = static_cast<int>(version->small()) + 1;
        version->check(c.version <= 3);
        version->finish();
    }
    c.serial = tbs.integer_octets();
    tbs.check(c.serial.size() <= 40);
    tbs.check(read_plain_algorithm(tbs.value(der::sequence).whole, fault) ==
              c.signed_object.algorithm);
    c.issuer = tbs.value(der::sequence).whole;
    der::Reader validity = tbs.enter(der::sequence);
    c.not_before = validity.time();
    c.not_after = validity.time();
    validity.finish();
    c.subject = tbs.value(der::sequence).whole;
    c.spki = tbs.value(der::sequence).whole;
    // Unique identifiers of version 2; nobody uses them, and nothing depends on them.
    if (tbs.next_is(der::context(1)))
        tbs.any();
    if (tbs.next_is(der::context(2)))
        tbs.any();
    if (auto extensions = tbs.enter_if(der::context_constructed(3))) {
        extensions->check(c.version == 3);
        const ByteView sequence = extensions->value(der::sequence).whole;
        extensions->finish();
        for (const Extension& e : read_extensions(sequence, fault))
            read_extension(e, c);
    }
    tbs.finish();
    c.issuer_name = read_name(c.issuer, fault);
    c.subject_name = read_name(c.subject, fault);
    c.key = PublicKey::from_spki(c.spki, fault);
}

}  // namespace

std::string read_plain_algorithm(ByteView algorithm_identifier, ErrorCode code) {
    der::Reader outer(algorithm_identifier, code);
    der::Reader algorithm = outer.enter(der::sequence);
    outer.finish();
    std::string name = algorithm.oid();
    if (!algorithm.done())
        algorithm.null_value();
    algorithm.finish();
    return name;
}

SignedObject SignedObject::read(ByteView der, ErrorCode code) {
    der::Reader outer(der, code);
    der::Reader members = outer.enter(der::sequence);
    outer.finish();
    SignedObject object;
    object.to_be_signed = members.value(der::sequence).whole;
    object.algorithm = read_plain_algorithm(members.value(der::sequence).whole, code);
    object.signature = members.bits();
    members.finish();
    return object;
}

std::vector<Extension> read_extensions(ByteView sequence, ErrorCode code) {
    der::Reader outer(sequence, code);
    der::Reader members = outer.enter(der::sequence);
    outer.finish();
    members.check(!members.done());
    std::vector<Extension> extensions;
    while (!members.done()) {
        der::Reader one = members.enter(der::sequence);
        Extension e;
        e.type = one.oid();
        // FALSE should be left out, but many CAs write it.
        if (one.next_is(der::boolean))
            e.critical = one.boolean_value();
        e.content = one.octets();
        one.finish();
        for (const Extension& other : extensions)
            members.check(other.type != e.type);
        extensions.push_back(std::move(e));
        members.check(extensions.size() <= 64);
    }
    return extensions;
}

std::vector<std::string> read_distribution_point_name(ByteView content, ErrorCode code) {
    std::vector<std::string> urls;
    der::Reader name(content, code);
    if (auto full = name.enter_if(der::context_constructed(0))) {
        while (!full->done()) {
            const der::Value general_name = full->any();
            if (general_name.tag != der::context(6))
                continue;
            const auto url = read_string(der::ia5_string, general_name.content, code);
            urls.push_back(*url);
        }
    }
    return urls;
}

Certificate Certificate::parse(ByteView der) {
    require(der.size() <= max_certificate, fault, "a certificate has at most 64 KiB");
    der::check(der, fault);
    auto impl = std::make_shared<Impl>();
    impl->der = to_bytes(der);
    impl->signed_object = SignedObject::read(impl->der, fault);
    read_to_be_signed(*impl);
    Certificate certificate;
    certificate.m_impl = std::move(impl);
    return certificate;
}

std::vector<Certificate> Certificate::parse_file(ByteView der_or_pem) {
    if (!looks_like_pem(der_or_pem))
        return {parse(der_or_pem)};
    std::vector<Certificate> certificates;
    for (const PemBlock& block : read_pem(der_or_pem, fault))
        if (block.label == "CERTIFICATE" || block.label == "X509 CERTIFICATE")
            certificates.push_back(parse(block.content));
    require(!certificates.empty(), fault, "no certificate in the file");
    return certificates;
}

ByteView Certificate::der() const {
    return m_impl ? ByteView(m_impl->der) : ByteView();
}
CertificateDigest Certificate::digest() const {
    return {sm3(der()).bytes};
}
KeyKind Certificate::key_kind() const {
    return m_impl->key.kind();
}
ByteView Certificate::spki() const {
    return m_impl->spki;
}

Sm2PublicKey Certificate::sm2_key() const {
    require(m_impl->key.sm2().has_value(), ErrorCode::key_invalid, "not an SM2 certificate");
    return *m_impl->key.sm2();
}

ByteView Certificate::subject_der() const {
    return m_impl->subject;
}
ByteView Certificate::issuer_der() const {
    return m_impl->issuer;
}
ByteView Certificate::serial() const {
    return m_impl->serial;
}

std::string Certificate::common_name() const {
    return name_attribute(m_impl->subject_name, oid::common_name);
}
std::string Certificate::organization() const {
    return name_attribute(m_impl->subject_name, oid::organization_name);
}
std::string Certificate::holder_name() const {
    const std::string name = organization();
    return name.empty() ? common_name() : name;
}

std::string Certificate::credit_code() const {
    if (!m_impl->credit_code_extension.empty())
        return m_impl->credit_code_extension;
    if (!m_impl->organization_code_extension.empty())
        return m_impl->organization_code_extension;
    const std::string code = name_attribute(m_impl->subject_name, oid::organization_identifier);
    return code.empty() ? name_attribute(m_impl->subject_name, oid::serial_number) : code;
}

std::string Certificate::subject_text() const {
    return name_text(m_impl->subject_name);
}
std::string Certificate::issuer_text() const {
    return name_text(m_impl->issuer_name);
}
Timestamp Certificate::not_before() const {
    return m_impl->not_before;
}
Timestamp Certificate::not_after() const {
    return m_impl->not_after;
}
bool Certificate::is_ca() const {
    return m_impl->is_ca;
}

bool Certificate::allows(KeyUsage usage) const {
    return !m_impl->key_usage || (*m_impl->key_usage & static_cast<uint32_t>(usage)) != 0;
}
bool Certificate::has_key_usage() const {
    return m_impl->key_usage.has_value();
}
std::vector<std::string> Certificate::crl_urls() const {
    return m_impl->crl_urls;
}
bool Certificate::self_issued() const {
    return equal(m_impl->subject, m_impl->issuer);
}

bool Certificate::verify(ByteView message, ByteView signature, SignatureKind kind) const {
    return m_impl->key.verify(message, signature, algorithm_of(kind));
}

SignatureKind Certificate::signature_kind() const {
    return signature_kind_of(m_impl->key.kind());
}

bool Certificate::issued_by(const Certificate& issuer) const {
    return equal(m_impl->issuer, issuer.m_impl->subject) &&
           m_impl->signed_object.verified_by(issuer.m_impl->key);
}

}  // namespace bidseal::crypto
