#include "bidseal/session/channel.h"

#include <algorithm>

#include "bidseal/base/wire.h"
#include "bidseal/crypto/sm4_gcm.h"

namespace bidseal::session {
namespace {

constexpr size_t frame_head = 1 + 8 + 1;

/// Three different two-digit texts, the right one in a place that the keys decide.
void derive_codes(const SecretBytes& secret, ChannelKeys& keys) {
    // 31-bit numbers modulo 100, 99 and 98: their bias is below 2^-24.
    const auto number = [&](size_t i) {
        return load_u32(secret.view().data() + 4 * i) >> 1;
    };
    std::array<uint32_t, 3> values{};
    values[0] = number(0) % 100;
    values[1] = (values[0] + 1 + number(1) % 99) % 100;
    values[2] = number(2) % 98;
    for (const uint32_t taken : {std::min(values[0], values[1]), std::max(values[0], values[1])}) {
        if (values[2] >= taken)
            values[2]++;
    }
    std::array<std::string, 3> texts;
    for (size_t i = 0; i < 3; i++)
        texts[i] = {static_cast<char>('0' + values[i] / 10),
                    static_cast<char>('0' + values[i] % 10)};
    keys.code = texts[0];
    const size_t place = number(3) % 3;
    std::swap(texts[0], texts[place]);
    keys.choices = texts;
}

Bytes additional_data(const Sid& sid, ByteView head) {
    Bytes out = to_bytes(sid.view());
    append(out, head);
    return out;
}

Bytes nonce_of(Side from, uint64_t seq) {
    Bytes nonce;
    append_u32(nonce, static_cast<uint32_t>(from));
    append_u64(nonce, seq);
    return nonce;
}

}  // namespace

crypto::Sm3Digest Transcript::digest() const {
    return crypto::sm3({as_bytes("SBID1 session"), sid.view(), page.view(), phone.view(),
                        request.view(), platform.view()});
}

ChannelKeys ChannelKeys::derive(const crypto::Sm2PrivateKey& own, const crypto::Sm2PublicKey& other,
                                const SecretBytes& k, const Transcript& transcript) {
    const SecretBytes shared = own.shared_x(other);
    const crypto::Sm3Digest th = transcript.digest();
    const auto expand = [&](std::string_view label, size_t size) {
        Bytes info = to_bytes(as_bytes(label));
        append(info, th.view());
        return crypto::hkdf_sm3(shared, k.view(), info, size);
    };
    ChannelKeys keys;
    keys.page_to_phone = expand("SBID1 page to phone", 16);
    keys.phone_to_page = expand("SBID1 phone to page", 16);
    derive_codes(expand("SBID1 code", 16), keys);
    return keys;
}

Channel::Channel(ChannelKeys keys, const Sid& sid, Side side)
    : m_keys(std::move(keys)), m_sid(sid), m_side(side) {}

std::vector<Bytes> Channel::seal(MessageType type, ByteView content) {
    require(content.size() <= max_channel_message, ErrorCode::limit_exceeded);
    const SecretBytes& key = m_side == Side::page ? m_keys.page_to_phone : m_keys.phone_to_page;
    std::vector<Bytes> frames;
    size_t at = 0;
    do {
        const size_t size = std::min(max_piece, content.size() - at);
        Bytes frame{static_cast<uint8_t>(type)};
        append_u64(frame, ++m_sent);
        frame.push_back(at + size == content.size() ? 1 : 0);
        const Bytes sealed =
            crypto::sm4_gcm_seal(key.view(), nonce_of(m_side, m_sent),
                                 additional_data(m_sid, frame), content.subspan(at, size));
        append(frame, sealed);
        frames.push_back(std::move(frame));
        at += size;
    } while (at < content.size());
    return frames;
}

std::optional<ChannelMessage> Channel::open(ByteView frame) {
    WireReader in(frame, ErrorCode::session_message);
    const uint8_t type = in.u8();
    const uint64_t seq = in.u64();
    const uint8_t last = in.u8();
    in.check(type >= 1 && type <= 5 && last <= 1 && frame.size() <= max_frame);
    require(seq == m_received + 1, ErrorCode::session_sequence);
    const Side from = other_side(m_side);
    const SecretBytes& key = m_side == Side::page ? m_keys.phone_to_page : m_keys.page_to_phone;
    SecretBytes piece;
    try {
        piece = crypto::sm4_gcm_open(key.view(), nonce_of(from, seq),
                                     additional_data(m_sid, frame.first(frame_head)),
                                     frame.subspan(frame_head));
    } catch (const Error&) {
        throw Error(ErrorCode::session_message, "a frame of another channel");
    }
    const auto kind = static_cast<MessageType>(type);
    require(!m_type || *m_type == kind, ErrorCode::session_message, "pieces of two messages");
    require(m_pieces.size() + piece.size() <= max_channel_message, ErrorCode::limit_exceeded);
    m_received = seq;
    m_type = kind;
    // What grows may move: the old copy is wiped.
    if (m_pieces.capacity() < m_pieces.size() + piece.size()) {
        Bytes larger;
        larger.reserve(std::max(2 * m_pieces.size(), m_pieces.size() + piece.size()));
        append(larger, m_pieces);
        wipe(m_pieces.data(), m_pieces.size());
        m_pieces = std::move(larger);
    }
    append(m_pieces, piece.view());
    if (last == 0)
        return std::nullopt;
    ChannelMessage message{kind, SecretBytes::copy_of(m_pieces)};
    wipe(m_pieces.data(), m_pieces.size());
    m_pieces.clear();
    m_type.reset();
    return message;
}

}  // namespace bidseal::session
