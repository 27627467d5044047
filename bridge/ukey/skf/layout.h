// The structures of GM/T 0016 as bytes, for both widths of ULONG and both alignments. Only DEVINFO
// differs by alignment; in the others every ULONG stands at a multiple of its size anyway.
#pragma once

#include <cstring>

#include "bridge/ukey/profile.h"
#include "bridge/ukey/raw.h"
#include "bridge/ukey/skf/skf.h"

namespace bidseal::skf {

template <class Ulong>
struct Layout {
    static constexpr size_t word = sizeof(Ulong);
    static constexpr size_t number_pad = max_coordinate - 32;  // values are right-aligned

    static constexpr size_t device_info_room = 512;
    static constexpr size_t symmetric_at(ukey::Packing packing) {
        constexpr size_t packed = 198;
        return packing == ukey::Packing::packed ? packed : 200;
    }

    static constexpr size_t public_key_size = word + 2 * max_coordinate;
    static constexpr size_t cipher_head = 2 * max_coordinate + 32 + word;
    static constexpr size_t signature_size = 2 * max_coordinate;
    static constexpr size_t file_size_at = max_file_name;
    static constexpr size_t file_attribute_room = max_file_name + 3 * word;

    static constexpr size_t enveloped_public_key_at = 3 * word + 64;
    static constexpr size_t enveloped_cipher_at = enveloped_public_key_at + public_key_size;

    static Ulong get_number(const uint8_t* from) {
        Ulong value;
        std::memcpy(&value, from, word);
        return value;
    }

    static void append_number(Bytes& to, Ulong value) {
        uint8_t bytes[word];
        std::memcpy(bytes, &value, word);
        append(to, bytes);
    }
    static void append_coordinate(Bytes& to, const uint8_t* value) {
        to.insert(to.end(), number_pad, 0);
        to.insert(to.end(), value, value + 32);
    }

    /// An ECCCIPHERBLOB, and a few bytes more for libraries that read up to an alignment.
    static Bytes cipher_blob(const ukey::RawCipher& cipher) {
        constexpr size_t spare = 16;
        Bytes blob;
        append_coordinate(blob, cipher.x.data());
        append_coordinate(blob, cipher.y.data());
        append(blob, cipher.hash);
        append_number(blob, static_cast<Ulong>(cipher.cipher.size()));
        append(blob, cipher.cipher);
        blob.insert(blob.end(), spare, 0);
        return blob;
    }
    static size_t cipher_blob_length(const ukey::RawCipher& cipher) {
        return cipher_head + cipher.cipher.size();
    }

    /// x||y of an ECCPUBLICKEYBLOB.
    static Bytes point(const uint8_t* blob) {
        require(get_number(blob) == 256, ErrorCode::token_unsupported, "not a key of 256 bits");
        const uint8_t* x = blob + word + number_pad;
        Bytes xy(x, x + 32);
        xy.insert(xy.end(), x + max_coordinate, x + max_coordinate + 32);
        return xy;
    }

    static Bytes enveloped_key(const ukey::RawEnvelopedKey& key) {
        Bytes blob;
        append_number(blob, 1);
        append_number(blob, key.algorithm);
        append_number(blob, 256);
        append(blob, key.encrypted_scalar);
        append_number(blob, 256);
        append_coordinate(blob, key.public_key.data());
        append_coordinate(blob, key.public_key.data() + 32);
        append(blob, cipher_blob(key.wrap_key));
        return blob;
    }
};

static_assert(Layout<uint32_t>::cipher_head == offsetof(ECCCIPHERBLOB, Cipher));
static_assert(Layout<uint32_t>::enveloped_public_key_at == offsetof(ENVELOPEDKEYBLOB, PubKey));
static_assert(Layout<uint32_t>::enveloped_cipher_at == offsetof(ENVELOPEDKEYBLOB, ECCCipherBlob));
static_assert(Layout<uint32_t>::file_attribute_room == sizeof(FILEATTRIBUTE));
static_assert(Layout<uint32_t>::symmetric_at(ukey::Packing::packed) ==
              offsetof(DEVINFO, AlgSymCap));

}  // namespace bidseal::skf
