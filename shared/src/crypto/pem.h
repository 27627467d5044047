// PEM (RFC 7468): base64 between BEGIN and END lines.
#pragma once

#include <string>
#include <vector>

#include "bidseal/base/bytes.h"
#include "bidseal/base/error.h"

namespace bidseal::crypto {

struct PemBlock {
    std::string label;
    Bytes content;
};

/// Whether the text holds a BEGIN line, so that it is meant as PEM.
bool looks_like_pem(ByteView file);

/// All blocks in order; text around them is skipped. Throws Error(code) for a broken block.
std::vector<PemBlock> read_pem(ByteView file, ErrorCode code);

}  // namespace bidseal::crypto
