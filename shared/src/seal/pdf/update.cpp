#include <algorithm>
#include <cstdio>

#include "bidseal/base/error.h"
#include "bidseal/crypto/sm3.h"
#include "bidseal/seal/pdf_update.h"

namespace bidseal::seal {
namespace {

// Wide enough for any file, so that the numbers can be filled in afterwards.
constexpr size_t range_digits = 15;
constexpr uint32_t max_number = 1499999;

std::string padded(uint64_t n) {
    std::string text = std::to_string(n);
    text.resize(range_digits, ' ');
    return text;
}

void append_be(Bytes& to, uint64_t n, size_t width) {
    for (size_t i = width; i-- > 0;)
        to.push_back(static_cast<uint8_t>(n >> (8 * i)));
}

/// Runs of consecutive numbers: first and count.
template <class Map>
std::vector<std::pair<uint32_t, uint32_t>> runs_of(const Map& numbers) {
    std::vector<std::pair<uint32_t, uint32_t>> runs;
    for (const auto& [number, ignored] : numbers) {
        if (!runs.empty() && runs.back().first + runs.back().second == number)
            runs.back().second++;
        else
            runs.emplace_back(number, 1);
    }
    return runs;
}

}  // namespace

PdfUpdate::PdfUpdate(const PdfFile& file) : m_file(file), m_next(file.object_limit()) {}

PdfReference PdfUpdate::reserve() {
    require(m_next < max_number, ErrorCode::pdf_damaged, "too many objects");
    return {m_next++, 0};
}

void PdfUpdate::put(PdfReference reference, PdfValue value) {
    Item item;
    item.value = std::move(value);
    m_items[reference] = std::move(item);
}

void PdfUpdate::put_stream(PdfReference reference, PdfValue dictionary, Bytes data) {
    Item item;
    item.value = std::move(dictionary);
    item.value.set("Length", PdfValue::make_integer(static_cast<int64_t>(data.size())));
    item.is_stream = true;
    item.data = std::move(data);
    m_items[reference] = std::move(item);
}

PdfReference PdfUpdate::add(PdfValue value) {
    const PdfReference reference = reserve();
    put(reference, std::move(value));
    return reference;
}

PdfReference PdfUpdate::add_stream(PdfValue dictionary, Bytes data) {
    const PdfReference reference = reserve();
    put_stream(reference, std::move(dictionary), std::move(data));
    return reference;
}

PdfValue PdfUpdate::current(PdfReference reference) const {
    const auto found = m_items.find(reference);
    return found == m_items.end() ? m_file.object(reference).value : found->second.value;
}

void PdfUpdate::put_signature(PdfReference reference, PdfValue dictionary, size_t contents_size) {
    Item item;
    item.value = std::move(dictionary);
    item.is_signature = true;
    m_contents_size = contents_size;
    m_items[reference] = std::move(item);
}

PdfUpdate::Section PdfUpdate::write(ByteView id_seed) const {
    const uint64_t base = m_file.length();
    std::string out;
    uint8_t last = 0;
    m_file.file().read(base - 1, {&last, 1});
    if (last != '\n' && last != '\r')
        out += '\n';
    std::map<uint32_t, Written> written;
    size_t range_at = 0, before = 0, after = 0;
    for (const auto& [reference, item] : m_items) {
        written[reference.number] = {base + out.size(), reference.generation};
        out += std::to_string(reference.number) + ' ' + std::to_string(reference.generation) +
               " obj\n";
        write_value(out, item.value);
        if (item.is_signature) {
            // Reopens the dictionary: both values are filled in when the rest is known.
            out.resize(out.size() - 2);
            out += "/ByteRange [0 ";
            range_at = out.size();
            out.append(3 * range_digits + 2, ' ');
            out += "]\n/Contents ";
            before = out.size();
            out += '<';
            out.append(2 * m_contents_size, '0');
            out += '>';
            after = out.size();
            out += "\n>>";
        }
        if (item.is_stream) {
            out += "\nstream\n";
            out += as_text(item.data);
            out += "\nendstream";
        }
        out += "\nendobj\n";
    }
    const PdfValue trailer = new_trailer(id_seed);
    if (m_file.sections().front().is_stream)
        write_table_stream(out, written, base, trailer);
    else
        write_table(out, written, base, trailer);

    Section section;
    section.before = base + before;
    section.after = base + after;
    section.end = base + out.size();
    if (range_at != 0) {
        const std::string range = padded(section.before) + ' ' + padded(section.after) + ' ' +
                                  padded(section.end - section.after);
        out.replace(range_at, range.size(), range);
    }
    section.bytes = to_bytes(as_bytes(out));
    return section;
}

PdfValue PdfUpdate::new_trailer(ByteView id_seed) const {
    const PdfValue& old = m_file.trailer();
    PdfValue trailer = PdfValue::make_dictionary({});
    trailer.set("Size", PdfValue::make_integer(m_next));
    trailer.set("Root", old["Root"]);
    if (!old["Info"].is_null())
        trailer.set("Info", old["Info"]);
    const PdfValue id = m_file.resolve(old["ID"]);
    const crypto::Sm3Digest fresh = crypto::sm3({as_bytes("BidSeal PDF ID"), id_seed});
    const PdfValue second = PdfValue::make_string(fresh.view().first(16));
    const bool has_id = id.is(PdfValue::Kind::array) && id.items.size() == 2 &&
                        id.items[0].is(PdfValue::Kind::string);
    trailer.set("ID", PdfValue::make_array({has_id ? id.items[0] : second, second}));
    trailer.set("Prev",
                PdfValue::make_integer(static_cast<int64_t>(m_file.sections().front().offset)));
    return trailer;
}

void PdfUpdate::write_table(std::string& out, const std::map<uint32_t, Written>& written,
                            uint64_t base, PdfValue trailer) const {
    const uint64_t offset = base + out.size();
    out += "xref\n";
    for (const auto& [first, count] : runs_of(written)) {
        out += std::to_string(first) + ' ' + std::to_string(count) + '\n';
        for (uint32_t i = 0; i < count; i++) {
            const Written& place = written.at(first + i);
            // Ten digits: a table cannot point further than that.
            require(place.offset <= 9999999999, ErrorCode::limit_exceeded);
            char line[32];
            std::snprintf(line, sizeof line, "%010llu %05u n\r\n",
                          static_cast<unsigned long long>(place.offset), place.generation);
            out += line;
        }
    }
    out += "trailer\n";
    write_value(out, trailer);
    out += "\nstartxref\n" + std::to_string(offset) + "\n%%EOF\n";
}

void PdfUpdate::write_table_stream(std::string& out, std::map<uint32_t, Written> written,
                                   uint64_t base, PdfValue trailer) const {
    const uint64_t offset = base + out.size();
    const uint32_t number = m_next;
    written[number] = {offset, 0};
    Bytes rows;
    std::vector<PdfValue> index;
    for (const auto& [first, count] : runs_of(written)) {
        index.push_back(PdfValue::make_integer(first));
        index.push_back(PdfValue::make_integer(count));
        for (uint32_t i = 0; i < count; i++) {
            const Written& place = written.at(first + i);
            append_be(rows, 1, 1);
            append_be(rows, place.offset, 6);
            append_be(rows, place.generation, 2);
        }
    }
    trailer.set("Type", PdfValue::make_name("XRef"));
    trailer.set("Size", PdfValue::make_integer(int64_t{number} + 1));
    trailer.set("W", PdfValue::make_array({PdfValue::make_integer(1), PdfValue::make_integer(6),
                                           PdfValue::make_integer(2)}));
    trailer.set("Index", PdfValue::make_array(std::move(index)));
    trailer.set("Length", PdfValue::make_integer(static_cast<int64_t>(rows.size())));
    out += std::to_string(number) + " 0 obj\n";
    write_value(out, trailer);
    out += "\nstream\n";
    out += as_text(rows);
    out += "\nendstream\nendobj\nstartxref\n" + std::to_string(offset) + "\n%%EOF\n";
}

}  // namespace bidseal::seal
