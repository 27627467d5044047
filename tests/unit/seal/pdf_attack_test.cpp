// Attacks on sealed PDFs: each with what an attacker does, and what the report then says.
#include <algorithm>

#include <doctest/doctest.h>

#include "bidseal/base/error.h"
#include "bidseal/crypto/cms.h"
#include "bidseal/seal/image.h"

#include "pdf_test_support.h"

using namespace bidseal;
using namespace bidseal::seal;
using namespace bidseal::seal::test;

namespace {

constexpr char changed[] = "document:pdf_changed_after";
constexpr char bad_range[] = "document:pdf_range";

PdfValue reference_to(uint32_t number) {
    return PdfValue::make_reference({number, 0});
}

PdfValue dictionary_of(const std::string& text) {
    const MemoryAccess memory(as_bytes(text));
    return PdfCursor(memory, 0, text.size()).value();
}

/// Where a text stands last, in the section that was written last.
size_t last_place(const Bytes& pdf, std::string_view text) {
    const size_t at = as_text(pdf).rfind(text);
    REQUIRE(at != std::string_view::npos);
    return at;
}

void overwrite(Bytes& pdf, size_t at, std::string_view text) {
    REQUIRE(at + text.size() <= pdf.size());
    std::copy(text.begin(), text.end(), pdf.begin() + static_cast<ptrdiff_t>(at));
}

/// Signs the last section of a sealed file anew over the parts that it is told, by the supplier's
/// own key: only the form of the range is then wrong.
Bytes signed_anew(Bytes pdf, uint64_t before, uint64_t after, uint64_t end, uint64_t first = 0) {
    const size_t range = last_place(pdf, "/ByteRange [0 ");
    const size_t contents = last_place(pdf, "/Contents <") + 11;
    std::string text = std::to_string(first) + ' ' + std::to_string(before) + ' ' +
                       std::to_string(after) + ' ' + std::to_string(end - after) + ']';
    const size_t room = as_text(pdf).find(']', range) - (range + 12) + 1;
    text.insert(text.size() - 1, room - text.size(), ' ');
    overwrite(pdf, range + 12, text);
    crypto::Sm3 hash;
    hash.update(ByteView(pdf).subspan(first, before));
    hash.update(ByteView(pdf).subspan(after, end - after));
    const Bytes content = seal_signature_content(make_seal(), hash.finish(), sealing_time, "");
    const SealSignature signature =
        build_seal_signature(content, certificate("supplier_sign"), sign("supplier_sign", content));
    std::string hex = to_hex(signature.der());
    const size_t hex_room = as_text(pdf).find('>', contents) - contents;
    REQUIRE(hex.size() <= hex_room);
    hex.resize(hex_room, '0');
    overwrite(pdf, contents, hex);
    return pdf;
}

struct Range {
    uint64_t before, after, end;
};
Range range_of(const Bytes& pdf) {
    const uint64_t before = last_place(pdf, "/Contents <") + 10;
    return {before, as_text(pdf).find('>', before) + 1, pdf.size()};
}

const Bytes& sealed_pdf() {
    static const Bytes pdf = sealed(make_pdf(three_pages()), seal_plan());
    return pdf;
}

}  // namespace

TEST_CASE("a change of any signed byte is found") {
    const Bytes& good = sealed_pdf();
    const size_t at = as_text(good).find("(Page 2)") + 6;
    Bytes bad = good;
    bad[at] = '9';
    CHECK(judged(bad) == "document:seal_document_mismatch");
}

TEST_CASE("attack: a page is changed by a later version") {
    for (const PdfForm form : all_pdf_forms) {
        const Bytes pdf = sealed(make_pdf(three_pages(), form), seal_plan());
        const Bytes bad = updated(pdf, [](PdfUpdate& update, const PdfFile& file) {
            PdfValue page = file.page(1).dictionary;
            page.set("Contents",
                     PdfValue::make_reference(update.add_stream(
                         PdfValue::make_dictionary({}), to_bytes(as_bytes("0 0 9 9 re f")))));
            update.put(file.page(1).reference, page);
        });
        CHECK(judged(bad) == changed);
        const auto reports = reports_of(bad);
        CHECK(reports[0].changed_after);
        CHECK_FALSE(reports[0].covers_all);
        CHECK(reports[0].covers == pdf.size());
    }
}

TEST_CASE("attack: a stream's content is changed by a later version") {
    const Bytes bad = updated(sealed_pdf(), [](PdfUpdate& update, const PdfFile&) {
        update.put_stream({7, 0}, PdfValue::make_dictionary({}), to_bytes(as_bytes("BT ET")));
    });
    CHECK(judged(bad) == changed);
}

TEST_CASE("attack: shadow, replace: another object takes the place of a signed one") {
    // The signer saw object 6; the file that he signed already held a second body for it, which
    // only a later table brings to light.
    PdfObjects objects = three_pages();
    objects[20] = objects[6];
    const Bytes pdf = sealed(make_pdf(objects), seal_plan());
    const size_t hidden = as_text(pdf).find("20 0 obj");
    Bytes with_body = pdf;
    const size_t start = last_place(pdf, "startxref\n") + 10;
    const std::string previous(as_text(pdf).substr(start, as_text(pdf).find('\n', start) - start));
    char row[32];
    std::snprintf(row, sizeof row, "%010zu 00000 n\r\n", hidden);
    std::string section = "xref\n20 1\n" + std::string(row) +
                          "trailer\n<</Size 40 /Root 1 0 R /Prev " + previous + ">>\nstartxref\n" +
                          std::to_string(pdf.size()) + "\n%%EOF\n";
    append(with_body, as_bytes(section));
    // The same place for the same number is no change of what is shown: but it is no seal either.
    CHECK(judged(with_body) == "");

    Bytes bad = updated(pdf, [](PdfUpdate& update, const PdfFile& file) {
        PdfValue page = file.page(0).dictionary;
        page.set("Contents", reference_to(20));
        update.put(file.page(0).reference, page);
    });
    CHECK(judged(bad) == changed);
}

TEST_CASE("attack: shadow, hide: what covered the text is taken away") {
    PdfObjects objects = three_pages();
    objects[10] = "<</Type /Annot /Subtype /Square /Rect [60 700 300 760]>>";
    objects[3] = "<</Type /Page /Parent 2 0 R /Contents 6 0 R /Annots 11 0 R>>";
    objects[11] = "[10 0 R]";
    const Bytes pdf = sealed(make_pdf(objects), seal_plan());
    CHECK(judged(pdf) == "");
    const Bytes emptied = updated(pdf, [](PdfUpdate& update, const PdfFile&) {
        update.put({11, 0}, PdfValue::make_array({}));
    });
    CHECK(judged(emptied) == changed);
    const Bytes replaced = updated(pdf, [](PdfUpdate& update, const PdfFile&) {
        update.put({10, 0}, dictionary_of("<</Type /Annot /Subtype /Square /Rect [0 0 1 1]>>"));
    });
    CHECK(judged(replaced) == changed);
}

TEST_CASE("attack: a reference into nothing is filled later") {
    PdfObjects objects = three_pages();
    objects[3] = "<</Type /Page /Parent 2 0 R /Contents [6 0 R 90 0 R]>>";
    objects[4] = "<</Type /Page /Parent 2 0 R /Annots [91 0 R]>>";
    const Bytes pdf = sealed(make_pdf(objects), seal_plan());
    CHECK(judged(pdf) == "");
    const Bytes content = updated(pdf, [](PdfUpdate& update, const PdfFile&) {
        update.put_stream({90, 0}, PdfValue::make_dictionary({}), to_bytes(as_bytes("BT ET")));
    });
    CHECK(judged(content) == changed);
    const Bytes annotation = updated(pdf, [](PdfUpdate& update, const PdfFile&) {
        update.put({91, 0}, dictionary_of("<</Type /Annot /Subtype /Stamp /Rect [0 0 9 9]>>"));
    });
    CHECK(judged(annotation) == changed);
}

TEST_CASE("attack: an annotation is laid over the text afterwards") {
    const auto with_annotation = [](const std::string& text) {
        return updated(sealed_pdf(), [&](PdfUpdate& update, const PdfFile& file) {
            PdfValue page = file.page(1).dictionary;
            page.set("Annots", PdfValue::make_array(
                                   {PdfValue::make_reference(update.add(dictionary_of(text)))}));
            update.put(file.page(1).reference, page);
        });
    };
    CHECK(judged(with_annotation("<</Subtype /FreeText /Rect [0 0 99 99]>>")) == changed);
    // Not even in the name of the seal that is there.
    const std::string name = reports_of(sealed_pdf())[0].field;
    CHECK(judged(with_annotation("<</Subtype /Stamp /NM (" + name + ":1) /Rect [0 0 99 99]>>")) ==
          changed);
    // A field that nobody signed is no seal.
    CHECK(judged(with_annotation("<</Subtype /Widget /FT /Sig /T (x) /Rect [0 0 99 99]>>")) ==
          changed);
}

TEST_CASE("attack: a further seal brings stamps that are not its picture") {
    PdfSealPlan plan = seal_plan();
    plan.placements.push_back(plan.placements[0]);
    plan.placements.back().page = 1;
    const Bytes honest = sealed(sealed_pdf(), plan);
    CHECK(judged(honest, 0) == "");
    // The stamp's form draws something else: one letter of its content is changed.
    for (const auto& change : {std::pair{"/Seal Do Q", "/Seal Do f"},
                               {"cm /Seal Do", "re /Seal Do"},
                               {"/Subtype /Stamp", "/Subtype /Xtamp"}}) {
        Bytes bad = honest;
        overwrite(bad, last_place(bad, change.first), change.second);
        CHECK_MESSAGE(judged(bad, 0) == changed, change.first);
    }
}

TEST_CASE("attack: a filled-in field is changed") {
    PdfObjects objects = three_pages();
    objects[10] = "<</FT /Tx /T (Price) /V (100) /Type /Annot /Subtype /Widget /Rect [0 0 9 9]>>";
    objects[1] = "<</Type /Catalog /Pages 2 0 R /AcroForm <</Fields [10 0 R]>>>>";
    const Bytes pdf = sealed(make_pdf(objects), seal_plan());
    CHECK(judged(pdf) == "");
    const Bytes bad = updated(pdf, [](PdfUpdate& update, const PdfFile& file) {
        PdfValue field = file.object({10, 0}).value;
        field.set("V", PdfValue::make_text("900"));
        update.put({10, 0}, field);
    });
    CHECK(judged(bad) == changed);
    const Bytes gone = updated(pdf, [](PdfUpdate& update, const PdfFile& file) {
        PdfValue catalog = file.catalog();
        PdfValue form = catalog["AcroForm"];
        form.set("Fields", PdfValue::make_array({form["Fields"].items[1]}));
        catalog.set("AcroForm", form);
        update.put({1, 0}, catalog);
    });
    CHECK(judged(gone) == changed);
}

TEST_CASE("attack: the catalogue gets actions, or is another one") {
    const Bytes action = updated(sealed_pdf(), [](PdfUpdate& update, const PdfFile& file) {
        PdfValue catalog = file.catalog();
        catalog.set("OpenAction", dictionary_of("<</S /JavaScript /JS (x)>>"));
        update.put({1, 0}, catalog);
    });
    CHECK(judged(action) == changed);
    const Bytes proofs = updated(sealed_pdf(), [](PdfUpdate& update, const PdfFile& file) {
        PdfValue catalog = file.catalog();
        catalog.set("DSS", dictionary_of("<</Certs []>>"));
        update.put({1, 0}, catalog);
    });
    CHECK(judged(proofs) == "");
    Bytes other = updated(sealed_pdf(), [](PdfUpdate& update, const PdfFile& file) {
        update.put({60, 0}, file.catalog());
    });
    overwrite(other, last_place(other, "/Root 1 0 R"), "/Root 60 0 ");
    overwrite(other, last_place(other, "/Root 60 0 ") + 11, "R");
    CHECK(judged(other) == changed);
}

TEST_CASE("attack: a later hybrid section shows old readers something else") {
    CHECK(judged(updated(sealed_pdf(), [](PdfUpdate&, const PdfFile&) {})) == "");
    // A second table, for new readers only; it says nothing of what is in use.
    Bytes bad = updated(sealed_pdf(), [](PdfUpdate& update, const PdfFile&) {
        update.put_stream(
            {71, 0}, dictionary_of("<</Type /XRef /W [1 4 2] /Index [80 1] /Size 100>>"), Bytes(7));
    });
    CHECK(judged(bad) == "");
    std::string entry = "/XRefStm " + std::to_string(last_place(bad, "71 0 obj"));
    const size_t id = last_place(bad, "/ID [");
    entry.resize(as_text(bad).find("]\n", id) + 1 - id, ' ');
    overwrite(bad, id, entry);
    CHECK(judged(bad) == changed);
}

TEST_CASE("attack: bytes behind the last version") {
    Bytes bad = sealed_pdf();
    append(bad, as_bytes("\n%junk that some reader takes for something\n"));
    CHECK(judged(bad) == changed);
    Bytes space = sealed_pdf();
    append(space, as_bytes("\r\n\r\n"));
    CHECK(judged(space) == "");
}

TEST_CASE("attack: a range that leaves out more than the signature") {
    const Bytes& good = sealed_pdf();
    const Range r = range_of(good);
    CHECK(judged(signed_anew(good, r.before, r.after, r.end)) == "");
    // The last end of line may be left out: many makers do.
    CHECK(judged(signed_anew(good, r.before, r.after, r.end - 1)) == "");
    // All of these are signed by the supplier's own key: the digest fits.
    CHECK(judged(signed_anew(good, r.before - 10, r.after, r.end)) == bad_range);
    CHECK(judged(signed_anew(good, r.before, r.after + 4, r.end)) == bad_range);
    CHECK(judged(signed_anew(good, r.before, r.after, r.end - 2)) == bad_range);
    CHECK(judged(signed_anew(good, r.before, r.after, r.end - 40)) == bad_range);
    CHECK(judged(signed_anew(good, r.before - 5, r.after, r.end, 5)) == bad_range);
}

TEST_CASE("attack: a seal is cut from one document and pasted into another") {
    PdfObjects objects = three_pages();
    const Bytes victim = sealed(make_pdf(objects), seal_plan());
    objects[6].replace(objects[6].find("Page 1"), 6, "Fake 1");
    Bytes forged = sealed(make_pdf(objects), seal_plan());
    REQUIRE(forged.size() == victim.size());
    const Range r = range_of(victim);
    std::copy(victim.begin() + static_cast<ptrdiff_t>(r.before),
              victim.begin() + static_cast<ptrdiff_t>(r.after),
              forged.begin() + static_cast<ptrdiff_t>(r.before));
    CHECK(judged(forged) == "document:seal_document_mismatch");
}

TEST_CASE("attack: the signature is wrapped into a version of its own") {
    // A later version gives the field a new signature object with the old range and contents.
    const Bytes& good = sealed_pdf();
    const Bytes bad = updated(good, [](PdfUpdate& update, const PdfFile& file) {
        const PdfValue form = file.catalog()["AcroForm"];
        const PdfReference field = form["Fields"].items[0].reference;
        PdfValue widget = file.object(field).value;
        const PdfValue signature = file.resolve(widget["V"]);
        widget.set("V", PdfValue::make_reference(update.add(signature)));
        update.put(field, widget);
        PdfValue page = file.page(1).dictionary;
        page.set("Rotate", PdfValue::make_integer(180));
        update.put(file.page(1).reference, page);
    });
    CHECK(judged(bad) == bad_range);
}

TEST_CASE("attack: a signature that is no object of its own, or lies in a stream") {
    PdfObjects objects = three_pages();
    objects[1] = "<</Type /Catalog /Pages 2 0 R /AcroForm <</Fields [11 0 R]>>>>";
    objects[11] = "<</FT /Sig /T (a) /V <</Type /Sig /ByteRange [0 1 2 3] /Contents <30>>>>>";
    CHECK(judged(make_pdf(objects)) == bad_range);
    objects[11] = "<</FT /Sig /T (a) /V 12 0 R>>";
    objects[12] = "<</Type /Sig /ByteRange [0 1 2 3] /Contents <30>>>";
    CHECK(judged(make_pdf(objects, PdfForm::stream)) == bad_range);
    for (const char* range : {"[0 1 2]", "[0 1 2 -3]", "(x)", "[0 1 2 99999999]", "[0 1.5 2 3]"}) {
        objects[12] = std::string("<</Type /Sig /ByteRange ") + range + " /Contents <30>>>";
        CHECK_MESSAGE(judged(make_pdf(objects)) == bad_range, range);
    }
    objects[12] = "<</Type /Sig /Contents <30>>>";
    CHECK(judged(make_pdf(objects)) == bad_range);
}

TEST_CASE("attack: something hides in the room behind the signature") {
    Bytes bad = sealed_pdf();
    const Range r = range_of(bad);
    bad[r.after - 2] = '1';
    CHECK(judged(bad) == bad_range);
}

TEST_CASE("attack: signed data with a content of its own") {
    // A detached signature over something else, which it brings along.
    PdfSealPlan plan = seal_plan();
    plan.seal.reset();
    plan.picture = SealPicture{"PNG", small_png(), 40, 40};
    Bytes pdf = sealed(make_pdf(three_pages()), plan);
    CHECK(judged(pdf) == "");
    const Range r = range_of(pdf);
    const Bytes content = to_bytes(as_bytes("harmless"));
    crypto::SignedDataParts parts;
    parts.signer = certificate("supplier_sign");
    parts.content = content;
    parts.signature = sign("supplier_sign", content);
    std::string hex = to_hex(crypto::build_signed_data(parts));
    REQUIRE(hex.size() <= r.after - r.before - 2);
    hex.resize(r.after - r.before - 2, '0');
    overwrite(pdf, r.before + 1, hex);
    CHECK(judged(pdf) == "document:seal_document_mismatch");
}

TEST_CASE("attack: a seal is shown with another company's picture") {
    // The sealer's own key signs a file in which the image is another one of the same size.
    Image other = read_png(small_png());
    for (size_t i = 0; i < other.rgba.size(); i += 4)
        std::swap(other.rgba[i], other.rgba[i + 2]);
    const SealPicture blue{"PNG", write_png(other), 40, 40};
    PdfSealPlan plan = seal_plan();
    plan.seal = make_seal([&](SealInfo& info) {
        info.picture = blue;
        info.vendor += " with room for the other seal";
    });
    const Bytes pdf = sealed(make_pdf(three_pages()), plan);
    CHECK(judged(pdf) == "");
    CHECK(reports_of(pdf)[0].pictures_compared);
    // signed_anew() puts the red seal's data beside the blue picture.
    const Range r = range_of(pdf);
    CHECK(judged(signed_anew(pdf, r.before, r.after, r.end)) == "document:seal_appearance");
}

TEST_CASE("attack: the key that signed is revoked, expired or unknown") {
    const auto with_trust = [](const std::function<void(SealTrust&)>& change) {
        SealTrust trust = wide_trust();
        change(trust);
        const MemoryAccess memory(sealed_pdf());
        SealVerdict verdict;
        verdict.findings = verify_pdf(memory, trust, verifying_time).at(0).findings;
        return findings(verdict);
    };
    CHECK(with_trust([](SealTrust&) {}) == "");
    CHECK(with_trust([](SealTrust& t) { t.signers.roots.clear(); }) ==
          "signer:certificate_untrusted");
    CHECK(with_trust([](SealTrust& t) { t.issuers.roots.clear(); }) ==
          "issuer:certificate_untrusted");
    const MemoryAccess memory(sealed_pdf());
    const auto early = verify_pdf(memory, wide_trust(), parse_time("2026-12-01T07:00:00Z"));
    CHECK(early.at(0).has(ErrorCode::seal_time_invalid));
}

TEST_CASE("a field that was prepared for a signature may be signed later") {
    PdfObjects objects = three_pages();
    objects[1] = "<</Type /Catalog /Pages 2 0 R /AcroForm <</Fields [10 0 R]>>>>";
    objects[10] = "<</FT /Sig /T (Prepared) /Type /Annot /Subtype /Widget /Rect [0 0 99 99]>>";
    const Bytes first = sealed(make_pdf(objects), seal_plan());
    CHECK(reports_of(first).size() == 1);
    const auto fill = [&](const std::string& extra) {
        return updated(first, [&](PdfUpdate& update, const PdfFile& file) {
            PdfValue field = file.object({10, 0}).value;
            field.set("V", PdfValue::make_reference(update.add(dictionary_of(
                               "<</Type /Sig /ByteRange [0 1 2 3] /Contents <30>>>"))));
            if (!extra.empty())
                field.set(extra, PdfValue::make_array({PdfValue::make_integer(0)}));
            update.put({10, 0}, field);
        });
    };
    // Whatever that signature is worth, the other one is not touched by it.
    CHECK(judged(fill(""), 1) == "");
    CHECK(judged(fill(""), 0) == bad_range);
    CHECK(judged(fill("Rect"), 1) == changed);
}
