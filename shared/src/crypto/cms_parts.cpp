#include "cms_parts.h"

#include "bidseal/crypto/der_writer.h"

namespace bidseal::crypto::cms {

der::Reader open_content_info(ByteView der, const TypePair& types, ErrorCode fault) {
    der::check(der, fault);
    der::Reader outer(der, fault);
    der::Reader info = outer.enter(der::sequence);
    const std::string type = info.oid();
    info.check(type == types.gm || type == types.cms);
    der::Reader wrapped = info.enter(der::context_constructed(0));
    info.finish();
    der::Reader content = wrapped.enter(der::sequence);
    wrapped.finish();
    return content;
}

Bytes content_info(std::string_view type, ByteView content) {
    return der::sequence_of({der::oid(type), der::value(der::context_constructed(0), content)});
}

std::string read_algorithm(der::Reader& at) {
    der::Reader algorithm = at.enter(der::sequence);
    std::string name = algorithm.oid();
    if (!algorithm.done())
        algorithm.any();
    algorithm.finish();
    return name;
}

bool CertificateName::names(const Certificate& certificate) const {
    return equal(issuer, certificate.issuer_der()) && equal(serial, certificate.serial());
}

CertificateName read_certificate_name(der::Reader& at) {
    der::Reader name = at.enter(der::sequence);
    CertificateName result;
    result.issuer = to_bytes(name.value(der::sequence).whole);
    result.serial = to_bytes(name.integer_octets());
    name.finish();
    return result;
}

Bytes certificate_name(const Certificate& certificate) {
    return der::sequence_of(
        {certificate.issuer_der(), der::value(der::integer, certificate.serial())});
}

}  // namespace bidseal::crypto::cms
