// Reads the ZIP inside an envelope and takes nothing but what docs/spec/zip-profile.md allows, so
// that no two readers see two contents. In three steps, for access at random:
//   1. parse_end() on the last bytes tells where the central directory is,
//   2. parse_directory() on the central directory gives the entries,
//   3. an EntryReader decodes one entry from its bytes.
#pragma once

#include <memory>
#include <vector>

#include "bidseal/base/host.h"
#include "bidseal/zip/entry.h"

namespace bidseal::zip {

struct Limits {
    uint64_t max_entries = 10001;  // 10,000 documents and the manifest
    uint64_t max_directory_bytes = 16 * 1024 * 1024;
};

/// Where the central directory is: it ends where the end records begin.
struct Directory {
    uint64_t offset = 0;
    uint64_t length = 0;
    uint64_t entry_count = 0;
};

/// The part of a ZIP that parse_end() reads: its last 98 bytes, or all of it when it is shorter.
NeedBytes end_range(uint64_t zip_length);

/// Reads the end records from the bytes of end_range(). Throws Error(zip_invalid), or
/// Error(limit_exceeded) when there are too many entries or the directory is too large.
Directory parse_end(ByteView tail, uint64_t zip_length, const Limits& limits = {});

/// Reads the central directory from its `directory.length` bytes at `directory.offset`. The entries
/// come in the order of their places; with the directory and the end they fill the ZIP without a
/// gap. Names are UTF-8, not empty, without zero byte, not folders, and differ; whether they are
/// safe paths, and fold to different ones, is for the caller to check.
/// Throws Error(zip_invalid), at() the number of the entry.
std::vector<Entry> parse_directory(ByteView bytes, const Directory& directory);

/// Decodes one entry: takes its length() bytes from the ZIP, cut in any pieces, and gives the plain
/// bytes to the sink, never more than the entry's size. What the sink got is good only after
/// finish() has returned, so a caller keeps it under another name until then.
class EntryReader {
public:
    /// The sink must outlive the reader.
    EntryReader(const Entry& entry, Sink& sink);
    ~EntryReader();
    EntryReader(EntryReader&&) noexcept;
    EntryReader& operator=(EntryReader&&) noexcept;

    /// The next bytes of the entry. Throws Error(zip_invalid), at() the offset in the entry near
    /// the fault: local header or descriptor unlike the directory, broken deflate data, a content
    /// of another size or CRC, more bytes than the entry has.
    void write(ByteView bytes);

    /// Throws Error(zip_invalid) unless the whole entry was taken.
    void finish();

private:
    class State;
    std::unique_ptr<State> m_state;
};

}  // namespace bidseal::zip
