#include "bidseal/bid/manifest.h"

#include <set>

#include "bidseal/base/error.h"
#include "bidseal/base/text.h"
#include "bidseal/bid/document_check.h"
#include "bidseal/bid/limits.h"
#include "bidseal/protocol/json.h"

#include "path_set.h"

namespace bidseal::bid {

namespace {

using protocol::Json;
using protocol::ObjectBuilder;
using protocol::ObjectReader;

constexpr ErrorCode fault = ErrorCode::manifest_mismatch;
constexpr size_t max_fields = 128;
constexpr size_t max_value_bytes = 1024;
constexpr size_t max_seals = 64;

Json document_json(const ManifestDocument& d) {
    return ObjectBuilder()
        .text("path", d.path)
        .text("slot", d.slot)
        .size("size", d.size)
        .hex("sm3", d.sm3.view())
        .text("format", d.format)
        .texts("seals", d.seals)
        .build();
}

ManifestDocument read_document(ObjectReader& r) {
    ManifestDocument d;
    d.path = r.text("path", 1024);
    d.slot = r.identifier("slot");
    d.size = r.size("size", max_chunks * chunk_size);
    d.sm3 = r.hex<crypto::Sm3Digest>("sm3");
    d.format = r.identifier("format");
    d.seals = r.texts("seals", 0, max_seals, 256);
    for (const std::string& seal : d.seals) {
        if (!is_clean_text(seal, 256)) {
            r.refuse("seals", "not clean text");
        }
    }
    return d;
}

SummaryValue read_value(ObjectReader& r) {
    SummaryValue v;
    v.id = r.identifier("id");
    v.value = r.clean_text("value", max_value_bytes);
    return v;
}

void check_paths(const std::vector<ManifestDocument>& documents) {
    PathSet seen;
    for (size_t i = 0; i < documents.size(); ++i) {
        const std::string& path = documents[i].path;
        if (!is_safe_path(path)) {
            throw Error(ErrorCode::path_unsafe).at(i);
        }
        if (!seen.add(path)) {
            throw Error(ErrorCode::path_duplicate).at(i);
        }
    }
}

Manifest read_manifest(const Json& json) {
    Manifest manifest;
    ObjectReader r(json, protocol::MemberOrder::stated, fault);
    r.constant("type", "SBID1-manifest");
    manifest.envelope = r.identifier("envelope");
    manifest.program = r.clean_text("program", 64);
    manifest.version = r.clean_text("version", 64);
    manifest.documents = r.objects("documents", 0, max_documents, read_document);
    manifest.summary = r.objects("summary", 0, max_fields, read_value);
    r.finish();
    check_paths(manifest.documents);
    std::set<std::string> fields;
    for (const SummaryValue& v : manifest.summary) {
        require(fields.insert(v.id).second, fault, "a figure stands twice");
    }
    return manifest;
}

}  // namespace

Bytes Manifest::serialize() const {
    Json::Array entries;
    for (const ManifestDocument& d : documents) {
        entries.push_back(document_json(d));
    }
    Json::Array values;
    for (const SummaryValue& v : summary) {
        values.push_back(ObjectBuilder().text("id", v.id).text("value", v.value).build());
    }
    const Json json = ObjectBuilder()
                          .text("type", "SBID1-manifest")
                          .text("envelope", envelope)
                          .text("program", program)
                          .text("version", version)
                          .array("documents", std::move(entries))
                          .array("summary", std::move(values))
                          .build();
    read_manifest(json);
    const std::string text = protocol::write_json(json);
    require(text.size() <= max_manifest_bytes, ErrorCode::limit_exceeded, "manifest too large");
    return to_bytes(as_bytes(text));
}

Manifest Manifest::parse(ByteView bytes) {
    return read_manifest(protocol::parse_canonical_json(bytes, {max_manifest_bytes, json_depth}));
}

crypto::Sm3Digest manifest_commitment(ByteView salt32, ByteView manifest) {
    return crypto::sm3({as_bytes("SBID1 manifest"), salt32, manifest});
}

}  // namespace bidseal::bid
