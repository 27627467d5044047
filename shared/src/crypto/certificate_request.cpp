#include "bidseal/crypto/certificate_request.h"

#include "bidseal/crypto/der_writer.h"
#include "bidseal/crypto/oids.h"

namespace bidseal::crypto {
namespace {

constexpr uint8_t utf8_string = 0x0c, printable_string = 0x13, set_tag = 0x31,
                  attributes_tag = 0xa0;

Bytes name_part(std::string_view type, uint8_t text_tag, std::string_view text) {
    const Bytes attribute =
        der::sequence_of({der::oid(type), der::value(text_tag, as_bytes(text))});
    return der::value(set_tag, attribute);
}

}  // namespace

Bytes name_der(const std::string& organization, const std::string& common_name) {
    Bytes parts = name_part("2.5.4.6", printable_string, "CN");
    if (!organization.empty())
        append(parts, name_part("2.5.4.10", utf8_string, organization));
    if (!common_name.empty())
        append(parts, name_part("2.5.4.3", utf8_string, common_name));
    return der::sequence_of({parts});
}

Bytes certificate_request_info(ByteView subject, ByteView spki) {
    return der::sequence_of(
        {der::small_integer(0), subject, spki, der::value(attributes_tag, ByteView{})});
}

Bytes certificate_request(ByteView info, ByteView signature) {
    return der::sequence_of({info, der::algorithm(oid::sm2_with_sm3), der::bits(signature)});
}

}  // namespace bidseal::crypto
