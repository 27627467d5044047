#include "raw_bid.h"

#include <doctest/doctest.h>

#include "bidseal/bid/document_check.h"
#include "bidseal/bid/limits.h"
#include "bidseal/bid/merkle.h"
#include "bidseal/bid/padme.h"
#include "bidseal/crypto/sm4.h"

namespace bidseal::bid::test {

Bytes make_zip(const std::vector<RawEntry>& entries) {
    MemorySink sink;
    zip::Writer writer(sink);
    for (const RawEntry& entry : entries) {
        writer.begin_file(entry.name, entry.content.size(), entry.method);
        writer.write(entry.content);
        writer.end_file();
    }
    writer.finish();
    return sink.bytes;
}

Manifest manifest_of(const std::string& envelope, const std::vector<Document>& documents,
                     const std::vector<SummaryValue>& summary) {
    Manifest manifest;
    manifest.envelope = envelope;
    manifest.summary = summary;
    manifest.program = "test";
    manifest.version = "1";
    for (const Document& document : documents) {
        DocumentInspector inspector;
        inspector.feed(document.content);
        manifest.documents.push_back({document.path,
                                      document.slot,
                                      document.content.size(),
                                      crypto::sm3(document.content),
                                      inspector.finish().format,
                                      {}});
    }
    return manifest;
}

RawEnvelope good_envelope(const std::string& id, const std::vector<Document>& documents,
                          const std::vector<SummaryValue>& summary) {
    const Bytes manifest = manifest_of(id, documents, summary).serialize();
    std::vector<RawEntry> entries;
    for (const Document& document : documents) {
        entries.push_back({document.path, document.content});
    }
    entries.push_back({"manifest.json", manifest});
    return {id, make_zip(entries), manifest};
}

RawEnvelope one_envelope() {
    return good_envelope("technical", {{"a.pdf", "proposal", make_pdf(100)}});
}

namespace {

Bytes good_padding(Bytes zip, EnvelopeKind kind) {
    const size_t length = padded_length(kind, zip.size());
    zip.push_back(0x80);
    zip.resize(length);
    return zip;
}

}  // namespace

Bytes make_raw_bid(const TenderFile& file, const std::vector<RawEnvelope>& envelopes,
                   const RawChanges& changes) {
    const Tender& tender = file.tender();
    const std::unique_ptr<Random> random = fixed_random(changes.seed);
    const Certificate signer =
        changes.own_signer ? changes.own_signer->certificate : certificate(changes.signer_in_index);
    BidIndex index;
    index.platform = tender.platform_id;
    index.project = tender.project_id;
    index.lot = changes.lot;
    index.tender = file.digest();
    index.supplier_name = signer.holder_name();
    index.supplier_code = signer.credit_code();
    index.certificate = signer.digest();
    random->fill(index.nonce.bytes);
    index.created = changes.created;
    OpenersBuilder builder(0, index.nonce, std::nullopt, index.created);
    std::vector<OpenerKey> supplier = changes.supplier;
    if (supplier.empty()) {
        supplier = {default_opener(certificate("supplier_encrypt"))};
    }
    const std::vector<WayPlan> ways = plan_ways(tender, changes.ways, supplier);

    FileParts parts;
    parts.head = text("SBID");
    append(parts.head, Bytes{1, 1, 0, 0});
    for (const RawEnvelope& raw : envelopes) {
        const EnvelopeRule& rule = *tender.find_envelope(raw.id);
        SecretBytes secret(secret_size);
        random->fill(secret.span());
        const EnvelopeContext context = envelope_context(index, rule.id, rule.stage);
        const EnvelopeKeys keys = derive_envelope_keys(secret, context);
        builder.add(rule.id, ways, secret, context);
        Bytes cipher = raw.pad ? raw.pad(raw.zip, rule.kind) : good_padding(raw.zip, rule.kind);
        crypto::Sm4Ctr(keys.key.view(), keys.iv.view()).apply(0, cipher);
        IndexEnvelope entry{rule.id, rule.kind, rule.stage, rule.title, cipher.size(),
                            0,       {},        {},         {}};
        MerkleTree tree;
        for (const crypto::Sm3Digest& leaf : merkle_leaves(0, cipher)) {
            tree.add(leaf);
            append(parts.table, leaf.view());
        }
        entry.chunks = tree.count();
        entry.root = tree.root();
        entry.manifest = manifest_commitment(keys.manifest_salt.view(), raw.manifest);
        entry.commitment =
            key_commitment(secret, context, entry.root, entry.length, entry.manifest);
        index.envelopes.push_back(entry);
        append(parts.body, cipher);
    }
    Openers openers = builder.openers();
    if (changes.openers) {
        changes.openers(openers);
    }
    parts.openers = openers.serialize();
    index.openers = crypto::sm3(parts.openers);
    if (changes.index) {
        changes.index(index);
    }
    std::string index_text(as_text(index.serialize()));
    if (changes.index_text) {
        index_text = changes.index_text(index_text);
    }
    parts.index = text(index_text);
    const Bytes signature = changes.own_signer ? changes.own_signer->sign(parts.index)
                                               : sign(changes.signer, parts.index);
    parts.signature =
        crypto::build_signed_data({changes.own_signer ? signer : certificate(changes.signer),
                                   {},
                                   {},
                                   signature,
                                   std::nullopt});
    if (changes.signature) {
        parts.signature = changes.signature(parts.signature, parts.index);
    }
    return join_file(parts);
}

FileParts split_file(const Bytes& file) {
    const BidLayout layout = parse_footer(ByteView(file).last(footer_size), file.size());
    FileParts parts;
    size_t at = 0;
    const auto take = [&](uint64_t length) {
        const Bytes part = to_bytes(ByteView(file).subspan(at, length));
        at += length;
        return part;
    };
    parts.head = take(head_size);
    parts.body = take(layout.body);
    parts.table = take(layout.table);
    parts.openers = take(layout.openers);
    parts.index = take(layout.index);
    parts.signature = take(layout.signature);
    return parts;
}

Bytes join_file(const FileParts& parts) {
    Bytes file;
    Bytes footer;
    append(file, parts.head);
    for (const Bytes* part :
         {&parts.body, &parts.table, &parts.openers, &parts.index, &parts.signature}) {
        append(file, *part);
        append_u64(footer, part->size());
    }
    append_u64(footer, file.size() + footer_size);
    footer.resize(60);
    append(footer, as_bytes("SBID"));
    append(file, footer);
    return file;
}

namespace {

Bytes der(uint8_t tag, ByteView content) {
    Bytes out = {tag};
    const size_t n = content.size();
    if (n < 128) {
        out.push_back(static_cast<uint8_t>(n));
    } else if (n < 256) {
        append(out, Bytes{0x81, static_cast<uint8_t>(n)});
    } else {
        append(out, Bytes{0x82, static_cast<uint8_t>(n >> 8), static_cast<uint8_t>(n)});
    }
    append(out, content);
    return out;
}

/// The values inside a constructed value, each with tag and length.
std::vector<Bytes> children(const Bytes& value) {
    const auto header = [](ByteView v, size_t& length) {
        const size_t more = v[1] < 128 ? 0 : v[1] - 128;
        length = more == 0 ? v[1] : 0;
        for (size_t i = 0; i < more; ++i) {
            length = length << 8 | v[2 + i];
        }
        return 2 + more;
    };
    size_t length = 0;
    std::vector<Bytes> found;
    ByteView rest = ByteView(value).subspan(header(value, length));
    while (!rest.empty()) {
        const size_t size = header(rest, length) + length;
        found.push_back(to_bytes(rest.first(size)));
        rest = rest.subspan(size);
    }
    return found;
}

Bytes joined(const std::vector<Bytes>& values) {
    Bytes out;
    for (const Bytes& value : values) {
        append(out, value);
    }
    return out;
}

/// Takes the SignedData apart down to its SignerInfo, and together again.
Bytes change_signer_infos(const Bytes& signed_data,
                          const std::function<Bytes(const Bytes& info)>& change) {
    std::vector<Bytes> content_info = children(signed_data);
    std::vector<Bytes> data = children(children(content_info[1])[0]);
    data.back() = der(0x31, change(children(data.back())[0]));
    content_info[1] = der(0xa0, der(0x30, joined(data)));
    return der(0x30, joined(content_info));
}

}  // namespace

Bytes with_two_signers(const Bytes& signed_data) {
    return change_signer_infos(signed_data, [](const Bytes& info) { return joined({info, info}); });
}

Bytes with_unsigned_attributes(const Bytes& signed_data) {
    return change_signer_infos(signed_data, [](const Bytes& info) {
        // An attribute of an unknown type, behind the signature.
        const Bytes attribute =
            der(0x30, joined({from_hex("06032a0304"), der(0x31, der(0x04, as_bytes("hidden")))}));
        std::vector<Bytes> fields = children(info);
        fields.push_back(der(0xa1, attribute));
        return der(0x30, joined(fields));
    });
}

Bytes with_version(const Bytes& signed_data, uint8_t version) {
    std::vector<Bytes> content_info = children(signed_data);
    std::vector<Bytes> data = children(children(content_info[1])[0]);
    data.front() = Bytes{0x02, 0x01, version};
    content_info[1] = der(0xa0, der(0x30, joined(data)));
    return der(0x30, joined(content_info));
}

namespace {

/// contentType and messageDigest, one after the other.
Bytes attributes_over(ByteView content) {
    const Bytes type = der(0x30, joined({from_hex("06092a864886f70d010903"),
                                         der(0x31, from_hex("060a2a811ccf550601040201"))}));
    const Bytes digest = der(0x30, joined({from_hex("06092a864886f70d010904"),
                                           der(0x31, der(0x04, crypto::sm3(content).view()))}));
    return joined({type, digest});
}

}  // namespace

Bytes with_attributes(const Bytes& signed_data, ByteView content) {
    return change_signer_infos(signed_data, [&](const Bytes& info) {
        std::vector<Bytes> fields = children(info);  // in front of the signature algorithm
        fields.insert(fields.begin() + 3, der(0xa0, attributes_over(content)));
        return der(0x30, joined(fields));
    });
}

Bytes signed_with_attributes(const std::string& signer, const Bytes& content) {
    const Bytes signature = sign(signer, der(0x31, attributes_over(content)));
    return with_attributes(
        crypto::build_signed_data({certificate(signer), {}, {}, signature, content}), content);
}

}  // namespace bidseal::bid::test
