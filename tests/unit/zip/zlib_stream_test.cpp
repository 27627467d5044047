// zlib streams: whole, cut, too long.
#include "bidseal/zip/zlib_stream.h"

#include <doctest/doctest.h>

#include "bidseal/base/error.h"

#include "support/error_of.h"

using namespace bidseal;
using namespace bidseal::zip;
using bidseal::test::error_name_of;

TEST_CASE("a zlib stream gives back what went in") {
    for (const size_t size : {size_t{0}, size_t{1}, size_t{65535}, size_t{65536}, size_t{200001}}) {
        Bytes plain(size);
        for (size_t i = 0; i < size; i++)
            plain[i] = static_cast<uint8_t>(i * i >> 7);
        Bytes stream = deflate_zlib(plain);
        CHECK(inflate_zlib(stream, size) == plain);
        // What stands behind belongs to somebody else.
        stream.push_back('x');
        CHECK(inflate_zlib(stream, size + 10) == plain);
        stream.pop_back();
        if (size > 0)
            CHECK(error_name_of([&] { inflate_zlib(stream, size - 1); }) == "limit_exceeded");
        stream.pop_back();
        CHECK(error_name_of([&] { inflate_zlib(stream, size); }) == "encoding_invalid");
    }
    CHECK(error_name_of([] { inflate_zlib({}, 10); }) == "encoding_invalid");
    CHECK(error_name_of([] { inflate_zlib(as_bytes("no stream"), 10); }) == "encoding_invalid");
}
