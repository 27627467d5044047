#include "bidseal/bid/opener.h"

#include <algorithm>

#include "bidseal/base/error.h"
#include "bidseal/bid/document_check.h"
#include "bidseal/bid/key_schedule.h"
#include "bidseal/bid/limits.h"
#include "bidseal/bid/padme.h"
#include "bidseal/crypto/sm4.h"
#include "bidseal/zip/reader.h"

#include "conformity.h"

namespace bidseal::bid {

namespace {

constexpr std::string_view manifest_name = "manifest.json";
/// Deflated bytes decoded at once: they become at most 1,032 times as many.
constexpr size_t deflated_step = 4096;
constexpr uint64_t step_chunks = read_step / chunk_size;

}  // namespace

struct EnvelopeOpener::Impl {
    enum class Stage { padding, end, directory, manifest, documents, done, zip, failed };

    const BidReader& reader;
    const TenderFile* tender;
    size_t number = 0;  // of the envelope in the index
    const IndexEnvelope& entry;
    EnvelopeKeys keys;
    crypto::Sm4Ctr cipher;

    Stage stage = Stage::padding;
    std::optional<NeedBytes> pending;  // in the file
    Bytes block;                       // plaintext that was supplied last
    uint64_t block_start = 0;          // its place in the envelope

    Bytes tail;               // plaintext from tail_start to the end of the ZIP
    uint64_t tail_start = 0;  // a multiple of chunk_size
    uint64_t zip_length = 0;
    uint64_t zip_at = 0;  // what was given out of it, in the stage `zip`
    zip::Directory directory;
    std::vector<zip::Entry> entries;
    Manifest manifest;
    Bytes manifest_bytes;
    std::vector<NonConformity> nonconformities;

    size_t document = 0;  // the one that is read
    struct Reading {
        MemorySink plain;
        zip::EntryReader reader;
        crypto::Sm3 hash;
        DocumentInspector inspector;
        uint64_t taken = 0;  // bytes of the entry
        explicit Reading(const zip::Entry& e) : reader(e, plain) {}
    };
    std::unique_ptr<Reading> reading;

    Impl(const BidReader& the_reader, size_t the_number, const SecretBytes& secret,
         const EnvelopeContext& context, const TenderFile* the_tender)
        : reader(the_reader),
          tender(the_tender),
          number(the_number),
          entry(the_reader.index().envelopes[the_number]),
          keys(derive_envelope_keys(secret, context)),
          cipher(keys.key.view(), keys.iv.view()) {
        tail_start = entry.length;
    }
    ~Impl() {
        wipe(block.data(), block.size());
        wipe(tail.data(), tail.size());
    }

    /// Asks for the chunks from `first` up to the byte `end` of the envelope.
    void ask(uint64_t first_chunk, uint64_t end) {
        const uint64_t start = first_chunk * chunk_size;
        block_start = start;
        pending = NeedBytes{reader.envelope_offset(number) + start, end - start};
    }

    /// Asks for up to four chunks before tail_start.
    void ask_before_tail() {
        const uint64_t end_chunk = (tail_start + chunk_size - 1) / chunk_size;
        ask(end_chunk > step_chunks ? end_chunk - step_chunks : 0, tail_start);
    }

    /// Whether the tail reaches down to `offset`; asks for more when it does not.
    bool tail_has(uint64_t offset) {
        if (tail_start <= offset) {
            return true;
        }
        ask_before_tail();
        return false;
    }

    ByteView tail_at(uint64_t offset, uint64_t length) const {
        return ByteView(tail).subspan(offset - tail_start, length);
    }

    void prepend_block() {
        block.insert(block.end(), tail.begin(), tail.end());
        tail.swap(block);
        tail_start = block_start;
        block.clear();
    }

    /// The block before tail_start was supplied: is the 0x80 in it?
    void find_padding() {
        size_t end = block.size();
        while (end > 0 && block[end - 1] == 0) {
            --end;
        }
        if (end == 0) {
            require(block_start > 0, ErrorCode::padding_invalid);
            tail_start = block_start;  // nothing but zeros: not kept
            block.clear();
            ask_before_tail();
            return;
        }
        require(block[end - 1] == 0x80, ErrorCode::padding_invalid);
        zip_length = block_start + end - 1;
        require(zip_length > 0 && padded_length(entry.kind, zip_length) == entry.length,
                ErrorCode::padding_invalid, "length unlike the padding rule");
        block.resize(end - 1);
        prepend_block();
        stage = Stage::end;
    }

    void read_end() {
        const NeedBytes range = zip::end_range(zip_length);
        if (tail_has(range.offset)) {
            directory = zip::parse_end(tail_at(range.offset, range.length), zip_length);
            stage = Stage::directory;
        }
    }

    void read_directory() {
        if (!tail_has(directory.offset)) {
            return;
        }
        entries = zip::parse_directory(tail_at(directory.offset, directory.length), directory);
        require(!entries.empty() && entries.back().name == manifest_name,
                ErrorCode::manifest_mismatch, "no manifest at the end");
        require(entries.back().size <= max_manifest_bytes, ErrorCode::limit_exceeded);
        stage = Stage::manifest;
    }

    void read_manifest() {
        const zip::Entry& last = entries.back();
        if (!tail_has(last.offset)) {
            return;
        }
        MemorySink plain;
        zip::EntryReader entry_reader(last, plain);
        entry_reader.write(tail_at(last.offset, last.length()));
        entry_reader.finish();
        manifest_bytes = std::move(plain.bytes);
        require(manifest_commitment(keys.manifest_salt.view(), manifest_bytes) == entry.manifest,
                ErrorCode::manifest_mismatch, "unlike its commitment");
        manifest = Manifest::parse(manifest_bytes);
        compare_with_directory();
        if (tender != nullptr) {
            const EnvelopeRule* rule = tender->tender().find_envelope(entry.id);
            nonconformities = check_manifest(manifest, *rule, tender->tender());
        }
        wipe(tail.data(), tail.size());
        tail.clear();
        stage = Stage::documents;
    }

    void compare_with_directory() const {
        require(manifest.envelope == entry.id, ErrorCode::manifest_mismatch, "another envelope's");
        require(manifest.documents.size() + 1 == entries.size(), ErrorCode::manifest_mismatch,
                "other documents than the ZIP");
        for (size_t i = 0; i < entries.size(); ++i) {
            const bool stored = entries[i].method == zip::Method::stored;
            require(entry.kind != EnvelopeKind::price || stored, ErrorCode::zip_invalid,
                    "deflated entry in a price envelope");
            if (i + 1 == entries.size()) {
                break;
            }
            if (entries[i].name != manifest.documents[i].path ||
                entries[i].size != manifest.documents[i].size) {
                throw Error(ErrorCode::manifest_mismatch, "other documents than the ZIP").at(i);
            }
        }
    }

    OpenStep read_documents() {
        if (document == manifest.documents.size()) {
            stage = Stage::done;
            return {OpenEvent::done, {}, 0, {}};
        }
        const zip::Entry& e = entries[document];
        if (!reading) {
            reading = std::make_unique<Reading>(e);
            return {OpenEvent::document_begin, {}, document, {}};
        }
        reading->plain.bytes.clear();
        while (reading->plain.bytes.empty()) {
            if (reading->taken == e.length()) {
                return end_document();
            }
            if (!feed(e)) {
                return {OpenEvent::need, *pending, 0, {}};
            }
        }
        reading->hash.update(reading->plain.bytes);
        reading->inspector.feed(reading->plain.bytes);
        return {OpenEvent::data, {}, document, reading->plain.bytes};
    }

    /// Gives the entry's reader its next bytes; asks for chunks when there are none.
    bool feed(const zip::Entry& e) {
        const uint64_t at = e.offset + reading->taken;
        if (at < block_start || at >= block_start + block.size()) {
            const uint64_t first = at / chunk_size;
            // Not beyond the last document: the rest was read and checked already.
            const uint64_t stop = (entries.back().offset + chunk_size - 1) / chunk_size;
            const uint64_t end = std::min(first + step_chunks, stop) * chunk_size;
            ask(first, std::min(end, entry.length));
            return false;
        }
        const ByteView ready = ByteView(block).subspan(at - block_start);
        uint64_t take = std::min<uint64_t>(ready.size(), e.length() - reading->taken);
        take = std::min<uint64_t>(
            take, e.method == zip::Method::stored ? chunk_size : uint64_t{deflated_step});
        reading->reader.write(ready.first(take));
        reading->taken += take;
        return true;
    }

    OpenStep read_zip() {
        if (zip_at == zip_length) {
            stage = Stage::done;
            return {OpenEvent::done, {}, 0, {}};
        }
        if (zip_at < block_start || zip_at >= block_start + block.size()) {
            const uint64_t first = zip_at / chunk_size;
            ask(first, std::min((first + step_chunks) * chunk_size, entry.length));
            return {OpenEvent::need, *pending, 0, {}};
        }
        const ByteView ready = ByteView(block).subspan(zip_at - block_start);
        const ByteView piece = ready.first(std::min<uint64_t>(ready.size(), zip_length - zip_at));
        zip_at += piece.size();
        return {OpenEvent::data, {}, 0, piece};
    }

    OpenStep end_document() {
        reading->reader.finish();
        const ManifestDocument& expected = manifest.documents[document];
        if (reading->hash.finish() != expected.sm3) {
            throw Error(ErrorCode::document_mismatch).at(document);
        }
        const EnvelopeRule* rule =
            tender == nullptr ? nullptr : tender->tender().find_envelope(entry.id);
        for (NonConformity& found :
             check_document(expected, document, reading->inspector.finish(), entry.kind, rule)) {
            nonconformities.push_back(std::move(found));
        }
        reading.reset();
        return {OpenEvent::document_end, {}, document++, {}};
    }

    OpenStep next() {
        while (true) {
            if (pending) {
                return {OpenEvent::need, *pending, 0, {}};
            }
            switch (stage) {
                case Stage::padding:
                    if (block.empty()) {
                        ask_before_tail();
                    } else {
                        find_padding();
                    }
                    break;
                case Stage::end:
                case Stage::directory:
                case Stage::manifest:
                    if (!block.empty()) {
                        prepend_block();
                    }
                    if (stage == Stage::end) {
                        read_end();
                    } else if (stage == Stage::directory) {
                        read_directory();
                    } else {
                        read_manifest();
                        if (stage == Stage::documents) {
                            return {OpenEvent::manifest, {}, 0, {}};
                        }
                    }
                    break;
                case Stage::documents:
                    return read_documents();
                case Stage::zip:
                    return read_zip();
                case Stage::done:
                    return {OpenEvent::done, {}, 0, {}};
                case Stage::failed:
                    throw Error(ErrorCode::usage, "the opener has failed before");
            }
        }
    }
};

EnvelopeOpener::EnvelopeOpener(const BidReader& reader, std::string_view envelope,
                               SecretBytes secret, const TenderFile* tender) {
    const BidIndex& index = reader.index();
    const IndexEnvelope& entry = index.envelope(envelope);
    if (tender != nullptr) {
        check_index_against_tender(index, *tender);
    }
    const EnvelopeContext context = envelope_context(index, entry.id, entry.stage);
    require(
        secret.size() == secret_size &&
            constant_time_equal(
                key_commitment(secret, context, entry.root, entry.length, entry.manifest).view(),
                entry.commitment.view()),
        ErrorCode::commitment_mismatch);
    const size_t number = static_cast<size_t>(&entry - index.envelopes.data());
    m_impl = std::make_unique<Impl>(reader, number, secret, context, tender);
}
EnvelopeOpener::~EnvelopeOpener() = default;
EnvelopeOpener::EnvelopeOpener(EnvelopeOpener&&) noexcept = default;

OpenStep EnvelopeOpener::next() {
    try {
        return m_impl->next();
    } catch (const Error&) {
        m_impl->stage = Impl::Stage::failed;
        m_impl->pending.reset();
        throw;
    }
}

void EnvelopeOpener::begin_zip() {
    require(m_impl->stage == Impl::Stage::done, ErrorCode::usage, "documents come first");
    m_impl->stage = Impl::Stage::zip;
    m_impl->zip_at = 0;
    m_impl->block.clear();
}

void EnvelopeOpener::supply(ByteView bytes) {
    Impl& i = *m_impl;
    require(i.pending && i.pending->length == bytes.size(), ErrorCode::usage,
            "not what was asked for");
    i.pending.reset();
    // The copy is checked and the same copy decrypted: the caller's buffer may change meanwhile.
    i.block.assign(bytes.begin(), bytes.end());
    const uint64_t first = i.block_start / chunk_size;
    try {
        i.reader.check_chunks(i.number, first, i.block);
    } catch (const Error&) {
        i.stage = Impl::Stage::failed;
        throw;
    }
    i.cipher.apply(first * blocks_per_chunk, i.block);
}

const Manifest& EnvelopeOpener::manifest() const {
    return m_impl->manifest;
}
const Bytes& EnvelopeOpener::manifest_bytes() const {
    return m_impl->manifest_bytes;
}
ByteView EnvelopeOpener::manifest_salt() const {
    return m_impl->keys.manifest_salt.view();
}
const std::vector<NonConformity>& EnvelopeOpener::nonconformities() const {
    return m_impl->nonconformities;
}

}  // namespace bidseal::bid
