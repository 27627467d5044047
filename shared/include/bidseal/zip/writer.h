// Writes the ZIP inside an envelope, in one pass: docs/spec/zip-profile.md.
#pragma once

#include <memory>
#include <string_view>

#include "bidseal/base/host.h"
#include "bidseal/zip/entry.h"

namespace bidseal::zip {

/// Push writer: for each file begin_file(), write() any number of times, end_file(); then finish().
/// The bytes written depend on names, sizes, methods, contents and level alone, not on how the
/// content is cut into pieces. After an exception the ZIP is incomplete and must be thrown away.
class Writer {
public:
    /// The sink must outlive the writer. `level` is deflate's, 1 (fast) to 9 (small).
    explicit Writer(Sink& sink, int level = 6);
    ~Writer();
    Writer(const Writer&) = delete;
    Writer& operator=(const Writer&) = delete;

    /// Begins a file of exactly `size` bytes. Throws Error(path_unsafe) for a name that is empty,
    /// longer than 65,535 bytes, not UTF-8, with a zero byte or ending in '/', and
    /// Error(path_duplicate) for a name that was there.
    void begin_file(std::string_view name, uint64_t size, Method method);

    /// The next bytes of the file. Throws Error(file_changed) when they are more than announced.
    void write(ByteView bytes);

    /// Throws Error(file_changed) when fewer bytes than announced were written. Gives the entry as
    /// the central directory will state it.
    Entry end_file();

    /// Writes the central directory and the end. No call may follow.
    void finish();

    /// Bytes given to the sink so far; after finish() the length of the ZIP.
    uint64_t length() const;

private:
    class State;
    std::unique_ptr<State> m_state;
};

}  // namespace bidseal::zip
