#include "bidseal/crypto/sm4_gcm.h"

#include <algorithm>

#include "bidseal/base/error.h"
#include "bidseal/crypto/sm4.h"

namespace bidseal::crypto {
namespace {

constexpr size_t gcm_block = 16;
constexpr size_t max_text = size_t{1} << 30;

/// An element of GF(2^128) as SP 800-38D writes it: the first bit is the highest of `high`.
struct Element {
    uint64_t high = 0, low = 0;
};

/// The running GHASH: multiplication by H bit by bit, without a branch or table.
class Ghash {
public:
    explicit Ghash(Element h) : m_h(h) {}
    ~Ghash() {
        wipe(&m_h, sizeof m_h);
        wipe(&m_y, sizeof m_y);
    }

    /// The bytes, filled up with zeros to whole blocks.
    void update(ByteView bytes) {
        for (size_t at = 0; at < bytes.size(); at += gcm_block) {
            uint8_t block[gcm_block] = {};
            std::copy_n(bytes.begin() + static_cast<ptrdiff_t>(at),
                        std::min(gcm_block, bytes.size() - at), block);
            add({load_u64(block), load_u64(block + 8)});
        }
    }
    void lengths(size_t additional, size_t text) {
        add({uint64_t{additional} * 8, uint64_t{text} * 8});
    }
    Element value() const { return m_y; }

private:
    void add(Element x) {
        const uint64_t words[2] = {m_y.high ^ x.high, m_y.low ^ x.low};
        Element product, v = m_h;
        for (const uint64_t word : words) {
            for (int bit = 63; bit >= 0; bit--) {
                const uint64_t take = 0 - (word >> bit & 1);
                product.high ^= v.high & take;
                product.low ^= v.low & take;
                const uint64_t carry = 0 - (v.low & 1);
                v.low = v.low >> 1 | v.high << 63;
                v.high = v.high >> 1 ^ (carry & 0xe100000000000000u);
            }
        }
        m_y = product;
    }

    Element m_h, m_y;
};

/// What one message needs: H, the tag's mask, and the stream from block 1 on. The counter has 32
/// bits in GCM and 128 in the kernel; below 2^32 blocks that is the same.
struct GcmState {
    GcmState(ByteView key16, ByteView nonce12) : stream(key16, first_counter(nonce12)) {
        const Bytes zero(gcm_block);
        uint8_t h[gcm_block] = {};
        Sm4Ctr(key16, zero).apply(0, h);
        hash_key = {load_u64(h), load_u64(h + 8)};
        stream.apply(0, mask);
        wipe(h, sizeof h);
    }
    ~GcmState() {
        wipe(&hash_key, sizeof hash_key);
        wipe(mask, sizeof mask);
    }
    GcmState(const GcmState&) = delete;
    GcmState& operator=(const GcmState&) = delete;

    Bytes tag(ByteView additional, ByteView cipher) const {
        Ghash hash(hash_key);
        hash.update(additional);
        hash.update(cipher);
        hash.lengths(additional.size(), cipher.size());
        Bytes out;
        append_u64(out, hash.value().high);
        append_u64(out, hash.value().low);
        for (size_t i = 0; i < gcm_block; i++)
            out[i] ^= mask[i];
        return out;
    }

    static Bytes first_counter(ByteView nonce12) {
        require(nonce12.size() == sm4_gcm_nonce_size, ErrorCode::internal,
                "a GCM nonce has 12 bytes");
        Bytes counter = to_bytes(nonce12);
        append_u32(counter, 1);
        return counter;
    }

    Sm4Ctr stream;
    Element hash_key;
    uint8_t mask[gcm_block] = {};
};

}  // namespace

Bytes sm4_gcm_seal(ByteView key16, ByteView nonce12, ByteView additional, ByteView plain) {
    require(plain.size() <= max_text && additional.size() <= max_text, ErrorCode::limit_exceeded);
    const GcmState state(key16, nonce12);
    Bytes out;
    out.reserve(plain.size() + sm4_gcm_tag_size);
    append(out, plain);
    state.stream.apply(1, out);
    append(out, state.tag(additional, out));
    return out;
}

SecretBytes sm4_gcm_open(ByteView key16, ByteView nonce12, ByteView additional, ByteView sealed) {
    require(sealed.size() >= sm4_gcm_tag_size && sealed.size() <= max_text + sm4_gcm_tag_size &&
                additional.size() <= max_text,
            ErrorCode::decrypt_failed);
    const GcmState state(key16, nonce12);
    const ByteView cipher = sealed.first(sealed.size() - sm4_gcm_tag_size);
    require(constant_time_equal(state.tag(additional, cipher), sealed.last(sm4_gcm_tag_size)),
            ErrorCode::decrypt_failed);
    SecretBytes plain = SecretBytes::copy_of(cipher);
    state.stream.apply(1, plain.span());
    return plain;
}

}  // namespace bidseal::crypto
