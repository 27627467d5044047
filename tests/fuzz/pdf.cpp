// PDFs from anywhere: read, judged, sealed; a seal that we put on is one that we find.
#include "bidseal/base/error.h"
#include "bidseal/seal/pdf_update.h"
#include "bidseal/seal/pdf_verify.h"

using namespace bidseal;
using namespace bidseal::seal;

namespace {

/// One more version that changes nothing: what stood must still be read the same.
void extend(const PdfFile& file, ByteView input) {
    PdfUpdate update(file);
    const PdfReference added = update.add(PdfValue::make_text("x"));
    Bytes longer = to_bytes(input);
    append(longer, update.write({}).bytes);
    const MemoryAccess memory(longer);
    const PdfFile again(memory);
    if (again.object(added).value.text != "x" || again.pages().size() != file.pages().size() ||
        !(again.catalog_reference() == file.catalog_reference()))
        __builtin_trap();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    const ByteView input(data, size);
    const MemoryAccess memory(input);
    try {
        for (const PdfSealReport& report : verify_pdf(memory, {}, Timestamp{}))
            // Nobody is trusted, so nothing may stand.
            if (report.valid())
                __builtin_trap();
    } catch (const Error&) {
    }
    try {
        const PdfFile file(memory);
        for (size_t i = 0; i < file.pages().size() && i < 16; i++)
            file.page(i);
        extend(file, input);
    } catch (const Error& error) {
        if (error.code() == ErrorCode::internal)
            __builtin_trap();
    }
    return 0;
}
