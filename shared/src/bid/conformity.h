// Rules of the tender that an opened envelope can break without being dropped.
#pragma once

#include "bidseal/bid/document_check.h"
#include "bidseal/bid/opener.h"

namespace bidseal::bid {

/// What one document breaks; `rule` may be null when no tender is at hand.
std::vector<NonConformity> check_document(const ManifestDocument& document, size_t number,
                                          const DocumentFinding& finding, EnvelopeKind kind,
                                          const EnvelopeRule* rule);

/// What the manifest breaks as a whole: missing or surplus documents, figures.
std::vector<NonConformity> check_manifest(const Manifest& manifest, const EnvelopeRule& rule,
                                          const Tender& tender);

}  // namespace bidseal::bid
