#include "bidseal/bid/document_check.h"

#include <algorithm>

#include "bidseal/base/text.h"

namespace bidseal::bid {

namespace {

/// How far a scan looks ahead: a ZIP record with a name of 1,024 bytes.
constexpr size_t lookahead = 46 + 1024;
constexpr size_t head_limit = 4096;

bool starts_with(ByteView data, std::string_view text) {
    return data.size() >= text.size() && std::memcmp(data.data(), text.data(), text.size()) == 0;
}

bool contains(ByteView data, std::string_view text) {
    const std::string_view haystack = as_text(data);
    return haystack.find(text) != std::string_view::npos;
}

uint16_t little_u16(const uint8_t* p) {
    return static_cast<uint16_t>(p[0] | p[1] << 8);
}

/// The text as UTF-16LE, the way OLE directories hold names.
std::string utf16(std::string_view text) {
    std::string wide;
    for (char c : text) {
        wide += c;
        wide += '\0';
    }
    return wide;
}

bool looks_like_text(ByteView head) {
    return std::all_of(head.begin(), head.end(), [](uint8_t c) {
        return c >= 0x20 ? c != 0x7f : c == '\t' || c == '\n' || c == '\r' || c == '\f';
    });
}

bool is_xml(ByteView head) {
    if (starts_with(head, "\xef\xbb\xbf")) {
        head = head.subspan(3);
    }
    return starts_with(head, "<?xml") || starts_with(head, {"\xff\xfe<\0?\0x\0", 8}) ||
           starts_with(head, {"\xfe\xff\0<\0?\0x", 8});
}

struct Magic {
    const char* format;
    size_t offset;
    std::string_view bytes;
};

constexpr Magic magics[] = {
    {"pdf", 0, "%PDF-"},
    {"zip", 0, {"PK\x03\x04", 4}},
    {"zip", 0, {"PK\x05\x06", 4}},
    {"doc", 0, "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"},
    {"png", 0, "\x89PNG\r\n\x1a\n"},
    {"jpg", 0, "\xff\xd8\xff"},
    {"tif", 0, {"II*\0", 4}},
    {"tif", 0, {"MM\0*", 4}},
    {"gif", 0, "GIF87a"},
    {"gif", 0, "GIF89a"},
    {"rar", 0, "Rar!\x1a\x07"},
    {"7z", 0, "7z\xbc\xaf\x27\x1c"},
    {"dwg", 0, "AC10"},
    {"dxf", 0, "AutoCAD Binary DXF\r\n"},
    {"mp4", 4, "ftyp"},
};

/// What the first bytes say; containers are told apart later.
std::string format_of_head(ByteView head) {
    if (head.empty()) {
        return "empty";
    }
    for (const Magic& magic : magics) {
        if (head.size() >= magic.offset && starts_with(head.subspan(magic.offset), magic.bytes)) {
            return magic.format;
        }
    }
    // BMP has only two letters; the reserved words behind the size are zero.
    if (head.size() >= 26 && starts_with(head, "BM") && little_u16(&head[6]) == 0 &&
        little_u16(&head[8]) == 0) {
        return "bmp";
    }
    if (is_xml(head)) {
        return "xml";
    }
    if (!looks_like_text(head)) {
        return "other";
    }
    const std::string_view text = as_text(head);
    const size_t first = text.find_first_not_of(" \r\n\t");
    const bool dxf = first != std::string_view::npos && text[first] == '0' &&
                     text.substr(first, 32).find("SECTION") != std::string_view::npos;
    return dxf ? "dxf" : "txt";
}

bool is_pdf_delimiter(uint8_t c) {
    static constexpr std::string_view delimiters = "()<>[]{}/% \t\r\n\f";
    return c == 0 || delimiters.find(static_cast<char>(c)) != std::string_view::npos;
}

int hex_digit(uint8_t c) {
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/// A PDF name behind its slash, with #xx undone (ISO 32000-1 section 7.3.5), and moves `at` behind
/// it; empty when it does not end within 64 bytes.
std::string pdf_name(ByteView data, size_t& at) {
    std::string name;
    const size_t end = std::min(data.size(), at + 64);
    while (at < end && !is_pdf_delimiter(data[at])) {
        if (data[at] == '#' && at + 2 < end && hex_digit(data[at + 1]) >= 0 &&
            hex_digit(data[at + 2]) >= 0) {
            name += static_cast<char>(hex_digit(data[at + 1]) * 16 + hex_digit(data[at + 2]));
            at += 3;
        } else {
            name += static_cast<char>(data[at++]);
        }
    }
    if (at == end && end != data.size()) {
        return {};
    }
    return name;
}

/// Names of what shows something else later, elsewhere or on a click: scripts and actions
/// (ISO 32000-1 section 12.6.4), media, forms, attachments. The triggers /OpenAction and /AA need
/// not be here for the actions themselves; every second program writes a harmless /OpenAction.
constexpr std::string_view active_names[] = {
    "JavaScript", "Launch", "SubmitForm",  "ImportData",   "Rendition",    "RichMedia",
    "Movie",      "Hide",   "SetOCGState", "EmbeddedFile", "EmbeddedFiles"};

/// Short names that chance may write among compressed bytes: they count before a value.
constexpr std::string_view active_keys[] = {"AA", "XFA"};

template <size_t N>
bool is_one_of(std::string_view name, const std::string_view (&names)[N]) {
    return std::find(std::begin(names), std::end(names), name) != std::end(names);
}

/// Whether a dictionary, an array or a reference (`5 0 R`) follows.
bool pdf_value_follows(ByteView data, size_t at) {
    const auto skip = [&](auto accepts) {
        const size_t start = at;
        while (at < data.size() && at - start < 32 && accepts(data[at])) {
            ++at;
        }
        return at != start;
    };
    const auto white = [](uint8_t c) {
        return c == 0 || c == ' ' || c == '\t' || c == '\n' || c == '\f' || c == '\r';
    };
    const auto digit = [](uint8_t c) {
        return c >= '0' && c <= '9';
    };
    skip(white);
    const ByteView rest = data.subspan(at);
    if (starts_with(rest, "[") || starts_with(rest, "<<")) {
        return true;
    }
    return skip(digit) && skip(white) && skip(digit) && skip(white) && at < data.size() &&
           data[at] == 'R';
}

}  // namespace

struct DocumentInspector::Impl {
    Bytes head;
    Bytes carry;  // the last bytes, not scanned yet
    bool begun = false;
    std::string format;  // after the head
    bool encrypted = false, active = false;
    bool zip_end = false, content_types = false;
    bool word = false, sheet = false, slides = false, ofd = false;

    bool scans() const { return format == "pdf" || format == "zip" || format == "doc"; }

    void scan(ByteView data, size_t positions) {
        if (format == "pdf") {
            scan_pdf(data, positions);
        } else if (format == "zip") {
            scan_zip(data, positions);
        } else {
            scan_ole(data, positions);
        }
    }

    /// Calls found(position) for each of the bytes `c` in the first `positions`.
    template <class Found>
    static void each(ByteView data, size_t positions, char c, Found found) {
        for (size_t at = 0; at < positions;) {
            const void* hit = std::memchr(data.data() + at, c, positions - at);
            if (hit == nullptr) {
                return;
            }
            at = static_cast<size_t>(static_cast<const uint8_t*>(hit) - data.data());
            found(at);
            ++at;
        }
    }

    void scan_pdf(ByteView data, size_t positions) {
        each(data, positions, '/', [&](size_t at) {
            size_t behind = at + 1;
            const std::string name = pdf_name(data, behind);
            encrypted = encrypted || name == "Encrypt";
            active = active || is_one_of(name, active_names) ||
                     (is_one_of(name, active_keys) && pdf_value_follows(data, behind));
        });
    }

    void scan_zip(ByteView data, size_t positions) {
        each(data, positions, 'P', [&](size_t at) {
            const ByteView rest = data.subspan(at);
            if (starts_with(rest, {"PK\x05\x06", 4})) {
                zip_end = true;
            } else if (starts_with(rest, {"PK\x03\x04", 4})) {
                read_zip_record(rest, 4, 26, 30);
            } else if (starts_with(rest, {"PK\x01\x02", 4})) {
                read_zip_record(rest, 6, 28, 46);
            }
        });
    }

    /// A local or central header. Compressed bytes may look like one: its fields must be plausible.
    void read_zip_record(ByteView record, size_t version_at, size_t name_length_at,
                         size_t name_at) {
        if (record.size() < name_at) {
            return;
        }
        const uint16_t version = little_u16(&record[version_at]);
        const uint16_t flags = little_u16(&record[version_at + 2]);
        const uint16_t method = little_u16(&record[version_at + 4]);
        const size_t name_length = little_u16(&record[name_length_at]);
        if (version > 63 || method > 99 || name_length == 0 || name_length > 1024 ||
            record.size() < name_at + name_length) {
            return;
        }
        const std::string name(as_text(record.subspan(name_at, name_length)));
        encrypted = encrypted || (flags & 1) != 0;
        content_types = content_types || name == "[Content_Types].xml";
        word = word || name == "word/document.xml";
        sheet = sheet || name == "xl/workbook.xml" || name == "xl/workbook.bin";
        slides = slides || name == "ppt/presentation.xml";
        ofd = ofd || name == "OFD.xml";
        active = active || name.find("vbaProject.bin") != std::string::npos ||
                 name.find("xl/macrosheets/") != std::string::npos ||
                 name.find("/activeX/") != std::string::npos;
    }

    void scan_ole(ByteView data, size_t positions) {
        static const std::string package = utf16("EncryptedPackage");
        static const std::string macros = utf16("_VBA_PROJECT");
        const auto found = [&](const std::string& name) {
            // A hit must begin within `positions`, so that each is seen once and whole.
            const size_t end = std::min(data.size(), positions + name.size() - 1);
            return contains(data.first(end), name);
        };
        encrypted = encrypted || found(package);
        active = active || found(macros);
    }

    void begin() {
        begun = true;
        format = format_of_head(head);
        if (scans()) {
            scan_piece(head);
        }
        if (format == "rar" || format == "7z") {
            encrypted = true;
        }
    }

    void scan_piece(ByteView piece) {
        if (piece.size() < lookahead) {
            append(carry, piece);
            if (carry.size() > lookahead) {
                const size_t positions = carry.size() - lookahead;
                scan(carry, positions);
                carry.erase(carry.begin(), carry.begin() + static_cast<ptrdiff_t>(positions));
            }
            return;
        }
        const size_t old = carry.size();
        append(carry, piece.first(lookahead));
        scan(carry, old);
        scan(piece, piece.size() - lookahead);
        carry.assign(piece.end() - lookahead, piece.end());
    }

    std::string final_format() const {
        if (format == "pdf") {
            // A half-downloaded file has no end.
            return contains(carry, "%%EOF") ? "pdf" : "other";
        }
        if (format != "zip") {
            return format;
        }
        if (!zip_end) {
            return "other";
        }
        if (content_types && word) {
            return "docx";
        }
        if (content_types && sheet) {
            return "xlsx";
        }
        if (content_types && slides) {
            return "pptx";
        }
        return ofd ? "ofd" : "zip";
    }
};

DocumentInspector::DocumentInspector() : m_impl(std::make_unique<Impl>()) {}
DocumentInspector::~DocumentInspector() = default;
DocumentInspector::DocumentInspector(DocumentInspector&&) noexcept = default;
DocumentInspector& DocumentInspector::operator=(DocumentInspector&&) noexcept = default;

void DocumentInspector::feed(ByteView piece) {
    Impl& i = *m_impl;
    if (!i.begun) {
        const size_t take = std::min(piece.size(), head_limit - i.head.size());
        append(i.head, piece.first(take));
        piece = piece.subspan(take);
        if (i.head.size() < head_limit) {
            return;
        }
        i.begin();
    }
    if (i.scans() && !piece.empty()) {
        i.scan_piece(piece);
    }
}

DocumentFinding DocumentInspector::finish() {
    Impl& i = *m_impl;
    if (!i.begun) {
        i.begin();
    }
    if (i.scans()) {
        i.scan(i.carry, i.carry.size());
    }
    return {i.final_format(), i.encrypted, i.active};
}

namespace {

constexpr std::string_view known_formats[] = {
    "any",  "pdf", "ofd", "docx", "xlsx", "pptx", "doc", "xls", "ppt", "png", "jpg", "jpeg", "tif",
    "tiff", "bmp", "gif", "zip",  "rar",  "7z",   "dwg", "dxf", "mp4", "xml", "txt", "csv"};

/// The name that a finding uses for a format that a tender names.
std::string_view found_name(std::string_view allowed) {
    if (allowed == "xls" || allowed == "ppt") {
        return "doc";
    }
    if (allowed == "jpeg") {
        return "jpg";
    }
    if (allowed == "tiff") {
        return "tif";
    }
    return allowed == "csv" ? "txt" : allowed;
}

}  // namespace

bool format_known(std::string_view name) {
    return std::find(std::begin(known_formats), std::end(known_formats), name) !=
           std::end(known_formats);
}

bool format_allowed(std::string_view found, const std::vector<std::string>& allowed) {
    return std::any_of(allowed.begin(), allowed.end(), [&](const std::string& name) {
        return name == "any" || found_name(name) == found;
    });
}

bool format_compressible(std::string_view path) {
    static constexpr std::string_view extensions[] = {
        "txt", "csv",  "xml", "bmp",  "doc", "xls", "ppt", "tif", "tiff", "dxf",
        "svg", "json", "htm", "html", "md",  "log", "rtf", "ifc", "step", "stp"};
    const size_t dot = path.rfind('.');
    if (dot == std::string_view::npos) {
        return false;
    }
    const std::string extension = fold_path(path.substr(dot + 1));
    return std::find(std::begin(extensions), std::end(extensions), extension) !=
           std::end(extensions);
}

}  // namespace bidseal::bid
