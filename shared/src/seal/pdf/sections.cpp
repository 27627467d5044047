// Cross-reference sections (ISO 32000-2 section 7.5.4 to 7.5.8).
#include <algorithm>

#include "bidseal/base/error.h"
#include "bidseal/seal/pdf_file.h"

namespace bidseal::seal {
namespace {

constexpr uint64_t tail_size = 1024;
constexpr size_t max_sections = 4096;
constexpr uint32_t max_objects = 1500000;
constexpr size_t max_table_stream = 64 << 20;
constexpr uint64_t max_offset = uint64_t{1} << 53;

[[noreturn]] void damaged(const char* what, uint64_t at) {
    throw Error(ErrorCode::pdf_damaged, what).at(at);
}

/// A number of a cross-reference stream: big-endian, as wide as W says.
uint64_t field(const uint8_t*& p, size_t width, uint64_t otherwise) {
    if (width == 0)
        return otherwise;
    uint64_t n = 0;
    for (size_t i = 0; i < width; i++)
        n = n << 8 | *p++;
    return n;
}

std::optional<uint64_t> offset_entry(const PdfValue& value, uint64_t length) {
    if (value.is_null())
        return std::nullopt;
    if (!value.is(PdfValue::Kind::integer) || value.integer < 0 ||
        static_cast<uint64_t>(value.integer) >= length)
        damaged("a trailer points out of the file", value.begin);
    return static_cast<uint64_t>(value.integer);
}

}  // namespace

void PdfFile::find_end() {
    const uint64_t begin = m_length > tail_size ? m_length - tail_size : 0;
    Bytes tail(static_cast<size_t>(m_length - begin));
    m_file.read(begin, tail);
    const std::string_view text = as_text(tail);
    const size_t marker = text.rfind("%%EOF");
    if (marker == std::string_view::npos)
        damaged("the file's end is missing", m_length);
    const size_t start = text.rfind("startxref", marker);
    if (start == std::string_view::npos)
        damaged("nothing says where the table is", begin + marker);
    PdfCursor at(m_file, begin + start, begin + marker);
    at.expect("startxref");
    m_start = at.number(max_offset);
    at.skip_space();
    if (at.position() != begin + marker || m_start >= m_length)
        damaged("nothing says where the table is", begin + start);
    m_end_of_marker = begin + marker + 5;
    PdfCursor line(m_file, m_end_of_marker, m_length, 2);
    if (line.peek() == '\r')
        line.next();
    if (line.peek() == '\n')
        line.next();
    m_end_of_marker = line.position();
}

void PdfFile::read_sections() {
    std::optional<uint64_t> next = m_start;
    std::vector<uint64_t> seen;
    while (next) {
        const uint64_t offset = *next;
        if (std::find(seen.begin(), seen.end(), offset) != seen.end() ||
            seen.size() == max_sections)
            damaged("the tables go round", offset);
        seen.push_back(offset);
        PdfCursor at(m_file, offset, m_length, 32 * 1024);
        std::vector<std::pair<uint32_t, PdfPlace>> free_places;
        PdfSection section;
        if (at.take("xref")) {
            section = read_table(at, free_places);
            section.offset = offset;
            // A hybrid file hides objects from old readers: free in the table, real in the stream.
            if (const auto hybrid = offset_entry(section.trailer["XRefStm"], m_length))
                read_stream_section(*hybrid);
        } else {
            section = read_stream_section(offset);
        }
        for (const auto& [number, place] : free_places)
            put(number, place);
        next = offset_entry(section.trailer["Prev"], m_length);
        m_sections.push_back(std::move(section));
    }
    for (const PdfSection& section : m_sections) {
        const PdfValue& size = section.trailer["Size"];
        if (!size.is(PdfValue::Kind::integer) || size.integer < 1 || size.integer > max_objects)
            damaged("a trailer has no size", section.offset);
        m_object_limit = std::max(m_object_limit, static_cast<uint32_t>(size.integer));
    }
    m_object_limit = std::max(m_object_limit, static_cast<uint32_t>(m_places.size()));
}

PdfSection PdfFile::read_table(PdfCursor& at,
                               std::vector<std::pair<uint32_t, PdfPlace>>& free_places) {
    while (!at.take("trailer")) {
        const uint64_t first = at.number(max_objects);
        const uint64_t count = at.number(max_objects);
        for (uint64_t i = 0; i < count; i++) {
            PdfPlace place;
            place.offset = at.number(max_offset);
            place.generation = static_cast<uint16_t>(at.number(0xffff));
            const auto number = static_cast<uint32_t>(first + i);
            if (at.take("n")) {
                place.kind = PdfPlace::Kind::file;
                put(number, place);
            } else {
                at.expect("f");
                place = {};
                place.kind = PdfPlace::Kind::free;
                free_places.emplace_back(number, place);
            }
        }
    }
    PdfSection section;
    section.trailer = at.value();
    if (!section.trailer.is(PdfValue::Kind::dictionary))
        at.fail("a table without a trailer");
    return section;
}

PdfSection PdfFile::read_stream_section(uint64_t offset) {
    PdfCursor at(m_file, offset, m_length);
    const auto number = static_cast<uint32_t>(at.number(max_objects));
    const auto generation = static_cast<uint16_t>(at.number(0xffff));
    PdfObject object = read_at(offset, {number, generation});
    if (!object.value["Type"].is_name("XRef") ||
        !object.value["Length"].is(PdfValue::Kind::integer))
        damaged("no table where one should be", offset);
    const Bytes rows = stream(object, max_table_stream);
    const PdfValue& w = object.value["W"];
    size_t width[3] = {};
    if (!w.is(PdfValue::Kind::array) || w.items.size() != 3)
        damaged("a table without widths", offset);
    for (size_t i = 0; i < 3; i++) {
        const PdfValue& item = w.items[i];
        if (!item.is(PdfValue::Kind::integer) || item.integer < 0 || item.integer > 8)
            damaged("a table without widths", offset);
        width[i] = static_cast<size_t>(item.integer);
    }
    const size_t row = width[0] + width[1] + width[2];
    PdfValue index = object.value["Index"];
    if (index.is_null())
        index = PdfValue::make_array({PdfValue::make_integer(0), object.value["Size"]});
    if (!index.is(PdfValue::Kind::array) || index.items.size() % 2 != 0 || row == 0)
        damaged("a table without an index", offset);
    size_t used = 0;
    for (size_t k = 0; k < index.items.size(); k += 2) {
        const PdfValue &first = index.items[k], &count = index.items[k + 1];
        if (!first.is(PdfValue::Kind::integer) || !count.is(PdfValue::Kind::integer) ||
            first.integer < 0 || count.integer < 0 || first.integer > max_objects ||
            count.integer > max_objects)
            damaged("a table without an index", offset);
        for (int64_t i = 0; i < count.integer; i++, used += row) {
            if (used + row > rows.size())
                damaged("a table is too short", offset);
            const uint8_t* p = rows.data() + used;
            const uint64_t type = field(p, width[0], 1);
            const uint64_t second = field(p, width[1], 0);
            const uint64_t third = field(p, width[2], 0);
            PdfPlace place;
            if (type == 0) {
                place.kind = PdfPlace::Kind::free;
            } else if (type == 1) {
                place.kind = PdfPlace::Kind::file;
                place.offset = second;
                place.generation = static_cast<uint16_t>(std::min<uint64_t>(third, 0xffff));
            } else if (type == 2) {
                place.kind = PdfPlace::Kind::object_stream;
                place.offset = second;
                place.index = static_cast<uint32_t>(std::min<uint64_t>(third, max_objects));
            } else {
                // Later versions may define more; until then these are as good as null.
                place.kind = PdfPlace::Kind::free;
            }
            put(static_cast<uint32_t>(first.integer + i), place);
        }
    }
    PdfSection section;
    section.offset = offset;
    section.is_stream = true;
    section.trailer = std::move(object.value);
    return section;
}

}  // namespace bidseal::seal
