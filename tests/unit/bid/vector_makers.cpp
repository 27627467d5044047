#include "vector_makers.h"

#include <algorithm>

#include "bidseal/bid/limits.h"
#include "bidseal/bid/padme.h"

namespace bidseal::bid::test {

namespace {

/// Collects vectors; `name` becomes the file's name.
class Maker {
public:
    Maker(std::vector<VectorFile>& files, std::vector<VectorCase>& cases)
        : m_files(files), m_cases(cases) {}

    VectorCase& add(const std::string& name, const std::string& expect, const std::string& cause,
                    const Bytes& file) {
        m_files.push_back({name + ".sbid", file});
        return add_case(name, expect, cause, name + ".sbid");
    }
    VectorCase& add_case(const std::string& name, const std::string& expect,
                         const std::string& cause, const std::string& file) {
        VectorCase v;
        v.name = name;
        v.cause = cause;
        v.file = file;
        v.expect = expect;
        m_cases.push_back(v);
        return m_cases.back();
    }
    void add_file(const std::string& name, const Bytes& bytes) { m_files.push_back({name, bytes}); }

    const TenderFile tender = make_tender();
    const std::vector<Document> documents = {{"plan.pdf", "proposal", make_pdf(300)},
                                             {"附件/note.txt", "other", text("note\n")}};
    const RawEnvelope good = good_envelope("technical", documents);
    const Bytes base = make_raw_bid(tender, {good});

    Bytes bid(const RawChanges& changes) const { return make_raw_bid(tender, {good}, changes); }
    Bytes bid(const RawEnvelope& envelope) const { return make_raw_bid(tender, {envelope}); }

private:
    std::vector<VectorFile>& m_files;
    std::vector<VectorCase>& m_cases;
};

std::string replaced(std::string text, const std::string& from, const std::string& to) {
    const size_t at = text.find(from);
    return at == std::string::npos ? text + "?" : text.replace(at, from.size(), to);
}

Bytes flipped(Bytes bytes, size_t at) {
    bytes.at(at) ^= 1;
    return bytes;
}

void make_good(Maker& m) {
    m.add("good", "ok", "the smallest good bid: one envelope, supplier alone", m.base);
    const Packed full = pack(m.tender, make_plan(), make_content());
    m.add("full", "ok", "technical and price envelope with figures", full.file);
    m.add_case("full-price", "ok", "the price envelope of the same bid", "full.sbid").envelope =
        "price";
}

void make_file_level(Maker& m) {
    Bytes f = m.base;
    f.resize(f.size() - 100);
    m.add("truncated", "bid_truncated", "the last 100 bytes are missing: a broken upload", f);
    f = m.base;
    f.push_back(0);
    m.add("grown", "bid_truncated", "one byte behind the footer: hidden content", f);
    f = m.base;
    f.insert(f.end() - footer_size, 16, 0);
    m.add("gap", "bid_layout", "16 bytes between signature and footer: hidden content", f);
    f = flipped(m.base, 0);
    m.add("magic", "bid_not_bid", "another kind of file", f);
    f = m.base;
    f[4] = 2;
    m.add("version", "bid_version", "a later version: downgrade or confusion", f);
    f = m.base;
    f[5] = 2;
    m.add("suite", "bid_version", "another suite: downgrade or confusion", f);
    m.add("footer-reserved", "bid_layout", "a reserved byte of the footer is not zero",
          flipped(m.base, m.base.size() - 10));
    const FileParts parts = split_file(m.base);
    FileParts moved = parts;
    moved.body.insert(moved.body.end(), moved.table.begin(), moved.table.end());
    moved.table.assign(moved.openers.begin(), moved.openers.begin() + 32);
    moved.openers.erase(moved.openers.begin(), moved.openers.begin() + 32);
    m.add("parts-moved", "bid_openers", "the parts' borders are moved by 32 bytes",
          join_file(moved));
    FileParts longer = parts;
    longer.body.push_back(0);
    m.add("body-longer", "bid_layout", "a body longer than the index says: hidden content",
          join_file(longer));
    m.add("chunk-altered", "bid_chunk", "one bit of the ciphertext is turned",
          flipped(m.base, head_size + 5));
    FileParts table = parts;
    table.table[3] ^= 1;
    m.add("table-altered", "bid_chunk", "one bit of the chunk table is turned", join_file(table));
    FileParts openers = parts;
    openers.openers[openers.openers.size() - 10] ^= 1;
    m.add("openers-altered", "bid_openers", "openers unlike their digest: a wrap is exchanged",
          join_file(openers));
    FileParts index = parts;
    index.index =
        text(replaced(std::string(as_text(parts.index)), "\"lot\":\"1\"", "\"lot\":\"2\""));
    m.add("index-altered", "signature_invalid", "the lot is changed without a new signature",
          join_file(index));
}

void make_swaps(Maker& m) {
    const RawEnvelope large =
        good_envelope("technical", {{"plan.pdf", "proposal", make_pdf(2 * chunk_size)}});
    const RawEnvelope licence =
        good_envelope("qualification", {{"licence.pdf", "licence", make_pdf(chunk_size + 9)}});
    const Bytes file = make_raw_bid(m.tender, {licence, large});
    m.add("chunks", "ok", "two envelopes of several chunks", file);
    const BidReader reader = read_bid(file);
    const uint64_t second = reader.envelope_offset(1) - head_size;
    Bytes within = file;
    std::swap_ranges(within.begin() + head_size + second,
                     within.begin() + head_size + second + chunk_size,
                     within.begin() + head_size + second + chunk_size);
    m.add("chunk-swapped", "bid_chunk", "two chunks of an envelope change places", within);
    Bytes across = file;
    std::swap_ranges(across.begin() + head_size, across.begin() + head_size + chunk_size,
                     across.begin() + head_size + second);
    m.add("chunk-across", "bid_chunk", "chunks of two envelopes change places", across);
}

void make_index_level(Maker& m) {
    const auto with_text = [&](const std::string& from, const std::string& to) {
        RawChanges c;
        c.index_text = [=](std::string t) {
            return replaced(t, from, to);
        };
        return m.bid(c);
    };
    m.add("index-spaces", "json_not_canonical", "signed, but with a space: a second spelling",
          with_text("\"suite\":1", "\"suite\": 1"));
    m.add("index-escape", "json_not_canonical", "signed, but with an escaped letter",
          with_text("\"lot\":\"1\"", "\"lot\":\"\\u0031\""));
    m.add("index-order", "bid_index", "members in another order",
          with_text("\"lot\":\"1\",", "\"plot\":\"1\","));
    m.add("index-member", "bid_index", "an unknown member",
          with_text("\"replaces\":null", "\"replaces\":null,\"note\":1"));
    m.add("index-duplicate", "json_invalid", "a member twice: two readers see two lots",
          with_text("\"lot\":\"1\"", "\"lot\":\"1\",\"lot\":\"2\""));
    m.add("index-number", "json_invalid", "a number beyond 64 bits",
          with_text("\"stage\":1", "\"stage\":99999999999999999999"));
    m.add("index-fraction", "json_invalid", "a number with a fraction",
          with_text("\"stage\":1", "\"stage\":1.0"));
    m.add("index-depth", "json_invalid", "nesting deeper than 8: exhausting a reader's stack",
          with_text("\"replaces\":null", "\"replaces\":[[[[[[[[[]]]]]]]]]"));
    m.add("index-utf8", "json_invalid", "invalid UTF-8 in a title",
          with_text("技术标", "\xff\xfe"));
    m.add("index-bidi", "bid_index", "a bidirectional control in the supplier's name: spoofing",
          with_text("\"supplier\":{\"name\":\"", "\"supplier\":{\"name\":\"\xe2\x80\xae"));
    m.add("index-suite", "bid_version", "suite 2 in the index",
          with_text("\"suite\":1", "\"suite\":2"));
    RawChanges c;
    c.index = [](BidIndex& i) {
        i.supplier_name = "Another Ltd";
    };
    m.add("supplier-name", "supplier_mismatch", "a name unlike the certificate's", m.bid(c));
    c.index = [](BidIndex& i) {
        i.supplier_code = "91310000MA1K35X111";
    };
    m.add("supplier-code", "supplier_mismatch", "a code unlike the certificate's", m.bid(c));
    c.index = [](BidIndex& i) {
        i.envelopes[0].commitment.bytes[0] ^= 1;
    };
    m.add("commitment", "commitment_mismatch", "a commitment to another secret", m.bid(c));
    c.index = [](BidIndex& i) {
        i.envelopes[0].manifest.bytes[0] ^= 1;
    };
    m.add("manifest-commitment", "commitment_mismatch",
          "another manifest commitment under the old key commitment", m.bid(c));
    c.index = [](BidIndex& i) {
        i.envelopes[0].root.bytes[0] ^= 1;
    };
    m.add("root", "bid_chunk", "a root that the table does not lead to", m.bid(c));
    c.index = [](BidIndex& i) {
        i.envelopes[0].stage = 2;
    };
    m.add("stage", "tender_mismatch", "an envelope moved to another stage", m.bid(c));
    c.index = [](BidIndex& i) {
        i.tender.bytes[0] ^= 1;
    };
    m.add("tender-digest", "tender_mismatch", "made for another tender file", m.bid(c));
    c.index = [](BidIndex& i) {
        i.project = "P-2";
    };
    m.add("project", "tender_mismatch", "another project under this tender's digest", m.bid(c));
    c.index = [](BidIndex& i) {
        i.lot = "2";
    };
    m.add("lot-moved", "tender_mismatch", "signed for lot 2; the holder was asked for lot 1",
          m.bid(c));
    c.index = [](BidIndex& i) {
        i.lot = "9";
    };
    m.add("lot-unknown", "tender_lot_unknown", "a lot that the tender does not have", m.bid(c));
}

void make_signature_level(Maker& m) {
    RawChanges c;
    c.signer = "rival_sign";
    m.add("resigned", "signature_invalid", "signed by another company than the index names",
          m.bid(c));
    c = {};
    c.signer_in_index = c.signer = "rival_sign";
    m.add("stolen-envelope", "supplier_mismatch",
          "a rival's index around openers of another company", m.bid(c));
    c = {};
    c.signature = [](const Bytes& s, const Bytes&) {
        return with_attributes(s);
    };
    m.add("signed-attributes", "signature_format",
          "signed attributes: a signature made for something else", m.bid(c));
    c.signature = [](const Bytes& s, const Bytes&) {
        return with_two_signers(s);
    };
    m.add("two-signers", "signature_format", "two SignerInfos: which one counts?", m.bid(c));
    c.signature = [](const Bytes& s, const Bytes&) {
        return with_unsigned_attributes(s);
    };
    m.add("unsigned-attributes", "signature_format",
          "an unsigned attribute: a hidden channel in a file that still verifies", m.bid(c));
    c.signature = [](const Bytes& s, const Bytes&) {
        return with_version(s, 3);
    };
    m.add("signature-version", "signature_format",
          "version 3 of SignedData: a second form of the same signature", m.bid(c));
    c.signature = [](const Bytes&, const Bytes& index) {
        return crypto::build_signed_data(
            {certificate("supplier_sign"), {}, {}, sign("supplier_sign", index), index});
    };
    m.add("embedded", "signature_format", "embedded content: a second index", m.bid(c));
    c = {};
    c.signer = c.signer_in_index = "supplier_encrypt";
    m.add("usage", "certificate_usage", "signed with an encryption certificate", m.bid(c));
    c.signer = c.signer_in_index = "no_usage";
    m.add("usage-missing", "certificate_usage", "signed with a certificate without key usage",
          m.bid(c));
    // The list of the test CA names revoked_sign.
    const auto with_list = [](const std::string& signer, const std::string& name = "root.crl") {
        return [signer, name](const Bytes&, const Bytes& index) {
            const auto list = crypto::RevocationList::parse(read_vector("keys/" + name));
            return crypto::build_signed_data(
                {certificate(signer), {}, {list}, sign(signer, index), std::nullopt});
        };
    };
    c = {};
    c.signature = with_list("supplier_sign");
    m.add("with-list", "ok", "a revocation list travels with the signature", m.bid(c));
    c.signature = with_list("supplier_sign", "false.crl");
    m.add("list-false", "ok",
          "a list in the root's name that the root did not sign, naming the signer: ignored",
          m.bid(c));
    c.signer = c.signer_in_index = "revoked_sign";
    c.signature = with_list("revoked_sign");
    m.add("revoked", "certificate_revoked", "signed with a revoked certificate", m.bid(c));
    m.add("expired", "certificate_expired", "judged after the certificate's end", m.base).at =
        "2060-01-01T00:00:00Z";
}

void make_opener_level(Maker& m) {
    const auto with_openers = [&](std::function<void(Openers&)> change) {
        RawChanges c;
        c.openers = std::move(change);
        return m.bid(c);
    };
    const auto slot = [](Openers& o) -> Slot& {
        return o.envelopes[0].ways[0].parts[0].slots[0];
    };
    m.add("wrap-altered", "wrap_mismatch", "one bit of the wrapped share is turned",
          with_openers([&](Openers& o) { slot(o).data[0] ^= 1; }));
    const Openers other =
        read_bid(m.bid(RawChanges{{}, {}, {}, {}, "supplier_sign", "supplier_sign", "other"}))
            .bid()
            .openers;
    m.add("wrap-copied", "wrap_mismatch", "a wrap copied from the same company's other bid",
          with_openers([&](Openers& o) {
              slot(o).data = other.envelopes[0].ways[0].parts[0].slots[0].data;
          }));
    m.add("openers-copied", "bid_openers", "openers copied from another bid",
          with_openers([&](Openers& o) { o = other; }));
    m.add("wrap-kind-unknown", "opener_not_found", "a wrap of a later kind: only this slot is lost",
          with_openers([&](Openers& o) { slot(o).kind_name = "hybrid1"; }));
    m.add("opener-foreign", "supplier_mismatch", "another company as the supplier's opener",
          with_openers([&](Openers& o) { o.certificates[0] = certificate("rival_encrypt"); }))
        .holders = {"rival_encrypt"};
    const auto opener = [&](const std::string& name, const std::string& expect,
                            const std::string& cause, const std::string& key) {
        m.add(name, expect, cause,
              with_openers([&](Openers& o) { o.certificates[0] = certificate(key); }))
            .holders = {key};
    };
    opener("opener-selfmade", "certificate_untrusted",
           "a self-made opener with the company's code: a third party that opens unseen",
           "selfmade_encrypt");
    opener("opener-usage", "certificate_usage", "a signing certificate as opener", "renewed_sign");
    opener("opener-usage-missing", "certificate_usage", "an opener without key usage", "no_usage");
    m.add("no-key", "opener_not_found", "a certificate that the bid does not name", m.base)
        .holders = {"rival_encrypt"};
    RawChanges c;
    c.ways = {WayKind::supplier_platform};
    m.add("with-platform", "ok", "supplier and platform together", m.bid(c)).holders = {
        "supplier_encrypt", "platform_encrypt"};
    c.openers = [](Openers& o) {
        o.envelopes[0].ways[0].parts[1].slots[0].kind_name = "hybrid1";
    };
    m.add("platform-kind", "bid_openers", "a wrap of unknown kind for the platform", m.bid(c));
    c.openers = {};
    m.add("platform-missing", "shares_insufficient", "the platform's part is missing", m.bid(c));
    c.ways = {WayKind::platform_rescue};
    m.add("rescue", "ok", "platform and two of three rescue members", m.bid(c)).holders = {
        "platform_encrypt", "rescue3", "rescue1"};
    c.openers = [](Openers& o) {
        std::vector<Slot>& slots = o.envelopes[0].ways[0].parts[1].slots;
        std::swap(slots[0].data, slots[1].data);
        std::swap(o.certificates[1], o.certificates[2]);
    };
    m.add("rescue-order", "bid_openers", "rescue members in another order than the tender's",
          m.bid(c));
    c.openers = [](Openers& o) {
        o.envelopes[0].ways[0].parts[1].slots.pop_back();
        o.certificates.pop_back();
    };
    m.add("rescue-left-out", "bid_openers", "a rescue member is left out", m.bid(c));
    c.openers = {};
    m.add("rescue-few", "shares_insufficient", "one of two rescue shares", m.bid(c)).holders = {
        "platform_encrypt", "rescue2"};
    m.add("rescue-twice", "share_invalid", "the same share twice", m.bid(c)).holders = {
        "platform_encrypt", "rescue2", "rescue2"};
    c = {};
    c.openers = [](Openers& o) {
        o.envelopes[0].ways.push_back(o.envelopes[0].ways[0]);
    };
    m.add("way-twice", "bid_openers", "the same way twice", m.bid(c));
    const auto wrapped = [&](const std::string& name, const std::string& cause,
                             const std::string& key, WrapKind kind) {
        RawChanges changes;
        changes.supplier = {{certificate(key), kind}};
        m.add(name, "ok", cause, m.bid(changes)).holders = {key};
    };
    wrapped("wrap-mobile", "a share under SM2 alone", "supplier_encrypt", WrapKind::mobile);
    wrapped("wrap-cms", "a share in EnvelopedData to an SM2 key", "supplier_encrypt",
            WrapKind::cms);
    wrapped("wrap-rsa", "a share in EnvelopedData to an RSA key, OAEP with SHA-256", "supplier_rsa",
            WrapKind::cms);
    wrapped("wrap-rsa-sha1", "a share in EnvelopedData to an RSA key, OAEP with SHA-1",
            "supplier_rsa", WrapKind::cms_oaep_sha1);
}

void make_rewraps(Maker& m) {
    const BidReader reader = read_bid(m.base);
    const auto rewrap = [&](const std::string& signer,
                            const std::string& opener = "renewed_encrypt") {
        std::vector<EnvelopeSecret> secrets;
        secrets.push_back(
            {"technical", open_alone(reader, m.tender, "technical", "supplier_encrypt")});
        const Bytes content =
            rewrap_content(reader.index(), reader.fingerprint(), 1, secrets,
                           {{{PartRole::supplier, 1, {default_opener(certificate(opener))}}}},
                           parse_time("2026-12-02T08:00:00Z"));
        return build_rewrap_file(content, certificate(signer), sign(signer, content));
    };
    const auto add = [&](const std::string& name, const std::string& expect,
                         const std::string& cause, const std::string& bid) {
        VectorCase& v = m.add_case(name, expect, cause, bid);
        v.holders = {"renewed_encrypt"};
        v.rewrap = name + ".sbrw";
    };
    m.add_file("rewrap.sbrw", rewrap("supplier_sign"));
    add("rewrap", "ok", "openers added for a renewed certificate", "good.sbid");
    m.add_file("rewrap-renewed.sbrw", rewrap("renewed_sign"));
    add("rewrap-renewed", "ok", "signed with another certificate of the company", "good.sbid");
    m.add_file("rewrap-rival.sbrw", rewrap("rival_sign"));
    add("rewrap-rival", "rewrap_refused", "signed by another company: openers that it controls",
        "good.sbid");
    m.add_file("rewrap-elsewhere.sbrw", rewrap("supplier_sign"));
    add("rewrap-elsewhere", "bid_openers", "a rewrap of another bid", "full.sbid");
    m.add_file("rewrap-foreign.sbrw", rewrap("supplier_sign", "rival_encrypt"));
    add("rewrap-foreign", "supplier_mismatch",
        "the company signs openers for another company: a third party that opens unseen",
        "good.sbid");
}

/// Breaks something inside the envelope: ZIP, manifest, padding.
void make_content_level(Maker& m) {
    const RawEntry plan{"plan.pdf", m.documents[0].content};
    const RawEntry note{"附件/note.txt", m.documents[1].content};
    const RawEntry manifest{"manifest.json", m.good.manifest};
    const auto with_zip = [&](const Bytes& zip) {
        return m.bid({"technical", zip, m.good.manifest});
    };
    const auto add = [&](const std::string& name, const std::string& expect,
                         const std::string& cause, const Bytes& zip) {
        m.add(name, expect, cause, with_zip(zip));
    };
    add("zip-extra", "manifest_mismatch", "a document that the manifest does not name",
        make_zip({plan, note, {"extra.txt", text("x")}, manifest}));
    add("zip-missing", "manifest_mismatch", "the manifest names a document that is not there",
        make_zip({plan, manifest}));
    add("zip-order", "manifest_mismatch", "documents in another order",
        make_zip({note, plan, manifest}));
    add("zip-no-manifest", "manifest_mismatch", "no manifest", make_zip({plan, note}));
    Bytes commented = m.good.zip;
    commented[commented.size() - 2] = 4;
    append(commented, as_bytes("abcd"));
    add("zip-comment", "zip_invalid", "an archive comment: hidden content", commented);
    Bytes prepended = text("hidden");
    append(prepended, m.good.zip);
    add("zip-prepended", "zip_invalid", "bytes before the ZIP: a second file type", prepended);
    add("zip-local-name", "zip_invalid", "local and central name differ: two readers, two names",
        flipped(m.good.zip, 30));
    add("zip-crc", "zip_invalid", "a wrong CRC", flipped(m.good.zip, 30 + 8 + 300 + 4));
    Bytes changed = plan.content;
    changed[20] ^= 1;
    add("document-changed", "document_mismatch", "a document unlike its digest",
        make_zip({{"plan.pdf", changed}, note, manifest}));
    RawEnvelope other_manifest = m.good;
    other_manifest.manifest = text("another manifest");
    m.add("manifest-other", "manifest_mismatch", "the envelope holds another manifest",
          m.bid(other_manifest));
    const auto with_manifest = [&](const std::string& from, const std::string& to,
                                   const std::string& entry) {
        const Bytes bent = text(replaced(std::string(as_text(m.good.manifest)), from, to));
        RawEntry first = plan;
        first.name = entry;
        return m.bid({"technical", make_zip({first, note, {"manifest.json", bent}}), bent});
    };
    m.add("path-parent", "path_unsafe", "a path out of the folder",
          with_manifest("plan.pdf", "../p.pdf", "../p.pdf"));
    m.add("path-absolute", "path_unsafe", "an absolute path",
          with_manifest("plan.pdf", "/p.pdf", "/p.pdf"));
    m.add("path-device", "path_unsafe", "a name that Windows reserves",
          with_manifest("plan.pdf", "CON.pdf", "CON.pdf"));
    m.add("path-case", "path_duplicate", "two names that differ in case only",
          with_manifest("plan.pdf", "附件/NOTE.txt", "附件/NOTE.txt"));
    m.add("path-below-document", "path_duplicate", "a document below another document",
          with_manifest("plan.pdf", "附件/note.txt/p.pdf", "附件/note.txt/p.pdf"));
    m.add("path-above-document", "path_duplicate", "a document where another has its folder",
          with_manifest("plan.pdf", "附件", "附件"));
    m.add("path-below-manifest", "path_duplicate", "a document below the manifest, case ignored",
          with_manifest("plan.pdf", "Manifest.JSON/p.pdf", "Manifest.JSON/p.pdf"));
    m.add("manifest-spelling", "json_not_canonical", "another spelling of the manifest",
          with_manifest("\"seals\":[]", "\"seals\":[ ]", "plan.pdf"));
    m.add("manifest-envelope", "manifest_mismatch", "the manifest of another envelope",
          with_manifest("\"envelope\":\"technical\"", "\"envelope\":\"price\"", "plan.pdf"));
    RawEnvelope padded = m.good;
    padded.pad = [](Bytes zip, EnvelopeKind kind) {
        const size_t length = padded_length(kind, zip.size());
        zip.push_back(0x80);
        zip.resize(length);
        zip.back() = 1;
        return zip;
    };
    m.add("padding-dirty", "padding_invalid", "padding that is not zero: a hidden channel",
          m.bid(padded));
    padded.pad = [](Bytes zip, EnvelopeKind) {
        zip.push_back(0x80);
        return zip;
    };
    m.add("padding-short", "padding_invalid", "no padding: the length tells the price",
          m.bid(padded));
    padded.pad = [](Bytes zip, EnvelopeKind kind) {
        std::fill(zip.begin(), zip.end(), uint8_t{0});
        zip.resize(padded_length(kind, zip.size()));
        return zip;
    };
    m.add("padding-only", "padding_invalid", "nothing but zeros", m.bid(padded));
}

void make_price_level(Maker& m) {
    const auto price = [&](const Bytes& document) {
        return make_raw_bid(m.tender,
                            {m.good, good_envelope("price", {{"p.pdf", "schedule", document}})});
    };
    const auto add = [&](const std::string& name, const std::string& cause, const Bytes& file) {
        VectorCase& v = m.add(name, "ok", cause, file);
        v.envelope = "price";
        return &v;
    };
    add("price-encrypted", "an encrypted PDF: opens to what its password says",
        price(make_pdf(400, "trailer<</Encrypt 5 0 R>>")))
        ->nonconformities = {"document_active"};
    add("price-script", "a PDF with a script: shows another price later",
        price(make_pdf(400, "<</S/JavaScript/JS(x)>>")))
        ->nonconformities = {"document_active"};
    const auto active = [&](const std::string& name, const std::string& cause,
                            std::string_view inside) {
        add(name, cause, price(make_pdf(400, inside)))->nonconformities = {"document_active"};
    };
    active("price-submit", "a PDF that sends a form", "<</A<</S/SubmitForm/F(x)>>>>");
    active("price-import", "a PDF that takes its figures from a file",
           "<</A<</S/#49mportData/F(x)>>>>");
    active("price-hide", "a PDF that shows another price on a click", "<</A<</S/Hide/T(x)>>>>");
    active("price-attachment", "a PDF with a file inside", "<</Type /EmbeddedFile>>");
    active("price-trigger", "a PDF that acts when it is closed", "<</AA 7 0 R>>");
    add("price-open-at", "a PDF that opens at its first page: nothing active",
        price(make_pdf(400, "<</OpenAction[1 0 R/Fit]/AAB<</X 1>>>>")));
    const std::vector<Document> documents = {{"p.csv", "schedule", text("1,2\n")}};
    RawEnvelope deflated = good_envelope("price", documents);
    deflated.zip = make_zip({{"p.csv", documents[0].content, zip::Method::deflated},
                             {"manifest.json", deflated.manifest}});
    VectorCase& v = m.add("price-deflated", "zip_invalid",
                          "a deflated price document: its size tells the price",
                          make_raw_bid(m.tender, {m.good, deflated}));
    v.envelope = "price";
}

}  // namespace

void make_vectors(std::vector<VectorFile>& files, std::vector<VectorCase>& cases) {
    Maker m(files, cases);
    m.add_file("road.tender", make_tender_file());
    make_good(m);
    make_file_level(m);
    make_swaps(m);
    make_index_level(m);
    make_signature_level(m);
    make_opener_level(m);
    make_rewraps(m);
    make_content_level(m);
    make_price_level(m);
}

}  // namespace bidseal::bid::test
