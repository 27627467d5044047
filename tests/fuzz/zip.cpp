// The inner ZIP from anywhere: read whole, in pieces, and written again.
#include <algorithm>

#include "bidseal/base/error.h"
#include "bidseal/zip/reader.h"
#include "bidseal/zip/writer.h"

using namespace bidseal;
using namespace bidseal::zip;

namespace {

// Deflated content may be a thousand times as long as its bytes.
constexpr uint64_t most_plain_bytes = 1 << 20;

/// The plain bytes of one entry, or nothing when it is refused. Never more than it announces.
std::optional<Bytes> content_of(const Entry& entry, ByteView bytes, size_t step) {
    MemorySink sink;
    EntryReader reader(entry, sink);
    try {
        for (size_t at = 0; at < bytes.size(); at += step) {
            reader.write(bytes.subspan(at, std::min(step, bytes.size() - at)));
        }
        reader.finish();
    } catch (const Error&) {
        if (sink.bytes.size() > entry.size) {
            __builtin_trap();
        }
        return std::nullopt;
    }
    if (sink.bytes.size() != entry.size) {
        __builtin_trap();
    }
    return std::move(sink.bytes);
}

/// One ZIP has one spelling: what was accepted and holds stored entries is written to the same
/// bytes.
void write_again(ByteView zip, const std::vector<Entry>& entries,
                 const std::vector<Bytes>& contents) {
    MemorySink sink;
    Writer writer(sink);
    for (size_t i = 0; i < entries.size(); ++i) {
        if (entries[i].method != Method::stored) {
            return;
        }
        writer.begin_file(entries[i].name, entries[i].size, Method::stored);
        writer.write(contents[i]);
        writer.end_file();
    }
    writer.finish();
    if (!equal(sink.bytes, zip)) {
        __builtin_trap();
    }
}

void read(ByteView zip) {
    const NeedBytes end = end_range(zip.size());
    const Directory directory = parse_end(zip.subspan(end.offset, end.length), zip.size());
    const std::vector<Entry> entries =
        parse_directory(zip.subspan(directory.offset, directory.length), directory);
    std::vector<Bytes> contents;
    for (const Entry& entry : entries) {
        if (entry.size > most_plain_bytes) {
            return;
        }
        const ByteView bytes = zip.subspan(entry.offset, entry.length());
        std::optional<Bytes> content = content_of(entry, bytes, zip.size());
        if (content != content_of(entry, bytes, 1 + zip[0] % 64)) {
            __builtin_trap();
        }
        if (!content) {
            return;
        }
        contents.push_back(std::move(*content));
    }
    write_again(zip, entries, contents);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    try {
        if (size > 0) {
            read({data, size});
        }
    } catch (const Error&) {
    }
    return 0;
}
