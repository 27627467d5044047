#include "bidseal/crypto/sm3.h"

#include <algorithm>

#include "bidseal/base/error.h"

namespace bidseal::crypto {

Sm3::Sm3() {
    kernels::sm3_init(m_state);
}

void Sm3::update(ByteView data) {
    kernels::sm3_update(m_state, data);
}

Sm3Digest Sm3::finish() {
    Sm3Digest digest;
    kernels::sm3_final(m_state, digest.data());
    return digest;
}

Sm3Digest sm3(std::initializer_list<ByteView> parts) {
    Sm3 hash;
    for (const ByteView part : parts)
        hash.update(part);
    return hash.finish();
}

namespace {

/// HMAC (RFC 2104) with SM3's 64-byte block, of several parts, into 32 bytes.
void hmac_into(ByteView key, std::initializer_list<ByteView> parts, std::span<uint8_t, 32> out) {
    uint8_t pad[64] = {};
    if (key.size() > sizeof pad) {
        const Sm3Digest hashed = sm3(key);
        std::copy(hashed.bytes.begin(), hashed.bytes.end(), pad);
    } else {
        std::copy(key.begin(), key.end(), pad);
    }
    for (uint8_t& b : pad)
        b ^= 0x36;
    kernels::Sm3State state;
    kernels::sm3_init(state);
    kernels::sm3_update(state, pad);
    for (const ByteView part : parts)
        kernels::sm3_update(state, part);
    uint8_t inner[32];
    kernels::sm3_final(state, inner);
    for (uint8_t& b : pad)
        b ^= 0x36 ^ 0x5c;
    kernels::sm3_init(state);
    kernels::sm3_update(state, pad);
    kernels::sm3_update(state, inner);
    kernels::sm3_final(state, out.data());
    wipe(pad, sizeof pad);
    wipe(inner, sizeof inner);
}

}  // namespace

Bytes hmac_sm3(ByteView key, ByteView data) {
    Bytes mac(32);
    hmac_into(key, {data}, std::span<uint8_t, 32>(mac.data(), 32));
    return mac;
}

SecretBytes hkdf_sm3(const SecretBytes& ikm, ByteView salt, ByteView info, size_t length) {
    require(length <= 255 * 32, ErrorCode::internal, "HKDF output is too long");
    // An absent salt is 32 zero bytes (RFC 5869 section 2.2), which HMAC pads like an empty key.
    SecretBytes prk(32);
    hmac_into(salt, {ikm.view()}, std::span<uint8_t, 32>(prk.span().data(), 32));
    SecretBytes out(length), block(32);
    size_t done = 0;
    for (uint8_t counter = 1; done < length; counter++) {
        const ByteView previous = done == 0 ? ByteView() : block.view();
        SecretBytes next(32);
        hmac_into(prk.view(), {previous, info, ByteView(&counter, 1)},
                  std::span<uint8_t, 32>(next.span().data(), 32));
        block = std::move(next);
        const size_t take = std::min<size_t>(32, length - done);
        std::copy_n(block.view().begin(), take, out.span().begin() + static_cast<ptrdiff_t>(done));
        done += take;
    }
    return out;
}

void DerivedRandom::fill(std::span<uint8_t> out) {
    for (uint8_t& b : out) {
        if (m_used == m_block.size()) {
            Bytes counter;
            append_u64(counter, m_counter++);
            SecretBytes next(32);
            hmac_into(m_key.view(), {counter}, std::span<uint8_t, 32>(next.span().data(), 32));
            m_block = std::move(next);
            m_used = 0;
        }
        b = m_block.view()[m_used++];
    }
}

}  // namespace bidseal::crypto
