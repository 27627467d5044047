// What SignedData and EnvelopedData have in common: ContentInfo, algorithms, names of certificates.
#pragma once

#include <string>

#include "bidseal/crypto/certificate.h"
#include "bidseal/crypto/der_reader.h"

namespace bidseal::crypto::cms {

/// The two object identifiers of one kind of message: GB/T 35275's and CMS's.
struct TypePair {
    std::string_view gm, cms;
    std::string_view of(bool is_gm) const { return is_gm ? gm : cms; }
};

/// Reads a ContentInfo of either type, strict DER with nothing behind it; gives its content, a
/// SEQUENCE. Throws Error(fault).
der::Reader open_content_info(ByteView der, const TypePair& types, ErrorCode fault);

/// The reverse.
Bytes content_info(std::string_view type, ByteView content);

/// Object identifier of an AlgorithmIdentifier whose parameters may be anything small, as makers
/// disagree about them.
std::string read_algorithm(der::Reader& at);

/// IssuerAndSerialNumber.
struct CertificateName {
    Bytes issuer, serial;
    bool names(const Certificate& certificate) const;
};
CertificateName read_certificate_name(der::Reader& at);
Bytes certificate_name(const Certificate& certificate);

}  // namespace bidseal::crypto::cms
