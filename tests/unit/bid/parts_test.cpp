// The small parts: shares, tree, words, what documents are.
#include <set>

#include <doctest/doctest.h>

#include "bidseal/bid/document_check.h"
#include "bidseal/bid/fingerprint_words.h"
#include "bidseal/bid/limits.h"
#include "bidseal/bid/merkle.h"
#include "bidseal/bid/shamir.h"

#include "bid_test_support.h"
#include "raw_bid.h"
#include "support/error_of.h"

using namespace bidseal;
using namespace bidseal::bid;
using namespace bidseal::bid::test;
using bidseal::test::error_name_of;

TEST_CASE("GF(2^8): the field's known values") {
    CHECK(gf256_multiply(0x57, 0x83) == 0xc1);  // FIPS 197 section 4.2
    CHECK(gf256_multiply(0x57, 0x13) == 0xfe);
    CHECK(gf256_inverse(0x53) == 0xca);
    CHECK(gf256_inverse(0) == 0);
    for (int a = 1; a < 256; ++a) {
        CHECK(gf256_multiply(static_cast<uint8_t>(a), gf256_inverse(static_cast<uint8_t>(a))) == 1);
    }
}

TEST_CASE("any t of n shares give the secret, others do not") {
    const SecretBytes secret = SecretBytes::copy_of(from_hex("00ff1234567890abcdef"));
    std::vector<SecretBytes> coefficients;
    coefficients.push_back(SecretBytes::copy_of(from_hex("a1b2c3d4e5f607182930")));
    coefficients.push_back(SecretBytes::copy_of(from_hex("0102030405060708090a")));
    const auto combine = [&](std::vector<uint8_t> xs) {
        std::vector<ShamirPoint> points;
        for (uint8_t x : xs) {
            points.push_back({x, shamir_share(secret, coefficients, x)});
        }
        return shamir_combine(points);
    };
    CHECK(combine({1, 2, 3}).equals(secret));
    CHECK(combine({16, 5, 9}).equals(secret));
    CHECK(combine({4, 3, 2, 1}).equals(secret));
    CHECK_FALSE(combine({1, 2}).equals(secret));
    CHECK(error_name_of([&] { combine({1, 1, 2}); }) == "share_invalid");
    CHECK(error_name_of([&] { combine({0, 1, 2}); }) == "share_invalid");
}

TEST_CASE("tree: running root, audit paths, four side by side") {
    std::vector<crypto::Sm3Digest> leaves;
    MerkleTree tree;
    for (uint64_t n = 1; n <= 20; ++n) {
        leaves.push_back(merkle_leaf(n - 1, as_bytes("chunk")));
        tree.add(leaves.back());
        for (uint64_t i = 0; i < n; ++i) {
            const auto path = merkle_path(leaves, i);
            CHECK(merkle_verify(leaves[i], i, n, path, tree.root()));
            CHECK_FALSE(merkle_verify(leaves[(i + 1) % n], i, n, path, tree.root()) != (n == 1));
        }
    }
    MerkleTree three;
    for (int i = 0; i < 3; ++i) {
        three.add(leaves[i]);
    }
    CHECK(three.root() == merkle_node(merkle_node(leaves[0], leaves[1]), leaves[2]));
    const Bytes data(5 * chunk_size + 7, 0x5a);
    const auto side_by_side = merkle_leaves(3, data);
    REQUIRE(side_by_side.size() == 6);
    for (size_t i = 0; i < 6; ++i) {
        const size_t start = i * chunk_size;
        const size_t size = std::min<size_t>(chunk_size, data.size() - start);
        CHECK(side_by_side[i] == merkle_leaf(3 + i, ByteView(data).subspan(start, size)));
    }
}

TEST_CASE("fingerprint as text and words") {
    Fingerprint f;
    for (size_t i = 0; i < 32; ++i) {
        f.bytes[i] = static_cast<uint8_t>(i * 37);
    }
    CHECK(parse_fingerprint(fingerprint_text(f)) == f);
    CHECK(fingerprint_text(f).substr(0, 9) == "0025 4A6F");
    std::set<std::string> words;
    for (uint32_t v = 0; v < 2048; ++v) {
        words.insert(fingerprint_word(v));
    }
    CHECK(words.size() == 2048);
    CHECK(fingerprint_word(0) == "baba");
    CHECK(fingerprint_word(2047) == "zotu");
    CHECK(fingerprint_words(f).size() == 12);
    // 00 25 -> 00000000001|00101…: the first eleven bits are 1.
    CHECK(fingerprint_words(f)[0] == fingerprint_word(1));
    CHECK(error_name_of([] { parse_fingerprint("00"); }) == "encoding_invalid");
}

namespace {

DocumentFinding inspect(const Bytes& document, size_t step) {
    DocumentInspector inspector;
    for (size_t at = 0; at < document.size(); at += step) {
        inspector.feed(ByteView(document).subspan(at, std::min(step, document.size() - at)));
    }
    return inspector.finish();
}

Bytes ooxml(const std::string& main, const std::string& more = "") {
    std::vector<RawEntry> entries = {{"[Content_Types].xml", text("<Types/>")},
                                     {main, Bytes(6000, 'x')}};
    if (!more.empty()) {
        entries.push_back({more, text("macro")});
    }
    return make_zip(entries);
}

Bytes ole(std::string_view name) {
    Bytes file = from_hex("d0cf11e0a1b11ae1");
    file.resize(5000);
    for (char c : name) {
        file.push_back(static_cast<uint8_t>(c));
        file.push_back(0);
    }
    file.resize(9000);
    return file;
}

}  // namespace

TEST_CASE("documents are told apart by content, whatever the pieces") {
    Bytes encrypted_zip = ooxml("word/document.xml");
    encrypted_zip[6] |= 1;
    struct Row {
        Bytes document;
        std::string format;
        bool encrypted, active;
    };
    const Row rows[] = {
        {make_pdf(10000), "pdf", false, false},
        {text("%PDF-1.7\nhalf"), "other", false, false},
        {make_pdf(10000, "<</Encrypt 1 0 R>>"), "pdf", true, false},
        {make_pdf(10000, "<</EncryptMetadata true>>"), "pdf", false, false},
        {make_pdf(10000, "<</S/JavaScript>>"), "pdf", false, true},
        {make_pdf(10000, "<</S /J#61vaScript >>"), "pdf", false, true},
        {make_pdf(10000, "<</S/SubmitForm>>"), "pdf", false, true},
        {make_pdf(10000, "<</S/ImportData>>"), "pdf", false, true},
        {make_pdf(10000, "<</S/Launch>>"), "pdf", false, true},
        {make_pdf(10000, "<</S/Rendition>>"), "pdf", false, true},
        {make_pdf(10000, "<</Subtype/RichMedia>>"), "pdf", false, true},
        {make_pdf(10000, "<</S/Movie>>"), "pdf", false, true},
        {make_pdf(10000, "<</S/Hide>>"), "pdf", false, true},
        {make_pdf(10000, "<</S/SetOCGState>>"), "pdf", false, true},
        {make_pdf(10000, "<</Type/EmbeddedFile>>"), "pdf", false, true},
        {make_pdf(10000, "<</EmbeddedFiles 9 0 R>>"), "pdf", false, true},
        {make_pdf(10000, "<</HideToolbar true/OpenAction[1 0 R/Fit]>>"), "pdf", false, false},
        {make_pdf(10000, "<</AA<</O 5 0 R>>>>"), "pdf", false, true},
        {make_pdf(10000, "<</AA\n12  0\r\nR>>"), "pdf", false, true},
        {make_pdf(10000, "/AA /XFA (x) /AA 5 x /XFA 5 0 obj"), "pdf", false, false},
        {make_pdf(10000, "<</XFA[(a)1 0 R]>>"), "pdf", false, true},
        {make_pdf(10000, "<</#58FA\t5 0 R>>"), "pdf", false, true},
        {ooxml("word/document.xml"), "docx", false, false},
        {ooxml("xl/workbook.xml"), "xlsx", false, false},
        {ooxml("xl/workbook.xml", "xl/vbaProject.bin"), "xlsx", false, true},
        {ooxml("readme.txt"), "zip", false, false},
        {encrypted_zip, "docx", true, false},
        {Bytes(encrypted_zip.begin(), encrypted_zip.begin() + 5000), "other", true, false},
        {ole("Workbook"), "doc", false, false},
        {ole("EncryptedPackage"), "doc", true, false},
        {ole("_VBA_PROJECT"), "doc", false, true},
        {from_hex("89504e470d0a1a0a00"), "png", false, false},
        {from_hex("ffd8ffe000"), "jpg", false, false},
        {text("AC1027 drawing"), "dwg", false, false},
        {from_hex("000000186674797069736f6d"), "mp4", false, false},
        {from_hex("526172211a070100"), "rar", true, false},
        {text("<?xml version=\"1.0\"?><a/>"), "xml", false, false},
        {text("序号,单价\n"), "txt", false, false},
        {from_hex("0001020304"), "other", false, false},
        {{}, "empty", false, false},
    };
    for (const Row& row : rows) {
        for (size_t step : {size_t{1}, size_t{7}, size_t{4096}, size_t{100000}}) {
            const DocumentFinding finding = inspect(row.document, step);
            CHECK(finding.format == row.format);
            CHECK(finding.encrypted == row.encrypted);
            CHECK(finding.active == row.active);
        }
    }
    CHECK(format_allowed("doc", {"xls"}));
    CHECK(format_allowed("jpg", {"pdf", "jpeg"}));
    CHECK_FALSE(format_allowed("zip", {"docx"}));
    CHECK(format_allowed("other", {"any"}));
    CHECK_FALSE(format_known("exe"));
}
