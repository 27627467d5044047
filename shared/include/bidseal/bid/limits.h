// Sizes and limits of the sealed bid, version 1 (docs/spec/bid-format.md sections 2 and 3).
#pragma once

#include <cstddef>
#include <cstdint>

namespace bidseal::bid {

inline constexpr uint64_t chunk_size = 262144;  ///< bytes of ciphertext under one leaf
inline constexpr uint64_t blocks_per_chunk = chunk_size / 16;
inline constexpr uint64_t head_size = 8;
inline constexpr uint64_t footer_size = 64;
inline constexpr uint64_t leaf_size = 32;
inline constexpr size_t secret_size = 32;  ///< CS, parts and shares
inline constexpr size_t nonce_size = 16;

inline constexpr size_t max_index_bytes = 262144;
inline constexpr size_t max_openers_bytes = 262144;
inline constexpr size_t max_signature_bytes = 16u
                                              << 20;  ///< certificates and revocation lists inside
inline constexpr size_t max_manifest_bytes = 16u << 20;
inline constexpr size_t max_tender_content_bytes = 1u << 20;
inline constexpr size_t max_tender_file_bytes = 32u << 20;
inline constexpr size_t max_envelopes = 16;
inline constexpr uint64_t max_chunks = uint64_t{1} << 22;  ///< of all envelopes together
inline constexpr size_t max_documents = 10000;             ///< of one envelope
inline constexpr size_t max_ways = 8;                      ///< of one envelope
inline constexpr size_t max_wraps = 64;                    ///< of one envelope
inline constexpr size_t max_parts = 4;                     ///< of one way
inline constexpr size_t max_shares = 16;                   ///< of one part
inline constexpr uint32_t max_openers_version = 8;
inline constexpr size_t json_depth = 8;
inline constexpr uint64_t max_exact_integer = (uint64_t{1} << 53) - 1;
inline constexpr size_t max_title_bytes = 512;

/// What a program asks for at once: four chunks are hashed side by side.
inline constexpr uint64_t read_step = 4 * chunk_size;

}  // namespace bidseal::bid
