// SM4 in ECB and CBC, piece by piece, for session keys.
#pragma once

#include <memory>
#include <optional>

#include "library.h"

namespace Botan {
class BlockCipher;
}

namespace bidseal::softukey {

/// One direction of one message. Every step is a const computation that gives its output and the
/// next stream, so that a caller whose buffer is too small can ask again.
class BlockStream {
public:
    struct Step;

    /// `iv` is 16 bytes for CBC, empty for ECB. `padding` is PKCS #5.
    BlockStream(ByteView key16, ByteView iv, bool encrypting, bool padding);

    /// The output that `input` sets free.
    Step update(ByteView input) const;
    /// The rest. Throws Answer SAR_INDATALENERR (not whole blocks), SAR_DECRYPTPADERR.
    Bytes finish() const;
    /// At most this much comes out of update(), finish() after `input` more bytes.
    size_t update_bound(size_t input) const;
    size_t finish_bound() const;

private:
    Bytes crypt(ByteView blocks);

    std::shared_ptr<const Botan::BlockCipher> m_cipher;
    bool m_cbc;
    bool m_encrypting;
    bool m_padding;
    std::array<uint8_t, 16> m_chain{};
    std::array<uint8_t, 16> m_pending{};
    size_t m_pending_size = 0;
};

struct BlockStream::Step {
    BlockStream next;
    Bytes output;
};

/// A session key of a device, with the message that is under way.
struct SymmetricKey : Object {
    ~SymmetricKey() override;
    const Connection* owner() const override { return device.get(); }
    std::shared_ptr<Connection> device;
    ULONG algorithm = 0;
    SecretBytes secret;
    std::optional<BlockStream> encrypting;
    std::optional<BlockStream> decrypting;
};

/// SM4 in ECB, CBC or as MAC.
bool is_supported_cipher(ULONG algorithm);

std::shared_ptr<SymmetricKey> make_key(std::shared_ptr<Connection> device, ULONG algorithm,
                                       SecretBytes secret);

}  // namespace bidseal::softukey
