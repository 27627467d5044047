#include "pdf_test_support.h"

#include <cstdio>

#include <doctest/doctest.h>

#include "bidseal/zip/zlib_stream.h"

namespace bidseal::seal::test {
namespace {

bool is_stream(const std::string& object) {
    return object.find("stream\n") != std::string::npos;
}

std::string indirect(uint32_t number, const std::string& object) {
    return std::to_string(number) + " 0 obj\n" + object + "\nendobj\n";
}

std::string be(uint64_t n, int width) {
    std::string out;
    for (int i = width; i-- > 0;)
        out += static_cast<char>(n >> (8 * i));
    return out;
}

std::string stream_object(const std::string& entries, const std::string& data) {
    return "<<" + entries + " /Length " + std::to_string(data.size()) + ">>\nstream\n" + data +
           "\nendstream";
}

std::string packed(const std::string& plain) {
    return std::string(as_text(zip::deflate_zlib(as_bytes(plain))));
}

}  // namespace

PdfObjects three_pages() {
    PdfObjects objects;
    objects[1] = "<</Type /Catalog /Pages 2 0 R>>";
    objects[2] =
        "<</Type /Pages /Kids [3 0 R 4 0 R 5 0 R] /Count 3 /MediaBox [0 0 595.2756 841.8898]>>";
    for (uint32_t i = 0; i < 3; i++) {
        const std::string text =
            "BT /F1 24 Tf 72 720 Td (Page " + std::to_string(i + 1) + ") Tj ET";
        objects[3 + i] = "<</Type /Page /Parent 2 0 R /Contents " + std::to_string(6 + i) +
                         " 0 R /Resources <</Font <</F1 9 0 R>>>>>>";
        objects[6 + i] = stream_object("", text);
    }
    objects[9] = "<</Type /Font /Subtype /Type1 /BaseFont /Helvetica>>";
    return objects;
}

Bytes make_pdf(const PdfObjects& objects, PdfForm form, const std::string& trailer_extra) {
    std::string out = "%PDF-1.7\n%\xe2\xe3\xcf\xd3\n";
    const uint32_t last = objects.rbegin()->first;
    struct Row {
        uint64_t type = 0, second = 0, third = 0;
    };
    std::vector<Row> rows(last + 3);
    std::string head, body;
    uint64_t index = 0;
    for (const auto& [number, object] : objects) {
        if (form == PdfForm::table || is_stream(object)) {
            rows[number] = {1, out.size(), 0};
            out += indirect(number, object);
        } else {
            rows[number] = {2, last + 1, index++};
            head += std::to_string(number) + ' ' + std::to_string(body.size()) + ' ';
            body += object + '\n';
        }
    }
    if (form != PdfForm::table) {
        rows[last + 1] = {1, out.size(), 0};
        out += indirect(last + 1,
                        stream_object("/Type /ObjStm /N " + std::to_string(index) + " /First " +
                                          std::to_string(head.size()) + " /Filter /FlateDecode",
                                      packed(head + body)));
    }
    uint64_t stream_at = 0;
    const std::string root = "/Root 1 0 R " + trailer_extra;
    if (form != PdfForm::table) {
        stream_at = out.size();
        rows[last + 2] = {1, stream_at, 0};
        std::string table;
        for (const Row& row : rows) {
            // PNG's filter "up" is what makers use, so the reader has to undo it.
            table += be(row.type, 1) + be(row.second, 4) + be(row.third, 2);
        }
        std::string filtered, above(7, '\0');
        for (size_t r = 0; r < rows.size(); r++) {
            filtered += '\2';
            for (size_t i = 0; i < 7; i++)
                filtered += static_cast<char>(table[7 * r + i] - above[i]);
            above = table.substr(7 * r, 7);
        }
        out += indirect(last + 2,
                        stream_object("/Type /XRef /W [1 4 2] /Size " + std::to_string(last + 3) +
                                          " /Filter /FlateDecode /DecodeParms <</Predictor 12 "
                                          "/Columns 7>> " +
                                          root,
                                      packed(filtered)));
    }
    uint64_t start = stream_at;
    if (form != PdfForm::stream) {
        start = out.size();
        out += "xref\n0 " + std::to_string(last + 1) + "\n";
        for (uint32_t n = 0; n <= last; n++) {
            char line[32];
            const bool used = rows[n].type == 1;
            std::snprintf(line, sizeof line, "%010llu %05d %c\r\n",
                          static_cast<unsigned long long>(used ? rows[n].second : 0),
                          n == 0 ? 65535 : 0, used ? 'n' : 'f');
            out += line;
        }
        out += "trailer\n<</Size " + std::to_string(last + (form == PdfForm::table ? 1 : 3)) + ' ' +
               root;
        if (form == PdfForm::hybrid)
            out += " /XRefStm " + std::to_string(stream_at);
        out += ">>\n";
    }
    out += "startxref\n" + std::to_string(start) + "\n%%EOF\n";
    return to_bytes(as_bytes(out));
}

PdfSealPlan seal_plan(size_t page) {
    PdfSealPlan plan;
    plan.signer = certificate("supplier_sign");
    plan.seal = make_seal();
    plan.time = sealing_time;
    SealPlacement place;
    place.page = page;
    place.left_mm = 100;
    place.top_mm = 200;
    place.width_mm = 40;
    place.height_mm = 40;
    plan.placements = {place};
    return plan;
}

Bytes sealed(const Bytes& pdf, PdfSealPlan plan, const std::string& key) {
    const MemoryAccess memory(pdf);
    const PdfFile file(memory);
    PdfSealing sealing(file, std::move(plan));
    Bytes out = pdf;
    append(out, sealing.finish(sign_with(key, sealing.to_be_signed())));
    return out;
}

Bytes updated(const Bytes& pdf, const std::function<void(PdfUpdate&, const PdfFile&)>& change) {
    const MemoryAccess memory(pdf);
    const PdfFile file(memory);
    PdfUpdate update(file);
    change(update, file);
    Bytes out = pdf;
    append(out, update.write({}).bytes);
    return out;
}

SealTrust wide_trust() {
    SealTrust trust = test_trust();
    for (const char* root : {"root", "rsa_root", "p256_root"})
        trust.signers.roots.push_back(vector_certificate(root));
    return trust;
}

std::vector<PdfSealReport> reports_of(const Bytes& pdf) {
    const MemoryAccess memory(pdf);
    return verify_pdf(memory, wide_trust(), verifying_time);
}

std::string judged(const Bytes& pdf, size_t index) {
    const std::vector<PdfSealReport> reports = reports_of(pdf);
    REQUIRE(index < reports.size());
    SealVerdict verdict;
    verdict.findings = reports[index].findings;
    return findings(verdict);
}

}  // namespace bidseal::seal::test
