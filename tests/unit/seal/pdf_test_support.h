// Small PDFs in all forms that a file's structure can have, and acts upon them.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "bidseal/seal/pdf_seal.h"
#include "bidseal/seal/pdf_update.h"
#include "bidseal/seal/pdf_verify.h"

#include "seal_test_support.h"

namespace bidseal::seal::test {

/// How the objects of a file are found.
enum class PdfForm { table, stream, hybrid };
inline constexpr PdfForm all_pdf_forms[] = {PdfForm::table, PdfForm::stream, PdfForm::hybrid};

/// Objects by number, as text; 1 is the catalogue.
using PdfObjects = std::map<uint32_t, std::string>;

/// Three A4 pages (objects 3, 4, 5) with a line of text each (6, 7, 8).
PdfObjects three_pages();

/// The file. In the forms `stream` and `hybrid`, all objects but streams lie in an object stream.
Bytes make_pdf(const PdfObjects& objects, PdfForm form = PdfForm::table,
               const std::string& trailer_extra = "");

/// A plan with the example seal, 40 mm wide, at 100 mm from the left and 200 mm from the top.
PdfSealPlan seal_plan(size_t page = 0);

/// The sealed file, signed by the key tests/<key>.test-secret.pem.
Bytes sealed(const Bytes& pdf, PdfSealPlan plan,
             const std::string& key = "vectors/bid/keys/supplier_sign");

/// The file with one more version, as any PDF editor writes one.
Bytes updated(const Bytes& pdf, const std::function<void(PdfUpdate&, const PdfFile&)>& change);

/// test_trust(), and the authorities of the other test keys.
SealTrust wide_trust();
std::vector<PdfSealReport> reports_of(const Bytes& pdf);
/// The findings of report `index`: "document:pdf_changed_after", or "" when the seal stands.
std::string judged(const Bytes& pdf, size_t index = 0);

}  // namespace bidseal::seal::test
