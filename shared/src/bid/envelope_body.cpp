#include "envelope_body.h"

#include <algorithm>

#include "bidseal/base/error.h"
#include "bidseal/bid/limits.h"

namespace bidseal::bid {

EnvelopeBody::EnvelopeBody(const EnvelopeKeys& keys, Sink& out, uint64_t chunk_limit)
    : m_cipher(keys.key.view(), keys.iv.view()), m_out(out), m_chunk_limit(chunk_limit) {
    m_buffer.reserve(read_step);
}

EnvelopeBody::~EnvelopeBody() {
    wipe(m_buffer.data(), m_buffer.size());
}

void EnvelopeBody::write(ByteView plain) {
    while (!plain.empty()) {
        const size_t take = std::min<size_t>(plain.size(), read_step - m_buffer.size());
        append(m_buffer, plain.first(take));
        m_length += take;
        plain = plain.subspan(take);
        if (m_buffer.size() == read_step) {
            flush();
        }
    }
}

void EnvelopeBody::begin_padding(uint64_t padded) {
    require(padded > m_length, ErrorCode::internal, "no room for the padding");
    const uint8_t mark = 0x80;
    write({&mark, 1});
    m_padded = padded;
}

bool EnvelopeBody::pad_some() {
    const Bytes zeros(16384);
    const uint64_t until = std::min<uint64_t>(m_padded, m_length + read_step);
    while (m_length < until) {
        write(ByteView(zeros).first(std::min<uint64_t>(zeros.size(), until - m_length)));
    }
    if (m_length < m_padded) {
        return false;
    }
    flush();
    return true;
}

void EnvelopeBody::flush() {
    if (m_buffer.empty()) {
        return;
    }
    const uint64_t first = m_leaves.size();
    m_cipher.apply(first * blocks_per_chunk, m_buffer);
    for (const crypto::Sm3Digest& leaf : merkle_leaves(first, m_buffer)) {
        m_leaves.push_back(leaf);
        m_tree.add(leaf);
    }
    require(m_leaves.size() <= m_chunk_limit, ErrorCode::limit_exceeded, "too many chunks");
    m_out.write(m_buffer);
    m_buffer.clear();
}

}  // namespace bidseal::bid
