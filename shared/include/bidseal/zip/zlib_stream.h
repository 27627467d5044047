// zlib streams (RFC 1950) as other formats hold them: PDF's FlateDecode, PNG's IDAT.
#pragma once

#include "bidseal/base/bytes.h"

namespace bidseal::zip {

/// The plain bytes of one zlib stream; bytes behind it are left alone. Throws
/// Error(encoding_invalid) for a broken or unfinished stream, Error(limit_exceeded) when there
/// would be more than `limit` bytes.
Bytes inflate_zlib(ByteView stream, size_t limit);

/// A zlib stream of the bytes.
Bytes deflate_zlib(ByteView plain);

}  // namespace bidseal::zip
