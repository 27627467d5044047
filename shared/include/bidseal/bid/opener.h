// Opening an envelope with its secret: manifest first, then the documents in order.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "bidseal/base/error.h"
#include "bidseal/bid/manifest.h"
#include "bidseal/bid/reader.h"

namespace bidseal::bid {

/// A rule of the tender that an opened envelope breaks: "opened, non-conforming". Nothing is
/// dropped for it.
struct NonConformity {
    ErrorCode code;
    std::string subject;             ///< id of a slot or field
    std::optional<size_t> document;  ///< index into the manifest's documents
};

enum class OpenEvent {
    need,            ///< give `need` to the opener by supply()
    manifest,        ///< manifest() is there, checked against the signed commitment
    document_begin,  ///< `document` begins
    data,            ///< next bytes of the document; valid until the next call
    document_end,    ///< size and SM3 of the document were right
    done,            ///< everything is checked: files may get their final names
};

struct OpenStep {
    OpenEvent event = OpenEvent::need;
    NeedBytes need;
    size_t document = 0;
    ByteView data;
};

/// Step machine. Every chunk is checked against its leaf before the very buffer that was checked is
/// decrypted; the end of the envelope (padding, ZIP directory, manifest) is checked before any
/// document is given out.
class EnvelopeOpener {
public:
    /// `reader` must be ready and outlive the opener; with a tender, its rules are checked too.
    /// Throws Error: envelope_unknown, commitment_mismatch.
    EnvelopeOpener(const BidReader& reader, std::string_view envelope, SecretBytes secret,
                   const TenderFile* tender = nullptr);
    ~EnvelopeOpener();
    EnvelopeOpener(EnvelopeOpener&&) noexcept;

    /// Throws Error: padding_invalid, zip_invalid, manifest_mismatch, document_mismatch,
    /// limit_exceeded, path_*.
    OpenStep next();
    /// The bytes of the last `need`. Throws Error(bid_chunk).
    void supply(ByteView bytes);

    /// After `done`: gives out the ZIP itself, manifest and all, which anyone's programs read. The
    /// steps are `need`, `data` and `done` again; the chunks are checked once more. Throws
    /// Error(usage) before `done`.
    void begin_zip();

    /// From the event `manifest` on.
    const Manifest& manifest() const;
    const Bytes& manifest_bytes() const;
    ByteView manifest_salt() const;
    /// Complete from the event `done` on.
    const std::vector<NonConformity>& nonconformities() const;

private:
    struct Impl;
    std::unique_ptr<Impl> m_impl;
};

}  // namespace bidseal::bid
