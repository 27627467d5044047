// A PDF as a structure of objects (ISO 32000-2 section 7.5): cross-reference tables and streams,
// hybrid files, linearised files, object streams, the page tree. Strict: what two readers could
// understand in two ways is refused, and nothing is repaired.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "bidseal/seal/pdf_value.h"

namespace bidseal::seal {

/// An indirect object.
struct PdfObject {
    PdfValue value;
    /// Where the data of a stream begin; nothing for other objects.
    std::optional<uint64_t> stream_begin;
};

/// Where an object lives.
struct PdfPlace {
    enum class Kind : uint8_t { absent, free, file, object_stream };
    Kind kind = Kind::absent;
    uint16_t generation = 0;
    uint32_t index = 0;   ///< in its object stream
    uint64_t offset = 0;  ///< in the file, or the number of the object stream
    friend bool operator==(const PdfPlace& a, const PdfPlace& b) {
        return a.kind == b.kind && a.generation == b.generation && a.index == b.index &&
               a.offset == b.offset;
    }
};

/// One cross-reference section with its trailer.
struct PdfSection {
    uint64_t offset = 0;
    bool is_stream = false;
    PdfValue trailer;
};

struct PdfBox {
    double left = 0, bottom = 0, right = 0, top = 0;
    double width() const { return right - left; }
    double height() const { return top - bottom; }
};

struct PdfPage {
    PdfReference reference;
    PdfValue dictionary;
    /// What is shown of it, in units of user space.
    PdfBox crop;
    int rotate = 0;        ///< clockwise: 0, 90, 180 or 270
    double user_unit = 1;  ///< in 1/72 inch

    /// Size as shown, in millimetres.
    double width_mm() const;
    double height_mm() const;
};

class PdfFile {
public:
    /// Reads the structure of the first `length` bytes of the file (all of it by default), which
    /// must outlive this. Throws Error: pdf_damaged, pdf_encrypted, and what the file itself
    /// throws.
    explicit PdfFile(const RandomAccess& file, std::optional<uint64_t> length = std::nullopt);

    const RandomAccess& file() const { return m_file; }
    uint64_t length() const { return m_length; }
    /// Newest first; at least one.
    const std::vector<PdfSection>& sections() const { return m_sections; }
    /// The newest trailer.
    const PdfValue& trailer() const { return m_sections.front().trailer; }
    /// One more than the highest object number in use or announced.
    uint32_t object_limit() const { return m_object_limit; }
    /// Where the file's last %%EOF ends (with its end of line, if it has one).
    uint64_t end_of_marker() const { return m_end_of_marker; }

    const PdfPlace& place(uint32_t number) const;
    /// The object of a reference; null when there is none or the generation is another.
    PdfObject object(PdfReference reference) const;
    /// A value, followed if it is a reference.
    PdfValue resolve(const PdfValue& value) const;
    /// The decoded data of a stream: unfiltered or FlateDecode with PNG predictors. Throws
    /// Error(pdf_damaged) for anything else or more than `limit` bytes.
    Bytes stream(const PdfObject& object, size_t limit) const;
    /// The same as it stands in the file.
    Bytes raw_stream(const PdfObject& object, size_t limit) const;

    PdfReference catalog_reference() const { return m_catalog; }
    PdfValue catalog() const { return object(m_catalog).value; }
    /// All pages in their order. Throws Error(pdf_damaged) for a tree with loops or without pages.
    const std::vector<PdfReference>& pages() const;
    /// Throws Error(pdf_place) when there is no such page; `index` counts from 0.
    PdfPage page(size_t index) const;

private:
    struct ObjectStream;
    struct Inherited {
        PdfValue media_box, crop_box, rotate;
    };
    void find_end();
    void read_sections();
    PdfSection read_table(PdfCursor& at, std::vector<std::pair<uint32_t, PdfPlace>>& free_places);
    PdfSection read_stream_section(uint64_t offset);
    void put(uint32_t number, const PdfPlace& place);
    PdfObject read_at(uint64_t offset, PdfReference expected) const;
    PdfObject read_compressed(const PdfPlace& place, uint32_t number) const;
    const ObjectStream& object_stream(uint32_t number) const;
    uint64_t stream_length(const PdfObject& object) const;
    void walk_pages(PdfReference node, int depth, Inherited inherited) const;

    const RandomAccess& m_file;
    uint64_t m_length;
    uint64_t m_end_of_marker = 0;
    uint64_t m_start = 0;
    std::vector<PdfSection> m_sections;
    std::vector<PdfPlace> m_places;
    uint32_t m_object_limit = 0;
    PdfReference m_catalog;
    mutable std::vector<PdfReference> m_pages;
    mutable std::vector<Inherited> m_page_attributes;
    mutable std::vector<uint32_t> m_page_nodes;
    mutable std::vector<std::shared_ptr<const ObjectStream>> m_object_streams;
};

}  // namespace bidseal::seal
