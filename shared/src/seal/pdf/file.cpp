// Objects of a PDF: where they live, and reading them.
#include <algorithm>

#include "bidseal/base/error.h"
#include "bidseal/seal/pdf_file.h"
#include "bidseal/zip/zlib_stream.h"

#include "filters.h"

namespace bidseal::seal {
namespace {

constexpr uint32_t max_objects = 1500000;
constexpr size_t max_object_stream = 32 << 20;
constexpr size_t kept_object_streams = 4;
/// How deep a length may hide behind references.
constexpr int max_resolve = 8;

[[noreturn]] void damaged(const char* what, uint64_t at = 0) {
    throw Error(ErrorCode::pdf_damaged, what).at(at);
}

}  // namespace

struct PdfFile::ObjectStream {
    uint32_t number = 0;
    Bytes bytes;
    struct Member {
        uint32_t number;
        uint64_t offset;
    };
    std::vector<Member> members;
};

PdfFile::PdfFile(const RandomAccess& file, std::optional<uint64_t> length)
    : m_file(file), m_length(std::min(length.value_or(file.size()), file.size())) {
    PdfCursor begin(m_file, 0, std::min<uint64_t>(m_length, 16));
    for (const char c : std::string_view("%PDF-"))
        if (begin.next() != c)
            damaged("no PDF: it does not begin as one");
    find_end();
    read_sections();
    for (const PdfSection& section : m_sections)
        require(section.trailer["Encrypt"].is_null(), ErrorCode::pdf_encrypted);
    const PdfValue& root = trailer()["Root"];
    if (!root.is(PdfValue::Kind::reference))
        damaged("the trailer names no catalogue");
    m_catalog = root.reference;
    if (!catalog().is(PdfValue::Kind::dictionary))
        damaged("there is no catalogue");
}

const PdfPlace& PdfFile::place(uint32_t number) const {
    static const PdfPlace nowhere;
    return number < m_places.size() ? m_places[number] : nowhere;
}

void PdfFile::put(uint32_t number, const PdfPlace& place) {
    if (number >= max_objects)
        damaged("too many objects");
    if (number >= m_places.size())
        m_places.resize(number + 1);
    if (m_places[number].kind == PdfPlace::Kind::absent)
        m_places[number] = place;
}

PdfObject PdfFile::object(PdfReference reference) const {
    const PdfPlace& where = place(reference.number);
    if (where.generation != reference.generation)
        return {};
    switch (where.kind) {
        case PdfPlace::Kind::absent:
        case PdfPlace::Kind::free:
            return {};
        case PdfPlace::Kind::file:
            return read_at(where.offset, reference);
        case PdfPlace::Kind::object_stream:
            return read_compressed(where, reference.number);
    }
    return {};
}

PdfValue PdfFile::resolve(const PdfValue& value) const {
    PdfValue result = value;
    for (int i = 0; result.is(PdfValue::Kind::reference); i++) {
        if (i == max_resolve)
            damaged("references go round", value.begin);
        result = object(result.reference).value;
    }
    return result;
}

PdfObject PdfFile::read_at(uint64_t offset, PdfReference expected) const {
    PdfCursor at(m_file, offset, m_length);
    if (at.number(0xffffffff) != expected.number || at.number(0xffff) != expected.generation)
        at.fail("the table points to another object");
    at.expect("obj");
    PdfObject result;
    result.value = at.value();
    if (!at.take("stream")) {
        at.expect("endobj");
        return result;
    }
    if (!result.value.is(PdfValue::Kind::dictionary))
        at.fail("a stream has no dictionary");
    // The data begin after LF or CR LF; a lone CR could be their first byte.
    const int end_of_line = at.next();
    if (end_of_line != '\n' && !(end_of_line == '\r' && at.next() == '\n'))
        at.fail("a stream does not begin on a line of its own");
    result.stream_begin = at.position();
    return result;
}

uint64_t PdfFile::stream_length(const PdfObject& object) const {
    if (!object.stream_begin)
        damaged("no stream", object.value.begin);
    const PdfValue length = resolve(object.value["Length"]);
    const uint64_t begin = *object.stream_begin;
    if (!length.is(PdfValue::Kind::integer) || length.integer < 0 || begin > m_length ||
        static_cast<uint64_t>(length.integer) > m_length - begin)
        damaged("a stream has no length", begin);
    PdfCursor behind(m_file, begin + static_cast<uint64_t>(length.integer), m_length, 64);
    behind.expect("endstream");
    return static_cast<uint64_t>(length.integer);
}

Bytes PdfFile::raw_stream(const PdfObject& object, size_t limit) const {
    const uint64_t length = stream_length(object);
    if (length > limit)
        damaged("a stream is too long", *object.stream_begin);
    Bytes data(static_cast<size_t>(length));
    m_file.read(*object.stream_begin, data);
    return data;
}

Bytes PdfFile::stream(const PdfObject& object, size_t limit) const {
    Bytes data = raw_stream(object, limit);
    PdfValue filter = resolve(object.value["Filter"]);
    PdfValue parameters = resolve(object.value["DecodeParms"]);
    if (filter.is(PdfValue::Kind::array)) {
        if (filter.items.size() > 1)
            damaged("a filter that is not supported", object.value.begin);
        const PdfValue first = filter.items.empty() ? PdfValue() : resolve(filter.items[0]);
        filter = first;
        if (parameters.is(PdfValue::Kind::array)) {
            const PdfValue only =
                parameters.items.empty() ? PdfValue() : resolve(parameters.items[0]);
            parameters = only;
        }
    }
    if (filter.is_null())
        return data;
    if (!filter.is_name("FlateDecode"))
        damaged("a filter that is not supported", object.value.begin);
    try {
        data = zip::inflate_zlib(data, limit);
    } catch (const Error&) {
        damaged("a stream cannot be unpacked", object.value.begin);
    }
    return undo_predictor(std::move(data), parameters);
}

const PdfFile::ObjectStream& PdfFile::object_stream(uint32_t number) const {
    for (const auto& kept : m_object_streams)
        if (kept->number == number)
            return *kept;
    const PdfPlace& where = place(number);
    if (where.kind != PdfPlace::Kind::file)
        damaged("an object stream is missing");
    const PdfObject object = read_at(where.offset, {number, where.generation});
    if (!object.value["Type"].is_name("ObjStm"))
        damaged("no object stream", where.offset);
    auto result = std::make_shared<ObjectStream>();
    result->number = number;
    result->bytes = stream(object, max_object_stream);
    const MemoryAccess memory(result->bytes);
    PdfCursor head(memory, 0, result->bytes.size());
    const PdfValue count = resolve(object.value["N"]), first = resolve(object.value["First"]);
    if (!count.is(PdfValue::Kind::integer) || !first.is(PdfValue::Kind::integer) ||
        count.integer < 0 || count.integer > max_objects || first.integer < 0)
        damaged("an object stream without a table", where.offset);
    for (int64_t i = 0; i < count.integer; i++) {
        const auto member = static_cast<uint32_t>(head.number(max_objects));
        const uint64_t offset = head.number(max_object_stream);
        result->members.push_back({member, offset + static_cast<uint64_t>(first.integer)});
    }
    if (m_object_streams.size() == kept_object_streams)
        m_object_streams.erase(m_object_streams.begin());
    m_object_streams.push_back(result);
    return *result;
}

PdfObject PdfFile::read_compressed(const PdfPlace& where, uint32_t number) const {
    if (where.offset > max_objects)
        damaged("an object stream is missing");
    const ObjectStream& stream = object_stream(static_cast<uint32_t>(where.offset));
    if (where.index >= stream.members.size() || stream.members[where.index].number != number)
        damaged("an object is not in its stream");
    const MemoryAccess memory(stream.bytes);
    PdfCursor at(memory, stream.members[where.index].offset, stream.bytes.size());
    PdfObject result;
    result.value = at.value();
    return result;
}

}  // namespace bidseal::seal
