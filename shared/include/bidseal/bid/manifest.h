// The manifest: the documents and figures of one envelope. docs/spec/bid-format.md section 7.
#pragma once

#include <string>
#include <vector>

#include "bidseal/base/bytes.h"
#include "bidseal/crypto/sm3.h"

namespace bidseal::bid {

struct ManifestDocument {
    std::string path;  ///< base/text.h is_safe_path
    std::string slot;  ///< the tender's slot id
    uint64_t size = 0;
    crypto::Sm3Digest sm3;           ///< of the document, as `openssl dgst -sm3` prints it
    std::string format;              ///< what bid/document_check.h found, for example `pdf`
    std::vector<std::string> seals;  ///< descriptions of the electronic seals that the maker saw
};

struct SummaryValue {
    std::string id;
    std::string value;
};

struct Manifest {
    std::string envelope;
    std::string program, version;             ///< what made it
    std::vector<ManifestDocument> documents;  ///< in the order of the ZIP
    std::vector<SummaryValue> summary;        ///< in the tender's order of fields

    /// Canonical JSON. Throws Error: manifest_mismatch, path_unsafe, path_duplicate,
    /// limit_exceeded.
    Bytes serialize() const;
    /// Reads and checks; throws the same and json_invalid, json_not_canonical.
    static Manifest parse(ByteView json);
};

/// SM3("SBID1 manifest" | salt | bytes), the index's `manifest` member.
crypto::Sm3Digest manifest_commitment(ByteView salt32, ByteView manifest);

}  // namespace bidseal::bid
