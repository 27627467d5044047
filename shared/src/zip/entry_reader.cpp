#include <algorithm>
#include <string>

#define ZLIB_CONST
#include <zlib.h>

#include "bidseal/base/error.h"

#include "records.h"

namespace bidseal::zip {

class EntryReader::State {
public:
    State(const Entry& entry, Sink& sink)
        : m_entry(entry),
          m_sink(sink),
          m_header(local_header(entry)),
          m_descriptor(data_descriptor(entry)),
          m_crc(crc32(0, nullptr, 0)) {
        if (entry.method == Method::deflated) {
            m_buffer.resize(zlib_buffer_bytes);
            require(inflateInit2(&m_inflate, -MAX_WBITS) == Z_OK, ErrorCode::internal,
                    "inflate does not start");
        }
    }
    ~State() {
        if (m_entry.method == Method::deflated) {
            inflateEnd(&m_inflate);
        }
    }
    State(const State&) = delete;
    State& operator=(const State&) = delete;

    void write(ByteView bytes) {
        const uint64_t content_begin = m_header.size();
        const uint64_t content_end = content_begin + m_entry.compressed_size;
        while (!bytes.empty()) {
            if (m_position < content_begin) {
                match(bytes, m_header, m_position, "a local header is unlike the directory");
            } else if (m_position < content_end) {
                const uint64_t left =
                    std::min<uint64_t>(content_end - m_position, zlib_piece_bytes);
                const ByteView piece =
                    bytes.first(static_cast<size_t>(std::min<uint64_t>(left, bytes.size())));
                bytes = bytes.subspan(piece.size());
                take_content(piece);
                m_position += piece.size();
            } else {
                if (m_position == content_end) {
                    check_content();
                }
                match(bytes, m_descriptor, m_position - content_end,
                      "a data descriptor is unlike the directory");
            }
        }
    }

    void finish() {
        if (m_position != m_entry.length()) {
            fail("an entry ends too early");
        }
    }

private:
    [[noreturn]] void fail(const char* why) {
        throw Error(ErrorCode::zip_invalid, std::string("ZIP: ") + why).at(m_position);
    }

    /// Takes bytes off the front that must be those of a record from `from` on.
    void match(ByteView& bytes, const Bytes& record, uint64_t from, const char* why) {
        const auto done = static_cast<size_t>(from);
        if (done == record.size()) {
            fail("an entry is longer than the directory states");
        }
        const ByteView given = bytes.first(std::min(bytes.size(), record.size() - done));
        const ByteView expected = ByteView(record).subspan(done, given.size());
        if (!equal(given, expected)) {
            const auto differs = std::mismatch(given.begin(), given.end(), expected.begin());
            m_position += static_cast<uint64_t>(differs.first - given.begin());
            fail(why);
        }
        bytes = bytes.subspan(given.size());
        m_position += given.size();
    }

    void take_content(ByteView piece) {
        if (m_entry.method == Method::stored) {
            give(piece);
            return;
        }
        m_inflate.next_in = piece.data();
        m_inflate.avail_in = static_cast<uInt>(piece.size());
        do {
            if (m_ended) {
                fail("bytes are hidden behind an entry's deflate data");
            }
            m_inflate.next_out = m_buffer.data();
            m_inflate.avail_out = static_cast<uInt>(m_buffer.size());
            const int result = inflate(&m_inflate, Z_NO_FLUSH);
            // Z_BUF_ERROR says that the piece is used up, not that anything is wrong.
            if (result != Z_OK && result != Z_STREAM_END && result != Z_BUF_ERROR) {
                fail("an entry's deflate data are broken");
            }
            m_ended = result == Z_STREAM_END;
            give(ByteView(m_buffer).first(m_buffer.size() - m_inflate.avail_out));
        } while (m_inflate.avail_in > 0 || (m_inflate.avail_out == 0 && !m_ended));
    }

    void give(ByteView plain) {
        if (plain.size() > m_entry.size - m_given) {
            fail("an entry's content is longer than the directory states");
        }
        if (plain.empty()) {
            return;
        }
        m_crc = crc32(m_crc, plain.data(), static_cast<uInt>(plain.size()));
        m_given += plain.size();
        m_sink.write(plain);
    }

    void check_content() {
        if (m_entry.method == Method::deflated && !m_ended) {
            fail("an entry's deflate data end too early");
        }
        if (m_given != m_entry.size) {
            fail("an entry's content is shorter than the directory states");
        }
        if (m_crc != m_entry.crc) {
            fail("an entry's content has another CRC than the directory states");
        }
    }

    Entry m_entry;
    Sink& m_sink;
    Bytes m_header;
    Bytes m_descriptor;
    Bytes m_buffer;
    z_stream m_inflate{};
    bool m_ended = false;     // the deflate data have ended
    uint64_t m_position = 0;  // in the entry
    uint64_t m_given = 0;     // plain bytes
    uLong m_crc;
};

EntryReader::EntryReader(const Entry& entry, Sink& sink)
    : m_state(std::make_unique<State>(entry, sink)) {}
EntryReader::~EntryReader() = default;
EntryReader::EntryReader(EntryReader&&) noexcept = default;
EntryReader& EntryReader::operator=(EntryReader&&) noexcept = default;

void EntryReader::write(ByteView bytes) {
    m_state->write(bytes);
}
void EntryReader::finish() {
    m_state->finish();
}

}  // namespace bidseal::zip
