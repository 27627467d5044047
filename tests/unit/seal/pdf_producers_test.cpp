// Documents of other programs (tests/vectors/pdf, with the recipe that made them): read, sealed
// twice, judged.
#include <algorithm>
#include <cmath>

#include <doctest/doctest.h>

#include "bidseal/base/error.h"

#include "pdf_test_support.h"

using namespace bidseal;
using namespace bidseal::seal;
using namespace bidseal::seal::test;

namespace {

struct Producer {
    const char* name;
    size_t pages;
    bool table_stream;
    int first_turn;
};
constexpr Producer producers[] = {
    {"cairo", 3, false, 0},       {"chromium", 3, false, 0},       {"ghostscript", 3, false, 0},
    {"libreoffice", 2, false, 0}, {"qpdf-linearised", 3, true, 0}, {"qpdf-turned", 3, true, 90},
    {"scan", 2, false, 90},       {"xetex", 2, true, 0},
};

}  // namespace

TEST_CASE("documents of many producers are sealed") {
    for (const Producer& producer : producers) {
        CAPTURE(producer.name);
        const Bytes pdf = read_test_file(std::string("vectors/pdf/") + producer.name + ".pdf");
        const MemoryAccess memory(pdf);
        const PdfFile file(memory);
        CHECK(file.pages().size() == producer.pages);
        CHECK(file.sections().front().is_stream == producer.table_stream);
        CHECK(file.page(0).rotate == producer.first_turn);
        PdfSealPlan first = seal_plan(0), last = seal_plan(producer.pages - 1);
        first.placements[0].top_mm = last.placements[0].top_mm = 150;
        const Bytes out = sealed(sealed(pdf, first), last);
        CHECK(std::equal(pdf.begin(), pdf.end(), out.begin()));
        const auto reports = reports_of(out);
        REQUIRE(reports.size() == 2);
        CHECK(judged(out, 0) == "");
        CHECK(judged(out, 1) == "");
        CHECK(reports[0].pictures_compared);
        REQUIRE(reports[0].pictures.size() == 1);
        CHECK(std::abs(reports[0].pictures[0].left_mm - 100) < 0.001);
        CHECK(std::abs(reports[0].pictures[0].top_mm - 150) < 0.001);
        // Whatever byte of the sealed version changes, both seals say so.
        for (size_t i = 40; i < pdf.size(); i += pdf.size() / 7) {
            Bytes bad = out;
            bad[i] ^= 0x04;
            try {
                for (const PdfSealReport& report : reports_of(bad))
                    CHECK_FALSE(report.valid());
            } catch (const Error& error) {
                CHECK(error.code() == ErrorCode::pdf_damaged);
            }
        }
    }
}
