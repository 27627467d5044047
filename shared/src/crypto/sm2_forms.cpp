// DER forms of SM2 signatures and ciphertexts (GB/T 35276), each with one spelling.
#include <algorithm>

#include "bidseal/crypto/der_reader.h"
#include "bidseal/crypto/der_writer.h"
#include "bidseal/crypto/sm2.h"

namespace bidseal::crypto {
namespace {

constexpr size_t field_size = 32;
constexpr size_t max_cipher = size_t{1} << 20;

}  // namespace

Bytes sm2_signature_to_der(ByteView r32, ByteView s32) {
    require(r32.size() == field_size && s32.size() == field_size, ErrorCode::encoding_invalid,
            "r and s have 32 bytes");
    return der::sequence_of({der::unsigned_integer(r32), der::unsigned_integer(s32)});
}

void sm2_signature_from_der(ByteView der, std::span<uint8_t> r32, std::span<uint8_t> s32) {
    require(r32.size() == field_size && s32.size() == field_size, ErrorCode::internal,
            "r and s have 32 bytes");
    der::Reader outer(der, ErrorCode::encoding_invalid);
    der::Reader pair = outer.enter(der::sequence);
    outer.finish();
    pair.unsigned_into(r32);
    pair.unsigned_into(s32);
    pair.finish();
}

Bytes sm2_cipher_to_der(const Sm2CipherFields& fields) {
    require(!fields.cipher.empty() && fields.cipher.size() <= max_cipher,
            ErrorCode::encoding_invalid, "an SM2 ciphertext is not empty");
    return der::sequence_of({der::unsigned_integer(fields.x), der::unsigned_integer(fields.y),
                             der::octets(fields.hash), der::octets(fields.cipher)});
}

Sm2CipherFields sm2_cipher_from_der(ByteView der) {
    der::Reader outer(der, ErrorCode::encoding_invalid);
    der::Reader fields = outer.enter(der::sequence);
    outer.finish();
    Sm2CipherFields result;
    fields.unsigned_into(result.x);
    fields.unsigned_into(result.y);
    const ByteView hash = fields.octets();
    fields.check(hash.size() == result.hash.size());
    std::copy(hash.begin(), hash.end(), result.hash.begin());
    result.cipher = to_bytes(fields.octets());
    fields.check(!result.cipher.empty() && result.cipher.size() <= max_cipher);
    fields.finish();
    return result;
}

}  // namespace bidseal::crypto
