// The structure of a PDF: every form of it read, everything ambiguous refused.
#include <cmath>

#include <doctest/doctest.h>

#include "bidseal/base/error.h"

#include "pdf_test_support.h"
#include "support/error_of.h"

using namespace bidseal;
using namespace bidseal::seal;
using namespace bidseal::seal::test;
using bidseal::test::error_name_of;

namespace {

PdfValue parse(std::string_view text) {
    const MemoryAccess memory(as_bytes(text));
    PdfCursor at(memory, 0, text.size(), 3);
    PdfValue value = at.value();
    at.skip_space();
    CHECK(at.peek() == -1);
    return value;
}

std::string rewritten(std::string_view text) {
    std::string out;
    write_value(out, parse(text));
    return out;
}

std::string refusal(const Bytes& pdf) {
    return error_name_of([&] {
        const MemoryAccess memory(pdf);
        const PdfFile file(memory);
        file.page(0);
    });
}

Bytes replaced(Bytes pdf, std::string_view from, std::string_view to) {
    REQUIRE(from.size() == to.size());
    const size_t at = as_text(pdf).find(from);
    REQUIRE(at != std::string_view::npos);
    std::copy(to.begin(), to.end(), pdf.begin() + static_cast<ptrdiff_t>(at));
    return pdf;
}

}  // namespace

TEST_CASE("values are read and written") {
    CHECK(rewritten("null") == "null");
    CHECK(rewritten(" true % a comment\n") == "true");
    CHECK(rewritten("+17") == "17");
    CHECK(rewritten("-3.50") == "-3.50");
    CHECK(rewritten(".5") == ".5");
    CHECK(rewritten("/A#42c") == "/ABc");
    CHECK(rewritten("/#e4#bd#a0") == "/#E4#BD#A0");
    CHECK(parse("(a(b)c\\)\\\\\\101\\r)").text == "a(b)c)\\A\r");
    CHECK(rewritten("(a\\)b)") == "<612962>");
    CHECK(parse("(one\\\ntwo\r\nthree)").text == "onetwo\nthree");
    CHECK(parse("<48 65 6c 6C 6>").text == "Hell`");
    CHECK(rewritten("[1 0 R 2 3 0 R]") == "[1 0 R 2 3 0 R]");
    CHECK(rewritten("<</A 1/B[/C]>>") == "<</A 1\n/B [/C]\n>>");
    CHECK(parse("<</A 1>>")["A"].integer == 1);
    CHECK(parse("<</A 1>>")["B"].is_null());
    CHECK(*parse("-12.25").number() == -12.25);
    CHECK(parse("<</A 1 /B (x)>>").same_as(parse("<</B <78> /A 1>>")));
    CHECK_FALSE(parse("[1 2]").same_as(parse("[1 2 3]")));
    CHECK(pdf_text(PdfValue::make_text("公章")) == "公章");
    CHECK(pdf_text(PdfValue::make_text("Seal1")) == "Seal1");
}

TEST_CASE("what is no value is refused") {
    for (const char* text :
         {"", "tru", "truex", "--1", "1.2.3", "1e5", "(open", "<6g>", "[1", "<</A>>", "<</A 1",
          "<</A 1 /A 2>>", "/#4", "/#00", "1234567890123456789", "<</A 1>", "{}"})
        CHECK_MESSAGE(error_name_of([&] { parse(text); }) == "pdf_damaged", text);
    std::string deep(100, '[');
    CHECK(error_name_of([&] { parse(deep); }) == "pdf_damaged");
}

TEST_CASE("all forms of a file show the same pages") {
    for (const PdfForm form : all_pdf_forms) {
        const Bytes pdf = make_pdf(three_pages(), form);
        const MemoryAccess memory(pdf);
        const PdfFile file(memory);
        CHECK(file.pages().size() == 3);
        CHECK(file.end_of_marker() == pdf.size());
        CHECK(file.sections().front().is_stream == (form == PdfForm::stream));
        const PdfPage page = file.page(2);
        CHECK(page.reference.number == 5);
        CHECK(page.rotate == 0);
        CHECK(std::abs(page.width_mm() - 210) < 0.001);
        CHECK(std::abs(page.height_mm() - 297) < 0.001);
        const PdfObject content = file.object(page.dictionary["Contents"].reference);
        CHECK(as_text(file.stream(content, 1000)) == "BT /F1 24 Tf 72 720 Td (Page 3) Tj ET");
        CHECK(error_name_of([&] { file.page(3); }) == "pdf_place");
    }
}

TEST_CASE("a page's size follows crop box, rotation and unit") {
    PdfObjects objects = three_pages();
    objects[3] = "<</Type /Page /Parent 2 0 R /CropBox [100 200 300 900] /Rotate -90 /UserUnit 2>>";
    objects[4] = "<</Type /Page /Parent 2 0 R /CropBox [1000 1000 2000 2000]>>";
    objects[5] = "<</Type /Page /Parent 2 0 R /MediaBox [300 400 100 200] /Rotate 450>>";
    const Bytes pdf = make_pdf(objects);
    const MemoryAccess memory(pdf);
    const PdfFile file(memory);
    const PdfPage first = file.page(0);
    CHECK(first.rotate == 270);
    CHECK(first.crop.left == 100);
    CHECK(std::abs(first.crop.top - 841.8898) < 1e-9);
    CHECK(std::abs(first.height_mm() - 200 * 2 * 25.4 / 72) < 1e-9);
    // A crop box off the paper shows nothing; readers then show the paper.
    CHECK(std::abs(file.page(1).width_mm() - 210) < 0.001);
    CHECK(file.page(2).rotate == 90);
    CHECK(file.page(2).crop.left == 100);
    CHECK(file.page(2).crop.top == 400);
}

TEST_CASE("damaged and ambiguous files are refused") {
    const Bytes good = make_pdf(three_pages());
    CHECK(refusal(good) == "");
    CHECK(refusal({}) == "pdf_damaged");
    CHECK(refusal(replaced(good, "%PDF-", "%PDX-")) == "pdf_damaged");
    CHECK(refusal(replaced(good, "%%EOF", "%%EOX")) == "pdf_damaged");
    CHECK(refusal(replaced(good, "startxref", "startxxxx")) == "pdf_damaged");
    CHECK(refusal(replaced(good, "3 0 obj", "4 0 obj")) == "pdf_damaged");
    CHECK(refusal(replaced(good, "/Root", "/Boot")) == "pdf_damaged");
    CHECK(refusal(replaced(good, "/Size", "/Sice")) == "pdf_damaged");
    CHECK(refusal(Bytes(good.begin(), good.end() - 40)) == "pdf_damaged");
    // Junk in front moves every place: readers disagree about what the numbers then mean.
    Bytes moved = to_bytes(as_bytes("junk\n"));
    append(moved, good);
    CHECK(refusal(moved) == "pdf_damaged");

    PdfObjects round = three_pages();
    round[2] = "<</Type /Pages /Kids [3 0 R 2 0 R] /Count 2 /MediaBox [0 0 10 10]>>";
    CHECK(refusal(make_pdf(round)) == "pdf_damaged");
    PdfObjects twice = three_pages();
    twice[2] = "<</Type /Pages /Kids [3 0 R 3 0 R] /Count 2 /MediaBox [0 0 10 10]>>";
    CHECK(refusal(make_pdf(twice)) == "pdf_damaged");
    PdfObjects empty = three_pages();
    empty[2] = "<</Type /Pages /Kids [] /Count 0>>";
    CHECK(refusal(make_pdf(empty)) == "pdf_damaged");
    PdfObjects sizeless = three_pages();
    sizeless[2] = "<</Type /Pages /Kids [3 0 R] /Count 1>>";
    CHECK(refusal(make_pdf(sizeless)) == "pdf_damaged");
    const uint64_t at = as_text(good).find("xref\n0 ");
    CHECK(refusal(make_pdf(three_pages(), PdfForm::table, "/Prev " + std::to_string(at))) ==
          "pdf_damaged");
}

TEST_CASE("encrypted files are refused") {
    for (const PdfForm form : all_pdf_forms)
        CHECK(refusal(make_pdf(three_pages(), form, "/Encrypt <</Filter /Standard>>")) ==
              "pdf_encrypted");
}

TEST_CASE("every cut and every changed byte of a file ends in an answer") {
    const Bytes good = make_pdf(three_pages(), PdfForm::hybrid);
    for (size_t i = 0; i < good.size(); i += 3) {
        refusal(Bytes(good.begin(), good.begin() + static_cast<ptrdiff_t>(i)));
        Bytes bad = good;
        bad[i] ^= 0x11;
        const std::string name = refusal(bad);
        const bool expected = name.empty() || name == "pdf_damaged" || name == "pdf_encrypted";
        CHECK_MESSAGE(expected, name);
    }
}
