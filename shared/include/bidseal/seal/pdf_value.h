// PDF objects as values (ISO 32000-2 section 7.3): read strictly, written in one spelling.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bidseal/base/bytes.h"
#include "bidseal/base/host.h"

namespace bidseal::seal {

struct PdfReference {
    uint32_t number = 0;
    uint16_t generation = 0;
    friend bool operator==(PdfReference a, PdfReference b) {
        return a.number == b.number && a.generation == b.generation;
    }
    friend bool operator<(PdfReference a, PdfReference b) {
        return a.number != b.number ? a.number < b.number : a.generation < b.generation;
    }
};

struct PdfEntry;

/// One object without a stream's data. Null is what is missing, too.
struct PdfValue {
    enum class Kind { null, boolean, integer, real, string, name, array, dictionary, reference };

    Kind kind = Kind::null;
    bool boolean = false;
    int64_t integer = 0;
    std::string text;  ///< string: its bytes; name: without the slash; real: as it was written
    std::vector<PdfValue> items;    ///< of an array
    std::vector<PdfEntry> entries;  ///< of a dictionary, in the file's order, no key twice
    PdfReference reference;
    /// Where it stood: the first byte and the one behind the last. Zero for values that we made.
    uint64_t begin = 0, end = 0;

    static PdfValue make_integer(int64_t n);
    static PdfValue make_boolean(bool b);
    /// A number with at most four decimals: a tenth of a micrometre.
    static PdfValue make_real(double number);
    static PdfValue make_name(std::string_view name);
    static PdfValue make_string(ByteView bytes);
    /// A text string (section 7.9.2.2): ASCII as it is, anything else in UTF-16BE with its mark.
    static PdfValue make_text(std::string_view utf8);
    static PdfValue make_reference(PdfReference reference);
    static PdfValue make_array(std::vector<PdfValue> items);
    static PdfValue make_dictionary(std::vector<PdfEntry> entries);

    bool is(Kind k) const { return kind == k; }
    bool is_null() const { return kind == Kind::null; }
    bool is_name(std::string_view name) const { return kind == Kind::name && text == name; }
    /// The entry of a dictionary; null when there is none, or when this is no dictionary.
    const PdfValue& operator[](std::string_view key) const;
    /// Puts an entry into a dictionary, in the place of the old one if there is one.
    void set(std::string_view key, PdfValue value);
    void erase(std::string_view key);
    /// The number of an integer or real.
    std::optional<double> number() const;

    /// Same content, wherever it stood.
    bool same_as(const PdfValue& other) const;
};

struct PdfEntry {
    std::string key;
    PdfValue value;
};

/// Appends the value's text.
void write_value(std::string& out, const PdfValue& value);

/// UTF-8 of a text string; bytes that are no text become U+FFFD.
std::string pdf_text(const PdfValue& string);

/// Reads tokens and values from a part of a file. Every fault throws Error(pdf_damaged), at() the
/// place.
class PdfCursor {
public:
    /// Reads bytes [begin, end) of the file, which must outlive the cursor, in blocks.
    PdfCursor(const RandomAccess& file, uint64_t begin, uint64_t end, size_t block = 4096);

    /// The next byte without taking it; -1 at the end.
    int peek();
    int next();
    uint64_t position() const { return m_position; }
    uint64_t end() const { return m_end; }
    void seek(uint64_t position) { m_position = position; }

    /// Skips white space and comments.
    void skip_space();
    /// Takes the keyword when it follows (after white space) and ends there.
    bool take(std::string_view keyword);
    void expect(std::string_view keyword);
    /// A non-negative integer of at most `max`, after white space.
    uint64_t number(uint64_t max);
    /// Any value, after white space.
    PdfValue value(int depth = 0);

    [[noreturn]] void fail(const char* what) const;

private:
    PdfValue number_or_reference();
    PdfValue name();
    PdfValue literal_string();
    PdfValue hex_string();
    PdfValue array(int depth);
    PdfValue dictionary(int depth);
    PdfValue keyword();
    std::optional<uint64_t> try_number(uint64_t max);
    bool ends_token();

    const RandomAccess& m_file;
    uint64_t m_position, m_end;
    uint64_t m_block_begin = 0;
    size_t m_block_size;
    Bytes m_block;
};

}  // namespace bidseal::seal
