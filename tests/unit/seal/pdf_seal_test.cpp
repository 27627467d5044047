// Sealing PDFs: every form of file, every container, every way a page can lie.
#include <algorithm>
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

PdfSealPlan plain_plan(const std::string& signer) {
    PdfSealPlan plan = seal_plan();
    plan.seal.reset();
    plan.signer = vector_certificate(signer);
    plan.picture = SealPicture{"PNG", small_png(), 40, 40};
    return plan;
}

std::string sealing_refused(const Bytes& pdf, const PdfSealPlan& plan) {
    return error_name_of([&] { sealed(pdf, plan); });
}

void check_place(const PlacedPicture& picture, size_t page, double left, double top, double width,
                 double height) {
    CHECK(picture.page == page);
    CHECK(std::abs(picture.left_mm - left) < 0.001);
    CHECK(std::abs(picture.top_mm - top) < 0.001);
    CHECK(std::abs(picture.width_mm - width) < 0.001);
    CHECK(std::abs(picture.height_mm - height) < 0.001);
}

/// Counts what is read, and refuses nothing.
class CountingAccess : public RandomAccess {
public:
    CountingAccess(Bytes head, uint64_t gap, Bytes tail)
        : m_head(std::move(head)), m_gap(gap), m_tail(std::move(tail)) {}
    uint64_t size() const override { return m_head.size() + m_gap + m_tail.size(); }
    void read(uint64_t offset, std::span<uint8_t> out) const override {
        largest = std::max(largest, out.size());
        for (uint8_t& b : out) {
            if (offset < m_head.size())
                b = m_head[offset];
            else if (offset < m_head.size() + m_gap)
                b = ' ';
            else
                b = m_tail[offset - m_head.size() - m_gap];
            offset++;
        }
    }
    mutable size_t largest = 0;

private:
    Bytes m_head;
    uint64_t m_gap;
    Bytes m_tail;
};

}  // namespace

TEST_CASE("a PDF of every form is sealed, and its bytes stay") {
    for (const PdfForm form : all_pdf_forms) {
        const Bytes pdf = make_pdf(three_pages(), form);
        const Bytes out = sealed(pdf, seal_plan(1));
        REQUIRE(out.size() > pdf.size());
        CHECK(std::equal(pdf.begin(), pdf.end(), out.begin()));
        const auto reports = reports_of(out);
        REQUIRE(reports.size() == 1);
        const PdfSealReport& report = reports[0];
        CHECK(judged(out) == "");
        CHECK(report.container == PdfContainer::gbt_38540);
        CHECK(report.sub_filter == "GM.sm2seal");
        CHECK(report.covers == out.size());
        CHECK(report.covers_all);
        CHECK_FALSE(report.changed_after);
        CHECK(report.revocation_checked);
        REQUIRE(report.signer.has_value());
        CHECK(report.signer->holder_name() == "上海示例建设有限公司");
        REQUIRE(report.signed_at.has_value());
        CHECK(*report.signed_at == sealing_time);
        REQUIRE(report.seal.has_value());
        CHECK(report.seal->seal().info().name == "上海示例建设有限公司公章");
        REQUIRE(report.pictures.size() == 1);
        check_place(report.pictures[0], 1, 100, 200, 40, 40);
    }
}

TEST_CASE("any number of seals from any number of people stay valid") {
    for (const PdfForm form : all_pdf_forms) {
        Bytes pdf = make_pdf(three_pages(), form);
        pdf = sealed(pdf, seal_plan(0));
        PdfSealPlan with_rsa = plain_plan("rsa");
        with_rsa.placements[0].top_mm = 100;
        pdf = sealed(pdf, with_rsa, "vectors/certificates/rsa");
        PdfSealPlan invisible = plain_plan("p256");
        invisible.placements.clear();
        pdf = sealed(pdf, invisible, "vectors/certificates/p256");
        PdfSealPlan sm2 = seal_plan(2);
        sm2.seal.reset();
        sm2.picture = SealPicture{"PNG", small_png(), 40, 40};
        pdf = sealed(pdf, sm2);
        pdf = sealed(pdf, seal_plan(0));
        const auto reports = reports_of(pdf);
        REQUIRE(reports.size() == 5);
        const PdfContainer expected[] = {PdfContainer::gbt_38540, PdfContainer::cms,
                                         PdfContainer::cms, PdfContainer::gbt_35275,
                                         PdfContainer::gbt_38540};
        for (size_t i = 0; i < 5; i++) {
            CHECK(judged(pdf, i) == "");
            CHECK(reports[i].container == expected[i]);
            CHECK(reports[i].covers_all == (i == 4));
            CHECK_FALSE(reports[i].changed_after);
            CHECK(reports[i].pictures.size() == (i == 2 ? 0 : 1));
        }
        CHECK(reports[0].covers < reports[1].covers);
    }
}

TEST_CASE("a seal lies where it was put on turned and cropped pages") {
    for (const int turn : {0, 90, 180, 270}) {
        PdfObjects objects = three_pages();
        objects[3] =
            "<</Type /Page /Parent 2 0 R /MediaBox [-50 -100 700 900] /CropBox [10 20 610 720]"
            " /UserUnit 1.5 /Rotate " +
            std::to_string(turn) + ">>";
        PdfSealPlan plan = seal_plan();
        plan.placements[0].left_mm = 12.5;
        plan.placements[0].top_mm = 33;
        plan.placements[0].width_mm = 40;
        plan.placements[0].height_mm = 20;
        const Bytes out = sealed(make_pdf(objects), plan);
        CHECK(judged(out) == "");
        check_place(reports_of(out)[0].pictures.at(0), 0, 12.5, 33, 40, 20);

        // The annotation's box in user space, worked out by hand: 1 mm is 72/25.4/1.5 units.
        const double mm = 72 / 25.4 / 1.5;
        const double left[] = {10 + 12.5 * mm, 10 + 33 * mm, 610 - 52.5 * mm, 610 - 53 * mm};
        const double bottom[] = {720 - 53 * mm, 20 + 12.5 * mm, 20 + 33 * mm, 720 - 52.5 * mm};
        const MemoryAccess memory(out);
        const PdfFile file(memory);
        const PdfValue annotations = file.page(0).dictionary["Annots"];
        const PdfValue widget = file.resolve(annotations.items.at(0));
        const auto index = static_cast<size_t>(turn / 90);
        CHECK(std::abs(*widget["Rect"].items[0].number() - left[index]) < 0.001);
        CHECK(std::abs(*widget["Rect"].items[1].number() - bottom[index]) < 0.001);
        const PdfValue form = file.resolve(file.resolve(widget["AP"])["N"]);
        CHECK(form["Matrix"].items[0].integer == (turn == 0 ? 1 : turn == 180 ? -1 : 0));
        CHECK(form["Matrix"].items[1].integer == (turn == 90 ? 1 : turn == 270 ? -1 : 0));
    }
}

TEST_CASE("existing annotations, fields and forms stay") {
    for (const bool apart : {false, true}) {
        PdfObjects objects = three_pages();
        objects[10] = "<</Type /Annot /Subtype /Link /Rect [0 0 10 10]>>";
        objects[11] = "<</FT /Tx /T (Name) /V (x) /Type /Annot /Subtype /Widget /Rect [0 0 9 9]>>";
        objects[12] = "[10 0 R 11 0 R]";
        objects[13] = "[11 0 R]";
        objects[14] = "<</Fields 13 0 R /DA (/Helv 0 Tf)>>";
        objects[1] = apart ? "<</Type /Catalog /Pages 2 0 R /AcroForm 14 0 R>>"
                           : "<</Type /Catalog /Pages 2 0 R /AcroForm <</Fields [11 0 R]>>>>";
        objects[3] = std::string("<</Type /Page /Parent 2 0 R /Annots ") +
                     (apart ? "12 0 R" : "[10 0 R 11 0 R]") + ">>";
        const Bytes once = sealed(make_pdf(objects), seal_plan());
        const Bytes twice = sealed(once, seal_plan());
        CHECK(judged(twice, 0) == "");
        CHECK(judged(twice, 1) == "");
        const MemoryAccess memory(twice);
        const PdfFile file(memory);
        const PdfValue list = file.resolve(file.page(0).dictionary["Annots"]);
        REQUIRE(list.items.size() == 4);
        CHECK(list.items[0].reference.number == 10);
        CHECK(list.items[1].reference.number == 11);
        const PdfValue form = file.resolve(file.catalog()["AcroForm"]);
        CHECK(file.resolve(form["Fields"]).items.size() == 3);
        CHECK(form["SigFlags"].integer == 3);
        CHECK(form["DA"].is_null() == !apart);
    }
}

TEST_CASE("one signature puts its seal on many pages") {
    PdfSealPlan plan = seal_plan();
    for (size_t page : {size_t{1}, size_t{2}}) {
        plan.placements.push_back(plan.placements[0]);
        plan.placements.back().page = page;
    }
    const Bytes out = sealed(make_pdf(three_pages(), PdfForm::stream), plan);
    CHECK(judged(out) == "");
    const auto reports = reports_of(out);
    REQUIRE(reports.size() == 1);
    REQUIRE(reports[0].pictures.size() == 3);
    for (size_t i = 0; i < 3; i++)
        check_place(reports[0].pictures[i], i, 100, 200, 40, 40);
    // The picture is there once, and the next seal does not disturb the stamps of the first.
    const Bytes again = sealed(out, plan);
    CHECK(judged(again, 0) == "");
    CHECK(judged(again, 1) == "");
    CHECK(again.size() - out.size() < out.size() * 2);
}

TEST_CASE("a cross-page seal is cut evenly over the edges") {
    const Bytes pdf = make_pdf(three_pages());
    const MemoryAccess memory(pdf);
    const PdfFile file(memory);
    PdfSealPlan plan = seal_plan();
    plan.placements = cross_page_placements(file, 0, 3, 40, 40, 148.5);
    const Bytes out = sealed(pdf, plan);
    CHECK(judged(out) == "");
    const auto reports = reports_of(out);
    REQUIRE(reports[0].pictures.size() == 3);
    for (size_t i = 0; i < 3; i++)
        check_place(reports[0].pictures[i], i, 210 - 40.0 / 3, 128.5, 40.0 / 3, 40);
    CHECK(plan.placements[0].slice_begin == 0);
    CHECK(plan.placements[2].slice_end == 1);
    CHECK(error_name_of([&] { cross_page_placements(file, 0, 1, 40, 40, 148); }) == "pdf_place");
    CHECK(error_name_of([&] { cross_page_placements(file, 2, 2, 40, 40, 148); }) == "pdf_place");
    CHECK(error_name_of([&] { cross_page_placements(file, 0, 3, 40, 40, 10); }) == "pdf_place");
}

TEST_CASE("five hundred pages get as many even cross-page seals as they need") {
    PdfObjects objects;
    objects[1] = "<</Type /Catalog /Pages 2 0 R>>";
    std::string kids;
    for (uint32_t i = 0; i < 500; i++) {
        objects[3 + i] = "<</Type /Page /Parent 2 0 R>>";
        kids += std::to_string(3 + i) + " 0 R ";
    }
    objects[2] = "<</Type /Pages /Count 500 /MediaBox [0 0 595 842] /Kids [" + kids + "]>>";
    const Bytes pdf = make_pdf(objects, PdfForm::stream);
    const MemoryAccess memory(pdf);
    const PdfFile file(memory);
    const auto slices = [&](size_t count, size_t each) {
        std::vector<size_t> sizes;
        for (const SealPlacement& p : cross_page_placements(file, 0, count, 40, 40, 148, each)) {
            if (p.slice_begin == 0)
                sizes.push_back(0);
            sizes.back()++;
        }
        return sizes;
    };
    CHECK(slices(500, 20) == std::vector<size_t>(25, 20));
    CHECK(slices(21, 20) == std::vector<size_t>{10, 11});
    CHECK(slices(2, 20) == std::vector<size_t>{2});
    CHECK(slices(3, 2) == std::vector<size_t>{3});
    PdfSealPlan plan = seal_plan();
    plan.placements = cross_page_placements(file, 0, 500, 40, 40, 148);
    const Bytes out = sealed(pdf, plan);
    CHECK(judged(out) == "");
    CHECK(reports_of(out)[0].pictures.size() == 500);
}

TEST_CASE("a place that is not on a page is refused") {
    const Bytes pdf = make_pdf(three_pages());
    const auto with = [&](const std::function<void(SealPlacement&)>& change) {
        PdfSealPlan plan = seal_plan();
        change(plan.placements[0]);
        return sealing_refused(pdf, plan);
    };
    CHECK(with([](SealPlacement&) {}) == "");
    CHECK(with([](SealPlacement& p) { p.page = 3; }) == "pdf_place");
    CHECK(with([](SealPlacement& p) { p.left_mm = 171; }) == "pdf_place");
    CHECK(with([](SealPlacement& p) { p.left_mm = -1; }) == "pdf_place");
    CHECK(with([](SealPlacement& p) { p.top_mm = 258; }) == "pdf_place");
    CHECK(with([](SealPlacement& p) { p.width_mm = 0; }) == "pdf_place");
    CHECK(with([](SealPlacement& p) { p.width_mm = std::nan(""); }) == "pdf_place");
    CHECK(with([](SealPlacement& p) { p.slice_begin = 1; }) == "pdf_place");
}

TEST_CASE("what must not be sealed is refused") {
    const Bytes pdf = make_pdf(three_pages());
    PdfSealPlan plan = seal_plan();
    plan.time = parse_time("2028-11-22T00:00:01Z");
    CHECK(sealing_refused(pdf, plan) == "seal_expired");
    plan.time = parse_time("2026-11-22T00:00:00Z");
    CHECK(sealing_refused(pdf, plan) == "seal_not_yet_valid");
    plan = seal_plan();
    plan.signer = certificate("rival_sign");
    CHECK(sealing_refused(pdf, plan) == "seal_signer_not_listed");
    plan = seal_plan();
    CHECK(error_name_of([&] { sealed(pdf, plan, "vectors/bid/keys/rival_sign"); }) ==
          "signature_invalid");
    CHECK(error_name_of([&] { sealed(pdf, plain_plan("rsa"), "vectors/bid/keys/supplier_rsa"); }) ==
          "signature_invalid");
}

TEST_CASE("a document certified against changes is not sealed") {
    for (const int p : {1, 2, 3}) {
        PdfObjects objects = three_pages();
        objects[10] = "<</Type /Sig /Reference [<</TransformMethod /DocMDP /TransformParams <</P " +
                      std::to_string(p) + ">>>>]>>";
        objects[1] = "<</Type /Catalog /Pages 2 0 R /Perms <</DocMDP 10 0 R>>>>";
        CHECK(sealing_refused(make_pdf(objects), seal_plan()) == (p == 1 ? "pdf_certified" : ""));
        // The same by the field alone.
        objects[1] = "<</Type /Catalog /Pages 2 0 R /AcroForm <</Fields [11 0 R]>>>>";
        objects[11] = "<</FT /Sig /T (a) /V 10 0 R>>";
        CHECK(sealing_refused(make_pdf(objects), seal_plan()) == (p == 1 ? "pdf_certified" : ""));
        objects[10] = "<</Type /Sig>>";
        objects[11] = "<</FT /Sig /T (a) /V 10 0 R /Lock <</P " + std::to_string(p) + ">>>>";
        CHECK(sealing_refused(make_pdf(objects), seal_plan()) == (p == 1 ? "pdf_certified" : ""));
    }
}

TEST_CASE("the picture is shown with its transparency") {
    const Bytes out = sealed(make_pdf(three_pages()), seal_plan());
    const MemoryAccess memory(out);
    const PdfFile file(memory);
    const PdfValue widget = file.resolve(file.page(0).dictionary["Annots"].items.at(0));
    const PdfValue form = file.resolve(file.resolve(widget["AP"])["N"]);
    const PdfObject image = file.object(form["Resources"]["XObject"]["Seal"].reference);
    CHECK(image.value["Width"].integer == 40);
    CHECK(image.value["Height"].integer == 40);
    const Bytes colours = file.stream(image, 1 << 20);
    const Bytes mask = file.stream(file.object(image.value["SMask"].reference), 1 << 20);
    REQUIRE(colours.size() == 4800);
    REQUIRE(mask.size() == 1600);
    CHECK(mask[0] == 0);
    const size_t ring = 20 * 40 + 2;
    CHECK(mask[ring] == 255);
    CHECK(colours[3 * ring] == 220);
}

TEST_CASE("a large document is read in pieces") {
    // 3 MB of space between two objects: what counts is how it is read.
    const Bytes pdf = make_pdf(three_pages());
    const std::string_view text = as_text(pdf);
    const size_t cut = text.find("xref\n");
    const uint64_t gap = 3000000;
    const size_t start = text.find("startxref\n") + 10;
    std::string tail(text.substr(cut, start - cut));
    tail += std::to_string(cut + gap) + "\n%%EOF\n";
    const CountingAccess access(to_bytes(as_bytes(text.substr(0, cut))), gap,
                                to_bytes(as_bytes(tail)));
    const PdfFile file(access);
    PdfSealing sealing(file, seal_plan());
    const Bytes section = sealing.finish(sign("supplier_sign", sealing.to_be_signed()));
    CHECK(section.size() < 16384);
    CHECK(access.largest <= 1 << 20);
}

TEST_CASE("the fuzzer's first PDFs are of every form, plain and sealed") {
    const char* names[] = {"table", "stream", "hybrid"};
    for (size_t i = 0; i < 3; i++) {
        const Bytes plain = make_pdf(three_pages(), all_pdf_forms[i]);
        const std::pair<std::string, Bytes> inputs[] = {
            {names[i], plain},
            {std::string(names[i]) + "-sealed", sealed(sealed(plain, seal_plan()), seal_plan(1))}};
        for (const auto& [name, bytes] : inputs) {
            const std::string file = "fuzz/corpus/pdf/" + name;
            if (writing_vectors())
                write_test_file(file, bytes);
            CHECK_MESSAGE(read_test_file(file) == bytes, file);
        }
    }
}
