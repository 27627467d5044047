// The parts of a sealed bid and the tender file, from anywhere.
#include "bidseal/base/error.h"
#include "bidseal/bid/manifest.h"
#include "bidseal/bid/reader.h"
#include "bidseal/bid/release.h"

using namespace bidseal;
using namespace bidseal::bid;

namespace {

/// What is read must write itself as the very bytes that were read.
template <class Part>
void read_and_write(ByteView input) {
    try {
        const Bytes again = Part::parse(input).serialize();
        if (!equal(again, input)) {
            __builtin_trap();
        }
    } catch (const Error&) {
    }
}

/// The input as a whole file, with the answers a file would give.
void read_file(ByteView input) {
    try {
        BidReader reader(input.size());
        while (const std::optional<NeedBytes> need = reader.need()) {
            // A range outside the file would be a fault of the reader.
            if (need->offset > input.size() || need->length > input.size() - need->offset) {
                __builtin_trap();
            }
            reader.supply(input.subspan(need->offset, need->length));
        }
        ChunkChecker checker(reader);
        while (const std::optional<NeedBytes> need = checker.need()) {
            checker.supply(input.subspan(need->offset, need->length));
        }
    } catch (const Error&) {
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    const ByteView input(data, size);
    read_and_write<BidIndex>(input);
    read_and_write<Openers>(input);
    read_and_write<Manifest>(input);
    read_and_write<Release>(input);
    read_file(input);
    try {
        const TenderFile tender = TenderFile::parse(input);
        if (tender_content(tender.tender()) != to_bytes(tender.content())) {
            __builtin_trap();
        }
    } catch (const Error&) {
    }
    return 0;
}
