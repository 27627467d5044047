// What a document is, by its bytes, and whether it can change its meaning later. Streaming.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "bidseal/base/bytes.h"

namespace bidseal::bid {

struct DocumentFinding {
    /// `pdf`, `ofd`, `docx`, `xlsx`, `pptx`, `doc` (all old OLE files), `png`, `jpg`, `tif`, `bmp`,
    /// `gif`, `zip`, `rar`, `7z`, `dwg`, `dxf`, `mp4`, `xml`, `txt`, `empty` or `other`.
    std::string format;
    /// Opens only with a password, or cannot be looked into (rar, 7z).
    bool encrypted = false;
    bool active = false;  ///< holds macros, scripts or actions
};

/// Feed the whole document in order, in pieces of any size, then finish(). What it does not find,
/// because it would have to unpack: PDF scripts inside compressed object streams, files inside
/// archives, passwords of DOC and XLS from before 2007.
class DocumentInspector {
public:
    DocumentInspector();
    ~DocumentInspector();
    DocumentInspector(DocumentInspector&&) noexcept;
    DocumentInspector& operator=(DocumentInspector&&) noexcept;
    void feed(ByteView piece);
    DocumentFinding finish();

private:
    struct Impl;
    std::unique_ptr<Impl> m_impl;
};

/// Whether a finding of `format` is allowed by a slot's list (`any` allows everything; `xls`, `ppt`
/// allow `doc`, `jpeg` and `jpg`, `tiff` and `tif` are the same, `csv` allows `txt`, `dwf` and
/// others not listed above are refused in tenders).
bool format_allowed(std::string_view found, const std::vector<std::string>& allowed);
/// Whether a tender may name this format.
bool format_known(std::string_view name);
/// Whether deflating such a document is worth while.
bool format_compressible(std::string_view path);

}  // namespace bidseal::bid
