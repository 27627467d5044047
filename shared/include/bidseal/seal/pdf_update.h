// An incremental section (ISO 32000-2 section 7.5.6): new and changed objects behind the bytes of a
// PDF, which stay as they are.
#pragma once

#include <map>

#include "bidseal/seal/pdf_file.h"

namespace bidseal::seal {

/// Collects objects and writes them as one section, in the form that the file's last section has.
class PdfUpdate {
public:
    explicit PdfUpdate(const PdfFile& file);

    /// A number that nothing uses.
    PdfReference reserve();
    void put(PdfReference reference, PdfValue value);
    void put_stream(PdfReference reference, PdfValue dictionary, Bytes data);
    PdfReference add(PdfValue value);
    PdfReference add_stream(PdfValue dictionary, Bytes data);
    /// The object as it will be: what was put, else what the file has.
    PdfValue current(PdfReference reference) const;

    /// The signature's dictionary, with room for the hexadecimal form of `contents_size` bytes.
    void put_signature(PdfReference reference, PdfValue dictionary, size_t contents_size);

    struct Section {
        Bytes bytes;  ///< to be appended to the file
        /// ByteRange: [0, before) and [after, end), counted in the finished file. The hexadecimal
        /// string with its brackets lies between them.
        uint64_t before = 0, after = 0, end = 0;
    };
    /// Writes everything. `id_seed` decides about the second half of the file's ID.
    Section write(ByteView id_seed) const;

private:
    struct Item {
        PdfValue value;
        bool is_stream = false, is_signature = false;
        Bytes data;
    };
    struct Written {
        uint64_t offset;
        uint16_t generation;
    };
    void write_table(std::string& out, const std::map<uint32_t, Written>& written, uint64_t base,
                     PdfValue trailer) const;
    void write_table_stream(std::string& out, std::map<uint32_t, Written> written, uint64_t base,
                            PdfValue trailer) const;
    PdfValue new_trailer(ByteView id_seed) const;

    const PdfFile& m_file;
    uint32_t m_next;
    std::map<PdfReference, Item> m_items;
    size_t m_contents_size = 0;
};

}  // namespace bidseal::seal
