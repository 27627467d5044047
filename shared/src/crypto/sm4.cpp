#include "bidseal/crypto/sm4.h"

#include <algorithm>

#include <botan/block_cipher.h>

#include "bidseal/base/error.h"

namespace bidseal::crypto {
namespace {

constexpr size_t block_size = 16;

std::unique_ptr<Botan::BlockCipher> keyed_cipher(ByteView key16) {
    require(key16.size() == 16, ErrorCode::internal, "an SM4 key has 16 bytes");
    auto cipher = Botan::BlockCipher::create_or_throw("SM4");
    cipher->set_key(key16.data(), key16.size());
    return cipher;
}

}  // namespace

Sm4Ctr::Sm4Ctr(ByteView key16, ByteView iv16) {
    require(key16.size() == 16 && iv16.size() == 16, ErrorCode::internal,
            "SM4 takes a key and an IV of 16 bytes");
    kernels::sm4_ctr_expand(key16.data(), m_key);
    std::copy(iv16.begin(), iv16.end(), m_iv);
}

Sm4Ctr::~Sm4Ctr() {
    wipe(m_iv, sizeof m_iv);
}

void Sm4Ctr::apply(uint64_t block, std::span<uint8_t> data) const {
    kernels::sm4_ctr_xor(m_key, m_iv, block, data.data(), data.size());
}

SecretBytes sm4_ecb_encrypt(ByteView key16, ByteView data) {
    require(data.size() % block_size == 0, ErrorCode::internal, "not whole SM4 blocks");
    SecretBytes out = SecretBytes::copy_of(data);
    keyed_cipher(key16)->encrypt_n(out.span().data(), out.span().data(), data.size() / block_size);
    return out;
}

SecretBytes sm4_ecb_decrypt(ByteView key16, ByteView data) {
    require(key16.size() == 16 && data.size() % block_size == 0, ErrorCode::decrypt_failed);
    SecretBytes out = SecretBytes::copy_of(data);
    keyed_cipher(key16)->decrypt_n(out.span().data(), out.span().data(), data.size() / block_size);
    return out;
}

Bytes sm4_cbc_encrypt(ByteView key16, ByteView iv16, ByteView plain) {
    require(iv16.size() == block_size, ErrorCode::internal, "an SM4 IV has 16 bytes");
    const auto cipher = keyed_cipher(key16);
    const size_t padding = block_size - plain.size() % block_size;
    Bytes out(plain.size() + padding, static_cast<uint8_t>(padding));
    std::copy(plain.begin(), plain.end(), out.begin());
    const uint8_t* previous = iv16.data();
    for (size_t at = 0; at < out.size(); at += block_size) {
        for (size_t i = 0; i < block_size; i++)
            out[at + i] ^= previous[i];
        cipher->encrypt_n(&out[at], &out[at], 1);
        previous = &out[at];
    }
    return out;
}

SecretBytes sm4_cbc_decrypt(ByteView key16, ByteView iv16, ByteView cipher_text) {
    require(
        iv16.size() == block_size && !cipher_text.empty() && cipher_text.size() % block_size == 0,
        ErrorCode::decrypt_failed);
    SecretBytes padded = SecretBytes::copy_of(cipher_text);
    const std::span<uint8_t> out = padded.span();
    keyed_cipher(key16)->decrypt_n(out.data(), out.data(), out.size() / block_size);
    for (size_t i = 0; i < out.size(); i++)
        out[i] ^= i < block_size ? iv16[i] : cipher_text[i - block_size];

    // Every byte of the last block is looked at, so that time does not tell where the padding
    // broke.
    const uint32_t padding = out[out.size() - 1];
    uint32_t bad = (padding - 1) >> 8 | (uint32_t{block_size} - padding) >> 8;
    for (uint32_t i = 1; i <= block_size; i++) {
        const uint32_t in_padding = (i - padding - 1) >> 31;
        bad |= (0u - in_padding) & (out[out.size() - i] ^ padding);
    }
    require(bad == 0, ErrorCode::decrypt_failed);
    return SecretBytes::copy_of(padded.view().first(out.size() - padding));
}

}  // namespace bidseal::crypto
