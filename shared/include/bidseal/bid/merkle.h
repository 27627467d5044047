// The tree over the chunks of an envelope, shaped as RFC 9162. docs/spec/bid-format.md section 6.3.
#pragma once

#include <vector>

#include "bidseal/bid/limits.h"
#include "bidseal/crypto/sm3.h"

namespace bidseal::bid {

/// SM3("SBID1 leaf" | u64 number | ciphertext).
crypto::Sm3Digest merkle_leaf(uint64_t number, ByteView ciphertext);

/// Leaves of consecutive chunks, the first having `number`; all but the last chunk of `ciphertext`
/// are full. Four equally long chunks are hashed side by side.
std::vector<crypto::Sm3Digest> merkle_leaves(uint64_t number, ByteView ciphertext);

/// SM3("SBID1 node" | left | right).
crypto::Sm3Digest merkle_node(const crypto::Sm3Digest& left, const crypto::Sm3Digest& right);

/// The root, leaf by leaf, in memory that grows with the logarithm.
class MerkleTree {
public:
    void add(const crypto::Sm3Digest& leaf);
    uint64_t count() const { return m_count; }
    /// At least one leaf must have been added.
    crypto::Sm3Digest root() const;

private:
    std::vector<crypto::Sm3Digest> m_stack;
    uint64_t m_count = 0;
};

/// The audit path of one leaf, lowest first (RFC 9162 section 2.1.3).
std::vector<crypto::Sm3Digest> merkle_path(const std::vector<crypto::Sm3Digest>& leaves,
                                           uint64_t number);
/// Whether leaf `number` of `count` leads to the root over the path.
bool merkle_verify(const crypto::Sm3Digest& leaf, uint64_t number, uint64_t count,
                   const std::vector<crypto::Sm3Digest>& path, const crypto::Sm3Digest& root);

}  // namespace bidseal::bid
