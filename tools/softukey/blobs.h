// Between the standard's fixed structures and the core's SM2 types.
#pragma once

#include "bidseal/crypto/sm2.h"

#include "answer.h"

namespace bidseal::softukey {

/// The point of a public key structure. Throws Answer SAR_INDATAERR unless 256 bits, right-aligned
/// and on the curve.
crypto::Sm2PublicKey public_key_of(const ECCPUBLICKEYBLOB& blob);

/// From x||y (64 bytes).
ECCPUBLICKEYBLOB blob_of_point(ByteView point);

ECCSIGNATUREBLOB blob_of_signature(ByteView der);
Bytes signature_of(const ECCSIGNATUREBLOB& blob);

/// Writes 164 bytes and the ciphertext; the caller has the room.
void write_cipher(ByteView der, ECCCIPHERBLOB* out);

/// SM2Cipher DER of a structure that takes at most `room` bytes. Throws Answer SAR_INDATALENERR.
Bytes cipher_of(const BYTE* blob, size_t room);

}  // namespace bidseal::softukey
