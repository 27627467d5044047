// What tender and index say of an envelope in the same words: id, kind, stage and title.
#pragma once

#include "bidseal/bid/limits.h"
#include "bidseal/bid/tender_file.h"
#include "bidseal/protocol/json.h"

namespace bidseal::bid {

/// Reads the first members of an EnvelopeRule or IndexEnvelope.
template <class Envelope>
void read_envelope_head(protocol::ObjectReader& r, Envelope& envelope) {
    envelope.id = r.identifier("id");
    envelope.kind = static_cast<EnvelopeKind>(
        r.choice("kind", {"qualification", "technical", "commercial", "price"}));
    envelope.stage = static_cast<uint32_t>(r.integer("stage", 1, 16));
    envelope.title = r.clean_text("title", max_title_bytes);
}

/// The reverse: an object that begins with them.
template <class Envelope>
protocol::ObjectBuilder envelope_head(const Envelope& envelope) {
    protocol::ObjectBuilder builder;
    builder.text("id", envelope.id)
        .text("kind", envelope_kind_name(envelope.kind))
        .integer("stage", envelope.stage)
        .text("title", envelope.title);
    return builder;
}

}  // namespace bidseal::bid
