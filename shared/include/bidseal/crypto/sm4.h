// SM4 (GB/T 32907-2016) in the modes that the formats use.
#pragma once

#include "bidseal/base/bytes.h"
#include "bidseal/base/secret.h"
#include "bidseal/crypto/kernels.h"

namespace bidseal::crypto {

/// SM4-CTR with a 128-bit big-endian counter that starts at `iv`; any block can be reached
/// directly.
class Sm4Ctr {
public:
    /// `key16` and `iv16` are 16 bytes each.
    Sm4Ctr(ByteView key16, ByteView iv16);
    ~Sm4Ctr();
    Sm4Ctr(const Sm4Ctr&) = delete;
    Sm4Ctr& operator=(const Sm4Ctr&) = delete;
    /// Encrypts or decrypts in place the bytes that begin at block `block` (16 bytes each).
    void apply(uint64_t block, std::span<uint8_t> data) const;

private:
    kernels::Sm4CtrKey m_key;
    uint8_t m_iv[16];
};

/// SM4-ECB without padding, for key wraps only: `data` is a multiple of 16 bytes.
SecretBytes sm4_ecb_encrypt(ByteView key16, ByteView data);
/// The reverse. The key may have come out of a wrap, so that its length is the maker's choice:
/// throws Error(decrypt_failed) when it has not 16 bytes, or when `data` is not whole blocks.
SecretBytes sm4_ecb_decrypt(ByteView key16, ByteView data);

/// SM4-CBC with PKCS #7 padding, as GB/T 35275 EnvelopedData has it. Decrypting bad padding throws
/// Error(decrypt_failed), the same for every cause.
Bytes sm4_cbc_encrypt(ByteView key16, ByteView iv16, ByteView plain);
SecretBytes sm4_cbc_decrypt(ByteView key16, ByteView iv16, ByteView cipher);

}  // namespace bidseal::crypto
