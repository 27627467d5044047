#include "bidseal/bid/reader.h"

#include <algorithm>

#include "bidseal/base/error.h"
#include "bidseal/bid/limits.h"
#include "bidseal/bid/merkle.h"

#include "exact_signed_data.h"
#include "plan_check.h"
#include "tender_rules.h"

namespace bidseal::bid {

namespace {

constexpr std::string_view magic = "SBID";

/// Finds the first leaf that differs; all of `leaves` are compared with the table from `place` on.
void compare_leaves(const std::vector<crypto::Sm3Digest>& leaves,
                    const std::vector<crypto::Sm3Digest>& table, uint64_t place,
                    uint64_t first_chunk) {
    for (size_t i = 0; i < leaves.size(); ++i) {
        if (leaves[i] != table[place + i]) {
            throw Error(ErrorCode::bid_chunk).at(first_chunk + i);
        }
    }
}

void check_signature(ByteView index_bytes, const BidIndex& index,
                     const crypto::ParsedSignedData& signature, ByteView der) {
    require(!signature.has_signed_attributes, ErrorCode::signature_format, "signed attributes");
    require(!signature.content, ErrorCode::signature_format, "embedded content");
    check_exact_form(signature, der);
    require(signature.signer.digest() == index.certificate, ErrorCode::signature_invalid,
            "signed with another certificate");
    require(crypto::verify_signed_data(signature, index_bytes), ErrorCode::signature_invalid);
    require(signature.signer.holder_name() == index.supplier_name &&
                signature.signer.credit_code() == index.supplier_code,
            ErrorCode::supplier_mismatch);
    require(can_sign(signature.signer), ErrorCode::certificate_usage);
}

}  // namespace

void check_head(ByteView first8) {
    require(first8.size() == head_size && as_text(first8.first(4)) == magic,
            ErrorCode::bid_not_bid);
    require(first8[4] == 1 && first8[5] == 1 && first8[6] == 0 && first8[7] == 0,
            ErrorCode::bid_version);
}

BidLayout parse_footer(ByteView last64, uint64_t file_size) {
    require(file_size >= head_size + footer_size && last64.size() == footer_size,
            ErrorCode::bid_truncated);
    require(as_text(last64.last(4)) == magic, ErrorCode::bid_truncated, "no footer at the end");
    for (size_t i = 48; i < 60; ++i) {
        require(last64[i] == 0, ErrorCode::bid_layout, "reserved bytes");
    }
    BidLayout layout;
    layout.body = load_u64(last64.data());
    layout.table = load_u64(last64.data() + 8);
    layout.openers = load_u64(last64.data() + 16);
    layout.index = load_u64(last64.data() + 24);
    layout.signature = load_u64(last64.data() + 32);
    layout.file = load_u64(last64.data() + 40);
    require(layout.file == file_size, ErrorCode::bid_layout, "the file grew or shrank");
    require(layout.body >= 1 && layout.table >= 1 && layout.openers >= 1 && layout.index >= 1 &&
                layout.signature >= 1,
            ErrorCode::bid_layout, "an empty part");
    require(layout.table % leaf_size == 0, ErrorCode::bid_layout, "a piece of a leaf");
    require(layout.body <= max_chunks * chunk_size && layout.table <= max_chunks * leaf_size &&
                layout.openers <= max_openers_bytes && layout.index <= max_index_bytes &&
                layout.signature <= max_signature_bytes,
            ErrorCode::limit_exceeded);
    // Each term is bounded above, so that the sum cannot wrap.
    require(head_size + layout.body + layout.table + layout.openers + layout.index +
                    layout.signature + footer_size ==
                file_size,
            ErrorCode::bid_layout, "parts do not fill the file");
    return layout;
}

VerifiedIndex verify_bid_parts(ByteView index, ByteView openers, ByteView signature) {
    constexpr std::string_view start = R"({"type":"SBID1-index",)";
    require(as_text(index).substr(0, start.size()) == start, ErrorCode::bid_index, "not an index");
    require(signature.size() <= max_signature_bytes, ErrorCode::limit_exceeded);
    VerifiedIndex bid;
    bid.index = BidIndex::parse(index);
    bid.signature = crypto::parse_signed_data(signature);
    check_signature(index, bid.index, bid.signature, signature);
    require(openers.size() <= max_openers_bytes, ErrorCode::limit_exceeded);
    require(crypto::sm3(openers) == bid.index.openers, ErrorCode::bid_openers,
            "unlike the digest in the index");
    bid.openers = Openers::parse(openers);
    check_openers_of_bid(bid.openers, bid.index);
    bid.fingerprint = fingerprint_of(index);
    return bid;
}

crypto::ChainResult verify_bid_trust(const VerifiedIndex& bid, const TenderFile& tender,
                                     Timestamp at, const std::vector<crypto::RevocationList>& crls,
                                     crypto::RevocationPolicy policy) {
    crypto::TrustStore trust = tender.tender().trust();
    trust.crls.insert(trust.crls.end(), crls.begin(), crls.end());
    return verify_bid_trust(bid, tender, at, std::move(trust), policy);
}

crypto::ChainResult verify_bid_trust(const VerifiedIndex& bid, const TenderFile& tender,
                                     Timestamp at, crypto::TrustStore trust,
                                     crypto::RevocationPolicy policy) {
    check_index_against_tender(bid.index, tender);
    check_openers_policy(bid.openers, tender.tender(), bid.index.supplier_code);
    trust.crls.insert(trust.crls.end(), bid.signature.crls.begin(), bid.signature.crls.end());
    crypto::ChainResult result =
        crypto::validate_chain(bid.signature.signer, bid.signature.certificates, trust, at,
                               signing_usage(bid.signature.signer), policy);
    check_supplier_openers(bid.openers, bid.signature.certificates, trust, at, policy);
    return result;
}

struct BidReader::Impl {
    enum class Stage { head, footer, public_part, table, ready };

    uint64_t file_size;
    Stage stage = Stage::head;
    BidLayout layout;
    Bytes index_bytes, openers_bytes, signature_bytes;
    VerifiedIndex bid;
    std::vector<crypto::Sm3Digest> table;
    std::vector<uint64_t> body_offsets;   // of each envelope in the file
    std::vector<uint64_t> table_offsets;  // of each envelope's first leaf in `table`

    uint64_t table_offset() const { return head_size + layout.body; }

    void take_public_part(ByteView bytes) {
        openers_bytes = to_bytes(bytes.first(layout.openers));
        index_bytes = to_bytes(bytes.subspan(layout.openers, layout.index));
        signature_bytes = to_bytes(bytes.last(layout.signature));
        bid = verify_bid_parts(index_bytes, openers_bytes, signature_bytes);
        uint64_t body = 0, chunks = 0;
        for (const IndexEnvelope& e : bid.index.envelopes) {
            body_offsets.push_back(head_size + body);
            table_offsets.push_back(chunks);
            body += e.length;
            chunks += e.chunks;
        }
        require(body == layout.body && chunks * leaf_size == layout.table, ErrorCode::bid_layout,
                "lengths unlike the index");
        table.reserve(chunks);
    }

    void take_table(ByteView bytes) {
        for (size_t at = 0; at < bytes.size(); at += leaf_size) {
            crypto::Sm3Digest leaf;
            std::memcpy(leaf.data(), bytes.data() + at, leaf_size);
            table.push_back(leaf);
        }
        if (table.size() * leaf_size == layout.table) {
            check_roots();
            stage = Stage::ready;
        }
    }

    void check_roots() const {
        for (size_t e = 0; e < bid.index.envelopes.size(); ++e) {
            MerkleTree tree;
            for (uint64_t i = 0; i < bid.index.envelopes[e].chunks; ++i) {
                tree.add(table[table_offsets[e] + i]);
            }
            if (tree.root() != bid.index.envelopes[e].root) {
                throw Error(ErrorCode::bid_chunk, "chunk table unlike the root")
                    .subject(bid.index.envelopes[e].id);
            }
        }
    }

    void require_ready() const {
        require(stage == Stage::ready, ErrorCode::usage, "the reader is not ready");
    }
};

BidReader::BidReader(uint64_t file_size) : m_impl(std::make_unique<Impl>()) {
    m_impl->file_size = file_size;
    require(file_size >= head_size, ErrorCode::bid_not_bid);
}
BidReader::~BidReader() = default;
BidReader::BidReader(BidReader&&) noexcept = default;
BidReader& BidReader::operator=(BidReader&&) noexcept = default;

std::optional<NeedBytes> BidReader::need() const {
    const Impl& i = *m_impl;
    switch (i.stage) {
        case Impl::Stage::head:
            return NeedBytes{0, head_size};
        case Impl::Stage::footer:
            return NeedBytes{i.file_size - footer_size, footer_size};
        case Impl::Stage::public_part:
            return NeedBytes{i.table_offset() + i.layout.table,
                             i.layout.openers + i.layout.index + i.layout.signature};
        case Impl::Stage::table: {
            const uint64_t done = i.table.size() * leaf_size;
            return NeedBytes{i.table_offset() + done,
                             std::min<uint64_t>(i.layout.table - done, read_step)};
        }
        case Impl::Stage::ready:
            break;
    }
    return std::nullopt;
}

void BidReader::supply(ByteView bytes) {
    const std::optional<NeedBytes> wanted = need();
    require(wanted && wanted->length == bytes.size(), ErrorCode::usage, "not what was asked for");
    Impl& i = *m_impl;
    switch (i.stage) {
        case Impl::Stage::head:
            check_head(bytes);
            require(i.file_size >= head_size + footer_size, ErrorCode::bid_truncated);
            i.stage = Impl::Stage::footer;
            break;
        case Impl::Stage::footer:
            i.layout = parse_footer(bytes, i.file_size);
            i.stage = Impl::Stage::public_part;
            break;
        case Impl::Stage::public_part:
            i.take_public_part(bytes);
            i.stage = Impl::Stage::table;
            break;
        case Impl::Stage::table:
            i.take_table(bytes);
            break;
        case Impl::Stage::ready:
            break;
    }
}

const BidLayout& BidReader::layout() const {
    m_impl->require_ready();
    return m_impl->layout;
}

const VerifiedIndex& BidReader::bid() const {
    m_impl->require_ready();
    return m_impl->bid;
}

const Bytes& BidReader::index_bytes() const {
    return m_impl->index_bytes;
}
const Bytes& BidReader::openers_bytes() const {
    return m_impl->openers_bytes;
}
const Bytes& BidReader::signature_bytes() const {
    return m_impl->signature_bytes;
}

uint64_t BidReader::envelope_offset(size_t envelope) const {
    m_impl->require_ready();
    return m_impl->body_offsets.at(envelope);
}

const crypto::Sm3Digest& BidReader::leaf(size_t envelope, uint64_t chunk) const {
    m_impl->require_ready();
    require(envelope < index().envelopes.size() && chunk < index().envelopes[envelope].chunks,
            ErrorCode::usage, "no such chunk");
    return m_impl->table[m_impl->table_offsets[envelope] + chunk];
}

void BidReader::check_chunks(size_t envelope, uint64_t first_chunk, ByteView ciphertext) const {
    m_impl->require_ready();
    const IndexEnvelope& e = index().envelopes.at(envelope);
    const uint64_t start = first_chunk * chunk_size;
    require(first_chunk < e.chunks && ciphertext.size() <= e.length - start, ErrorCode::usage,
            "no such chunks");
    require(ciphertext.size() % chunk_size == 0 || start + ciphertext.size() == e.length,
            ErrorCode::usage, "chunks are checked whole");
    compare_leaves(merkle_leaves(first_chunk, ciphertext), m_impl->table,
                   m_impl->table_offsets[envelope] + first_chunk, first_chunk);
}

ChunkChecker::ChunkChecker(const BidReader& reader) : m_reader(reader) {
    require(reader.ready(), ErrorCode::usage);
}

std::optional<NeedBytes> ChunkChecker::need() const {
    if (m_envelope == m_reader.index().envelopes.size()) {
        return std::nullopt;
    }
    const uint64_t start = m_chunk * chunk_size;
    const uint64_t left = m_reader.index().envelopes[m_envelope].length - start;
    return NeedBytes{m_reader.envelope_offset(m_envelope) + start,
                     std::min<uint64_t>(left, read_step)};
}

void ChunkChecker::supply(ByteView bytes) {
    const std::optional<NeedBytes> wanted = need();
    require(wanted && wanted->length == bytes.size(), ErrorCode::usage, "not what was asked for");
    m_reader.check_chunks(m_envelope, m_chunk, bytes);
    m_done += bytes.size();
    m_chunk += (bytes.size() + chunk_size - 1) / chunk_size;
    if (m_chunk == m_reader.index().envelopes[m_envelope].chunks) {
        ++m_envelope;
        m_chunk = 0;
    }
}

}  // namespace bidseal::bid
