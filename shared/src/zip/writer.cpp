#include "bidseal/zip/writer.h"

#include <algorithm>
#include <string>
#include <unordered_set>

#define ZLIB_CONST
#include <zlib.h>

#include "bidseal/base/error.h"

#include "records.h"

namespace bidseal::zip {

class Writer::State {
public:
    State(Sink& sink, int level) : m_sink(sink), m_buffer(zlib_buffer_bytes) {
        require(level >= 1 && level <= 9, ErrorCode::usage, "deflate levels are 1 to 9");
        const int result =
            deflateInit2(&m_deflate, level, Z_DEFLATED, -MAX_WBITS, 8, Z_DEFAULT_STRATEGY);
        require(result == Z_OK, ErrorCode::internal, "deflate does not start");
    }
    ~State() { deflateEnd(&m_deflate); }
    State(const State&) = delete;
    State& operator=(const State&) = delete;

    void begin_file(std::string_view name, uint64_t size, Method method) {
        require(m_phase == Phase::between, ErrorCode::usage, "a ZIP file is begun out of order");
        require(is_valid_name(name), ErrorCode::path_unsafe, "a name that a ZIP may not hold");
        require(m_names.insert(std::string(name)).second, ErrorCode::path_duplicate,
                "a name stands twice in a ZIP");
        m_entry = Entry();
        m_entry.name = std::string(name);
        m_entry.method = method;
        m_entry.size = size;
        m_entry.offset = m_length;
        m_written = 0;
        m_crc = crc32(0, nullptr, 0);
        if (method == Method::deflated)
            deflateReset(&m_deflate);
        emit(local_header(m_entry));
        m_phase = Phase::inside;
    }

    void write(ByteView bytes) {
        require(m_phase == Phase::inside, ErrorCode::usage, "ZIP content outside of a file");
        require(bytes.size() <= m_entry.size - m_written, ErrorCode::file_changed,
                "a file is longer than announced");
        while (!bytes.empty()) {
            const ByteView piece = bytes.first(std::min(bytes.size(), zlib_piece_bytes));
            bytes = bytes.subspan(piece.size());
            m_written += piece.size();
            m_crc = crc32(m_crc, piece.data(), static_cast<uInt>(piece.size()));
            if (m_entry.method == Method::stored) {
                emit_content(piece);
            } else {
                deflate_piece(piece, Z_NO_FLUSH);
            }
        }
    }

    Entry end_file() {
        require(m_phase == Phase::inside, ErrorCode::usage, "no ZIP file to end");
        require(m_written == m_entry.size, ErrorCode::file_changed,
                "a file is shorter than announced");
        if (m_entry.method == Method::deflated) {
            deflate_piece({}, Z_FINISH);
        }
        m_entry.crc = static_cast<uint32_t>(m_crc);
        emit(data_descriptor(m_entry));
        append_central_header(m_directory, m_entry);
        ++m_entry_count;
        m_phase = Phase::between;
        return m_entry;
    }

    void finish() {
        require(m_phase == Phase::between, ErrorCode::usage, "a ZIP is ended inside a file");
        const Directory directory{m_length, m_directory.size(), m_entry_count};
        emit(m_directory);
        emit(end_records(directory));
        m_phase = Phase::finished;
    }

    uint64_t length() const { return m_length; }

private:
    enum class Phase { between, inside, finished };

    void emit(ByteView bytes) {
        m_sink.write(bytes);
        m_length += bytes.size();
    }

    void emit_content(ByteView bytes) {
        m_entry.compressed_size += bytes.size();
        emit(bytes);
    }

    void deflate_piece(ByteView piece, int flush) {
        m_deflate.next_in = piece.data();
        m_deflate.avail_in = static_cast<uInt>(piece.size());
        do {
            m_deflate.next_out = m_buffer.data();
            m_deflate.avail_out = static_cast<uInt>(m_buffer.size());
            const int result = deflate(&m_deflate, flush);
            require(result != Z_STREAM_ERROR, ErrorCode::internal, "deflate fails");
            const size_t made = m_buffer.size() - m_deflate.avail_out;
            if (made > 0) {
                emit_content(ByteView(m_buffer).first(made));
            }
        } while (m_deflate.avail_out == 0);
    }

    Sink& m_sink;
    z_stream m_deflate{};
    Bytes m_buffer;
    Phase m_phase = Phase::between;
    Entry m_entry;
    uint64_t m_written = 0;  // plain bytes of the present file
    uLong m_crc = 0;
    uint64_t m_length = 0;
    Bytes m_directory;
    uint64_t m_entry_count = 0;
    std::unordered_set<std::string> m_names;
};

Writer::Writer(Sink& sink, int level) : m_state(std::make_unique<State>(sink, level)) {}
Writer::~Writer() = default;

void Writer::begin_file(std::string_view name, uint64_t size, Method method) {
    m_state->begin_file(name, size, method);
}
void Writer::write(ByteView bytes) {
    m_state->write(bytes);
}
Entry Writer::end_file() {
    return m_state->end_file();
}
void Writer::finish() {
    m_state->finish();
}
uint64_t Writer::length() const {
    return m_state->length();
}

}  // namespace bidseal::zip
