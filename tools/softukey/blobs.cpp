#include "blobs.h"

#include <algorithm>

namespace bidseal::softukey {
namespace {

constexpr size_t pad = max_coordinate - 32;

bool is_padded(const BYTE* field) {
    return std::all_of(field, field + pad, [](BYTE b) { return b == 0; });
}

ByteView low_half(const BYTE* field) {
    return {field + pad, 32};
}

void put(BYTE* field, ByteView value) {
    std::memset(field, 0, pad);
    std::memcpy(field + pad, value.data(), 32);
}

}  // namespace

crypto::Sm2PublicKey public_key_of(const ECCPUBLICKEYBLOB& blob) {
    demand(blob.BitLen == 256 && is_padded(blob.XCoordinate) && is_padded(blob.YCoordinate),
           SAR_INDATAERR);
    Bytes point = to_bytes(low_half(blob.XCoordinate));
    append(point, low_half(blob.YCoordinate));
    return crypto::Sm2PublicKey::from_point(point);
}

ECCPUBLICKEYBLOB blob_of_point(ByteView point) {
    ECCPUBLICKEYBLOB blob{};
    blob.BitLen = 256;
    put(blob.XCoordinate, point.first(32));
    put(blob.YCoordinate, point.subspan(32, 32));
    return blob;
}

ECCSIGNATUREBLOB blob_of_signature(ByteView der) {
    Bytes r(32), s(32);
    crypto::sm2_signature_from_der(der, r, s);
    ECCSIGNATUREBLOB blob{};
    put(blob.r, r);
    put(blob.s, s);
    return blob;
}

Bytes signature_of(const ECCSIGNATUREBLOB& blob) {
    demand(is_padded(blob.r) && is_padded(blob.s), SAR_INDATAERR);
    return crypto::sm2_signature_to_der(low_half(blob.r), low_half(blob.s));
}

void write_cipher(ByteView der, ECCCIPHERBLOB* out) {
    const auto fields = crypto::sm2_cipher_from_der(der);
    put(out->XCoordinate, fields.x);
    put(out->YCoordinate, fields.y);
    std::memcpy(out->HASH, fields.hash.data(), 32);
    out->CipherLen = static_cast<ULONG>(fields.cipher.size());
    std::memcpy(reinterpret_cast<BYTE*>(out) + cipher_blob_size(0), fields.cipher.data(),
                fields.cipher.size());
}

Bytes cipher_of(const BYTE* blob, size_t room) {
    demand(blob != nullptr, SAR_INVALIDPARAMERR);
    demand(room > cipher_blob_size(0), SAR_INDATALENERR);
    const auto* head = reinterpret_cast<const ECCCIPHERBLOB*>(blob);
    demand(head->CipherLen >= 1 && head->CipherLen <= 4096 &&
               head->CipherLen <= room - cipher_blob_size(0),
           SAR_INDATALENERR);
    demand(is_padded(head->XCoordinate) && is_padded(head->YCoordinate), SAR_INDATAERR);
    crypto::Sm2CipherFields fields;
    std::memcpy(fields.x.data(), head->XCoordinate + pad, 32);
    std::memcpy(fields.y.data(), head->YCoordinate + pad, 32);
    std::memcpy(fields.hash.data(), head->HASH, 32);
    const BYTE* cipher = blob + cipher_blob_size(0);
    fields.cipher.assign(cipher, cipher + head->CipherLen);
    return crypto::sm2_cipher_to_der(fields);
}

}  // namespace bidseal::softukey
