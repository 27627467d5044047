// SM2 encryption (GB/T 32918.4), ciphertexts in the order C1, C3, C2.
#include <algorithm>

#include "bidseal/base/error.h"

#include "botan_random.h"
#include "sm2_keys.h"

namespace bidseal::crypto {
namespace {

constexpr size_t max_plain = 4096;

}  // namespace

Sm2SharedPoint::Sm2SharedPoint(const Botan::EC_AffinePoint& point) : xy(64) {
    point.serialize_xy_to(xy.span());
}

std::optional<SecretBytes> Sm2SharedPoint::stream(size_t length) const {
    SecretBytes out(length);
    uint8_t any = 0;
    for (size_t done = 0, counter = 1; done < length; counter++) {
        Bytes number;
        append_u32(number, static_cast<uint32_t>(counter));
        Sm3Digest block = sm3({xy.view(), number});
        const size_t take = std::min(block.size(), length - done);
        for (size_t i = 0; i < take; i++) {
            out.span()[done + i] = block.bytes[i];
            any |= block.bytes[i];
        }
        wipe(block.data(), block.size());
        done += take;
    }
    if (any == 0)
        return std::nullopt;
    return out;
}

Sm3Digest Sm2SharedPoint::check_value(ByteView plain) const {
    return sm3({xy.view().first(32), plain, xy.view().subspan(32)});
}

namespace {

/// One try with one k; nothing when k or the KDF stream is zero.
std::optional<Bytes> encrypt_once(const Botan::EC_AffinePoint& key, ByteView plain,
                                  const SecretBytes& nonce48) {
    const Botan::EC_Scalar k = sm2_nonce(nonce48.view());
    if (k.is_zero())
        return std::nullopt;
    Blinding blinding(nonce48.view(), key.serialize_uncompressed());
    std::vector<Botan::BigInt> workspace;
    const auto c1 = Botan::EC_AffinePoint::g_mul(k, blinding.random(), workspace);
    const Sm2SharedPoint shared(key.mul(k, blinding.random(), workspace));
    const auto stream = shared.stream(plain.size());
    if (!stream)
        return std::nullopt;

    Sm2CipherFields fields;
    c1.serialize_x_to(fields.x);
    c1.serialize_y_to(fields.y);
    fields.hash = shared.check_value(plain).bytes;
    fields.cipher.resize(plain.size());
    for (size_t i = 0; i < plain.size(); i++)
        fields.cipher[i] = plain[i] ^ stream->view()[i];
    return sm2_cipher_to_der(fields);
}

void require_plain_size(ByteView plain) {
    require(!plain.empty() && plain.size() <= max_plain, ErrorCode::usage,
            "SM2 encrypts 1 to 4096 bytes");
}

}  // namespace

Bytes Sm2PublicKey::encrypt(ByteView plain, Random& random) const {
    require_plain_size(plain);
    // A zero stream happens to one-byte plain texts once in 256 times.
    for (int attempt = 0; attempt < 64; attempt++) {
        SecretBytes nonce(48);
        random.fill(nonce.span());
        if (auto der = encrypt_once(m_impl->point, plain, nonce))
            return *der;
    }
    throw Error(ErrorCode::random_unavailable, "the random source repeats unusable values");
}

Bytes Sm2PublicKey::encrypt_with_nonce(ByteView plain, const SecretBytes& nonce48) const {
    require_plain_size(plain);
    auto der = encrypt_once(m_impl->point, plain, nonce48);
    require(der.has_value(), ErrorCode::internal, "this nonce cannot encrypt this text");
    return *der;
}

SecretBytes Sm2PrivateKey::decrypt(ByteView der) const {
    auto opened = [&]() -> std::optional<SecretBytes> {
        Sm2CipherFields fields;
        try {
            fields = sm2_cipher_from_der(der);
        } catch (const Error&) {
            return std::nullopt;
        }
        if (fields.cipher.size() > max_plain)
            return std::nullopt;
        Bytes octets{0x04};
        append(octets, fields.x);
        append(octets, fields.y);
        const auto c1 = sm2_point(octets);
        if (!c1)
            return std::nullopt;
        Blinding blinding(scalar().view(), octets);
        std::vector<Botan::BigInt> workspace;
        const Sm2SharedPoint shared(c1->mul(m_impl->d, blinding.random(), workspace));
        auto plain = shared.stream(fields.cipher.size());
        if (!plain)
            return std::nullopt;
        for (size_t i = 0; i < fields.cipher.size(); i++)
            plain->span()[i] ^= fields.cipher[i];
        const Sm3Digest expected = shared.check_value(plain->view());
        if (!constant_time_equal(expected.view(), fields.hash))
            return std::nullopt;
        return plain;
    }();
    if (!opened)
        throw Error(ErrorCode::decrypt_failed);
    return std::move(*opened);
}

}  // namespace bidseal::crypto
