#include "bidseal/bid/merkle.h"

#include "bidseal/base/error.h"

namespace bidseal::bid {

namespace {

constexpr std::string_view leaf_label = "SBID1 leaf";
constexpr std::string_view node_label = "SBID1 node";
constexpr size_t leaf_prefix_size = leaf_label.size() + 8;

void write_leaf_prefix(uint64_t number, uint8_t* out) {
    std::memcpy(out, leaf_label.data(), leaf_label.size());
    for (int i = 0; i < 8; ++i) {
        out[leaf_label.size() + i] = static_cast<uint8_t>(number >> (56 - 8 * i));
    }
}

/// The largest power of two below n (n >= 2): where RFC 9162 splits a list of n leaves.
uint64_t split_point(uint64_t n) {
    uint64_t k = 1;
    while (k * 2 < n) {
        k *= 2;
    }
    return k;
}

crypto::Sm3Digest subtree(const crypto::Sm3Digest* leaves, uint64_t count) {
    if (count == 1) {
        return *leaves;
    }
    const uint64_t left = split_point(count);
    return merkle_node(subtree(leaves, left), subtree(leaves + left, count - left));
}

}  // namespace

crypto::Sm3Digest merkle_leaf(uint64_t number, ByteView ciphertext) {
    uint8_t prefix[leaf_prefix_size];
    write_leaf_prefix(number, prefix);
    return crypto::sm3({prefix, ciphertext});
}

std::vector<crypto::Sm3Digest> merkle_leaves(uint64_t number, ByteView ciphertext) {
    std::vector<crypto::Sm3Digest> leaves;
    leaves.reserve((ciphertext.size() + chunk_size - 1) / chunk_size);
    while (ciphertext.size() >= 4 * chunk_size) {
        uint8_t prefixes[4][leaf_prefix_size];
        const uint8_t* prefix[4];
        const uint8_t* data[4];
        for (int k = 0; k < 4; ++k) {
            write_leaf_prefix(number + k, prefixes[k]);
            prefix[k] = prefixes[k];
            data[k] = ciphertext.data() + k * chunk_size;
        }
        uint8_t digests[4][32];
        crypto::kernels::sm3_four_prefixed(prefix, leaf_prefix_size, data, chunk_size, digests);
        for (auto& digest : digests) {
            crypto::Sm3Digest leaf;
            std::memcpy(leaf.data(), digest, sizeof digest);
            leaves.push_back(leaf);
        }
        number += 4;
        ciphertext = ciphertext.subspan(4 * chunk_size);
    }
    while (!ciphertext.empty()) {
        const size_t size = std::min<size_t>(ciphertext.size(), chunk_size);
        leaves.push_back(merkle_leaf(number++, ciphertext.first(size)));
        ciphertext = ciphertext.subspan(size);
    }
    return leaves;
}

crypto::Sm3Digest merkle_node(const crypto::Sm3Digest& left, const crypto::Sm3Digest& right) {
    return crypto::sm3({as_bytes(node_label), left.view(), right.view()});
}

void MerkleTree::add(const crypto::Sm3Digest& leaf) {
    // Each set bit of the count is one complete subtree on the stack, the largest first.
    m_stack.push_back(leaf);
    for (uint64_t n = m_count; n & 1; n >>= 1) {
        const crypto::Sm3Digest right = m_stack.back();
        m_stack.pop_back();
        m_stack.back() = merkle_node(m_stack.back(), right);
    }
    ++m_count;
}

crypto::Sm3Digest MerkleTree::root() const {
    require(!m_stack.empty(), ErrorCode::internal, "root of an empty tree");
    crypto::Sm3Digest root = m_stack.back();
    for (size_t i = m_stack.size() - 1; i-- > 0;) {
        root = merkle_node(m_stack[i], root);
    }
    return root;
}

std::vector<crypto::Sm3Digest> merkle_path(const std::vector<crypto::Sm3Digest>& leaves,
                                           uint64_t number) {
    require(number < leaves.size(), ErrorCode::usage);
    std::vector<crypto::Sm3Digest> path;
    const crypto::Sm3Digest* first = leaves.data();
    uint64_t count = leaves.size();
    while (count > 1) {
        const uint64_t left = split_point(count);
        if (number < left) {
            path.insert(path.begin(), subtree(first + left, count - left));
            count = left;
        } else {
            path.insert(path.begin(), subtree(first, left));
            first += left;
            number -= left;
            count -= left;
        }
    }
    return path;
}

bool merkle_verify(const crypto::Sm3Digest& leaf, uint64_t number, uint64_t count,
                   const std::vector<crypto::Sm3Digest>& path, const crypto::Sm3Digest& root) {
    if (number >= count) {
        return false;
    }
    // From the root down: at each split, was the leaf on the left?
    std::vector<bool> on_left;
    while (count > 1) {
        const uint64_t left = split_point(count);
        on_left.push_back(number < left);
        if (number < left) {
            count = left;
        } else {
            number -= left;
            count -= left;
        }
    }
    if (on_left.size() != path.size()) {
        return false;
    }
    crypto::Sm3Digest node = leaf;
    for (const crypto::Sm3Digest& sibling : path) {
        node = on_left.back() ? merkle_node(node, sibling) : merkle_node(sibling, node);
        on_left.pop_back();
    }
    return node == root;
}

}  // namespace bidseal::bid
