// The channel between page and phone, which the hub relays and cannot read.
#pragma once

#include <optional>
#include <string>

#include "bidseal/base/host.h"
#include "bidseal/base/secret.h"
#include "bidseal/crypto/certificate.h"
#include "bidseal/crypto/sm2.h"
#include "bidseal/session/types.h"

namespace bidseal::session {

inline constexpr size_t max_piece = 128 * 1024;          ///< plain bytes of a frame
inline constexpr size_t max_frame = max_piece + 64;      ///< bytes of a frame
inline constexpr size_t max_channel_message = 16 << 20;  ///< of all pieces together

/// What the key exchange is bound to.
struct Transcript {
    Sid sid;
    OneTimeKey page, phone;
    RequestDigest request;
    crypto::CertificateDigest platform;

    /// th = SM3("SBID1 session" | sid | E | F | h_op | SM3(platform certificate)).
    crypto::Sm3Digest digest() const;
};

/// PRK = HKDF-Extract(salt k, x([f]E) = x([e]F)); the keys from it and th.
struct ChannelKeys {
    SecretBytes page_to_phone, phone_to_page;  ///< 16 bytes each
    /// Two digits that page and phone show alike when both sides are honest, and two others: the
    /// person picks what the page shows (see section 7.3 of the spec).
    std::string code;
    std::array<std::string, 3> choices;

    static ChannelKeys derive(const crypto::Sm2PrivateKey& own, const crypto::Sm2PublicKey& other,
                              const SecretBytes& k, const Transcript& transcript);
};

/// What a message on the channel is.
enum class MessageType : uint8_t {
    request = 1,   ///< page: the platform's request, signature and certificate (request.h)
    material = 2,  ///< page: what belongs to it: openers, manifests, tender file
    response = 3,  ///< phone: signatures, an assertion or content keys
    refusal = 4,   ///< phone: the person said no
    hello = 5,     ///< phone: a name for "scanned by …"
};

struct ChannelMessage {
    MessageType type = MessageType::hello;
    SecretBytes content;
};

/// One end. Frames are `u8 type | u64 seq | u8 last | cipher text | tag`, SM4-GCM with nonce
/// `u32 direction | u64 seq` and the additional data `sid | type | seq | last`. Sequence numbers of
/// each direction begin at 1 and have no gaps.
class Channel {
public:
    Channel(ChannelKeys keys, const Sid& sid, Side side);

    /// The frames of a message, in pieces of max_piece. Throws Error(limit_exceeded).
    std::vector<Bytes> seal(MessageType type, ByteView content);
    /// Takes the next frame; gives a message when its last piece came. Throws
    /// Error(session_sequence) for a frame that is not the next one, Error(session_message) for one
    /// that is not of this channel, Error(limit_exceeded).
    std::optional<ChannelMessage> open(ByteView frame);
    const ChannelKeys& keys() const { return m_keys; }

private:
    ChannelKeys m_keys;
    Sid m_sid;
    Side m_side;
    uint64_t m_sent = 0, m_received = 0;
    std::optional<MessageType> m_type;  // of a message that is not complete
    Bytes m_pieces;
};

}  // namespace bidseal::session
