#include "symmetric.h"

#include <algorithm>

#include <botan/block_cipher.h>

namespace bidseal::softukey {
namespace {

constexpr size_t block_size = 16;

std::shared_ptr<const Botan::BlockCipher> keyed_sm4(ByteView key) {
    std::shared_ptr<Botan::BlockCipher> cipher = Botan::BlockCipher::create_or_throw("SM4");
    cipher->set_key(key);
    return cipher;
}

}  // namespace

BlockStream::BlockStream(ByteView key16, ByteView iv, bool encrypting, bool padding)
    : m_cipher(keyed_sm4(key16)), m_cbc(!iv.empty()), m_encrypting(encrypting), m_padding(padding) {
    std::copy(iv.begin(), iv.end(), m_chain.begin());
}

// Whole blocks through the cipher, in the stream's direction and mode.
Bytes BlockStream::crypt(ByteView blocks) {
    Bytes out = to_bytes(blocks);
    for (size_t at = 0; at < out.size(); at += block_size) {
        uint8_t* block = out.data() + at;
        if (m_encrypting) {
            for (size_t i = 0; m_cbc && i < block_size; ++i)
                block[i] ^= m_chain[i];
            m_cipher->encrypt(block);
            if (m_cbc)
                std::copy(block, block + block_size, m_chain.begin());
        } else {
            m_cipher->decrypt(block);
            for (size_t i = 0; m_cbc && i < block_size; ++i)
                block[i] ^= m_chain[i];
            if (m_cbc)
                std::copy_n(blocks.data() + at, block_size, m_chain.begin());
        }
    }
    return out;
}

BlockStream::Step BlockStream::update(ByteView input) const {
    Step step{*this, {}};
    Bytes all(m_pending.begin(), m_pending.begin() + static_cast<ptrdiff_t>(m_pending_size));
    append(all, input);
    size_t whole = all.size() / block_size * block_size;
    // While unpadding, the last block is kept back: it may be the one with the padding.
    if (m_padding && !m_encrypting && whole == all.size() && whole != 0)
        whole -= block_size;
    step.output = step.next.crypt(ByteView(all).first(whole));
    step.next.m_pending_size = all.size() - whole;
    std::copy(all.begin() + static_cast<ptrdiff_t>(whole), all.end(), step.next.m_pending.begin());
    return step;
}

Bytes BlockStream::finish() const {
    BlockStream last = *this;
    Bytes rest(m_pending.begin(), m_pending.begin() + static_cast<ptrdiff_t>(m_pending_size));
    if (!m_padding) {
        demand(rest.empty(), SAR_INDATALENERR);
        return {};
    }
    if (m_encrypting) {
        const size_t fill = block_size - rest.size();
        rest.resize(block_size, static_cast<uint8_t>(fill));
        return last.crypt(rest);
    }
    demand(rest.size() == block_size, SAR_INDATALENERR);
    Bytes plain = last.crypt(rest);
    const size_t fill = plain.back();
    bool good = fill >= 1 && fill <= block_size;
    for (size_t i = 0; good && i < fill; ++i)
        good = plain[block_size - 1 - i] == fill;
    demand(good, SAR_DECRYPTPADERR);
    plain.resize(block_size - fill);
    return plain;
}

size_t BlockStream::update_bound(size_t input) const {
    return (m_pending_size + input) / block_size * block_size;
}

size_t BlockStream::finish_bound() const {
    return m_padding ? block_size : 0;
}

SymmetricKey::~SymmetricKey() = default;

bool is_supported_cipher(ULONG algorithm) {
    return algorithm == SGD_SM4_ECB || algorithm == SGD_SM4_CBC || algorithm == SGD_SM4_MAC;
}

std::shared_ptr<SymmetricKey> make_key(std::shared_ptr<Connection> device, ULONG algorithm,
                                       SecretBytes secret) {
    auto key = std::make_shared<SymmetricKey>();
    key->device = std::move(device);
    key->algorithm = algorithm;
    key->secret = std::move(secret);
    return key;
}

}  // namespace bidseal::softukey
