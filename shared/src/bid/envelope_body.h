// The ciphertext of one envelope as it is made: buffered, encrypted, hashed and passed on.
#pragma once

#include <vector>

#include "bidseal/base/host.h"
#include "bidseal/bid/key_schedule.h"
#include "bidseal/bid/merkle.h"
#include "bidseal/crypto/sm4.h"

namespace bidseal::bid {

/// Takes the plaintext of an envelope in pieces of any size. Holds four chunks, so that leaves are
/// hashed side by side.
class EnvelopeBody : public Sink {
public:
    /// `out` gets the ciphertext and must outlive the body. At most `chunk_limit` chunks.
    EnvelopeBody(const EnvelopeKeys& keys, Sink& out, uint64_t chunk_limit);
    ~EnvelopeBody() override;

    void write(ByteView plain) override;
    /// Adds 0x80 and remembers that zeros follow, up to `padded` bytes in all.
    void begin_padding(uint64_t padded);
    /// Adds some of the zeros (padding grows with the content, up to tens of MiB) and passes them
    /// on. True when the body is complete.
    bool pad_some();

    uint64_t length() const { return m_length; }
    const std::vector<crypto::Sm3Digest>& leaves() const { return m_leaves; }
    crypto::Sm3Digest root() const { return m_tree.root(); }

private:
    void flush();

    crypto::Sm4Ctr m_cipher;
    Sink& m_out;
    uint64_t m_chunk_limit;
    Bytes m_buffer;
    uint64_t m_length = 0;  // plaintext taken so far
    uint64_t m_padded = 0;  // what it is to become
    std::vector<crypto::Sm3Digest> m_leaves;
    MerkleTree m_tree;
};

}  // namespace bidseal::bid
