#include "bidseal/zip/zlib_stream.h"

#include <algorithm>

#include <zlib.h>

#include "bidseal/base/error.h"

namespace bidseal::zip {
namespace {

constexpr size_t block = 64 * 1024;
constexpr size_t most_at_once = size_t{1} << 30;

struct Inflater {
    z_stream stream{};
    Inflater() { require(inflateInit(&stream) == Z_OK, ErrorCode::internal, "zlib"); }
    ~Inflater() { inflateEnd(&stream); }
    Inflater(const Inflater&) = delete;
    Inflater& operator=(const Inflater&) = delete;
};

}  // namespace

Bytes inflate_zlib(ByteView input, size_t limit) {
    require(input.size() <= most_at_once, ErrorCode::limit_exceeded);
    Inflater inflater;
    z_stream& stream = inflater.stream;
    stream.next_in = const_cast<Bytef*>(input.data());
    stream.avail_in = static_cast<uInt>(input.size());
    Bytes plain;
    int result = Z_OK;
    while (result != Z_STREAM_END) {
        const size_t used = plain.size();
        // One byte more than allowed tells that there is more.
        const size_t room = std::min(block + used / 2, limit - used + 1);
        plain.resize(used + room);
        stream.next_out = plain.data() + used;
        stream.avail_out = static_cast<uInt>(room);
        result = inflate(&stream, Z_NO_FLUSH);
        plain.resize(used + room - stream.avail_out);
        require(result == Z_OK || result == Z_STREAM_END, ErrorCode::encoding_invalid,
                "broken zlib stream");
        require(plain.size() <= limit, ErrorCode::limit_exceeded);
        require(result == Z_STREAM_END || stream.avail_in > 0 || stream.avail_out == 0,
                ErrorCode::encoding_invalid, "unfinished zlib stream");
    }
    return plain;
}

Bytes deflate_zlib(ByteView plain) {
    require(plain.size() <= most_at_once, ErrorCode::limit_exceeded);
    uLongf size = compressBound(static_cast<uLong>(plain.size()));
    Bytes out(size);
    require(compress2(out.data(), &size, plain.data(), static_cast<uLong>(plain.size()),
                      Z_BEST_COMPRESSION) == Z_OK,
            ErrorCode::internal, "zlib");
    out.resize(size);
    return out;
}

}  // namespace bidseal::zip
