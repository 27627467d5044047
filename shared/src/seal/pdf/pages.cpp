// The page tree (ISO 32000-2 section 7.7.3) and how a page is shown.
#include <algorithm>
#include <cmath>

#include "bidseal/base/error.h"
#include "bidseal/seal/pdf_file.h"

namespace bidseal::seal {
namespace {

constexpr int max_depth = 64;
constexpr size_t max_pages = 200000;
constexpr double mm_per_unit = 25.4 / 72;

[[noreturn]] void damaged(const char* what, uint64_t at) {
    throw Error(ErrorCode::pdf_damaged, what).at(at);
}

std::optional<PdfBox> read_box(const PdfFile& file, const PdfValue& value) {
    const PdfValue array = file.resolve(value);
    if (!array.is(PdfValue::Kind::array) || array.items.size() != 4)
        return std::nullopt;
    double n[4];
    for (size_t i = 0; i < 4; i++) {
        const auto number = file.resolve(array.items[i]).number();
        if (!number || !(std::abs(*number) < 1e7))
            return std::nullopt;
        n[i] = *number;
    }
    return PdfBox{std::min(n[0], n[2]), std::min(n[1], n[3]), std::max(n[0], n[2]),
                  std::max(n[1], n[3])};
}

}  // namespace

double PdfPage::width_mm() const {
    return (rotate % 180 == 0 ? crop.width() : crop.height()) * user_unit * mm_per_unit;
}
double PdfPage::height_mm() const {
    return (rotate % 180 == 0 ? crop.height() : crop.width()) * user_unit * mm_per_unit;
}

const std::vector<PdfReference>& PdfFile::pages() const {
    if (!m_pages.empty())
        return m_pages;
    const PdfValue root = catalog()["Pages"];
    if (!root.is(PdfValue::Kind::reference))
        damaged("there are no pages", root.begin);
    try {
        walk_pages(root.reference, 0, {});
        std::sort(m_page_nodes.begin(), m_page_nodes.end());
        if (m_pages.empty() ||
            std::adjacent_find(m_page_nodes.begin(), m_page_nodes.end()) != m_page_nodes.end())
            damaged("the page tree has no pages, or one twice", root.begin);
    } catch (const Error&) {
        m_pages.clear();
        m_page_attributes.clear();
        m_page_nodes.clear();
        throw;
    }
    return m_pages;
}

void PdfFile::walk_pages(PdfReference node, int depth, Inherited inherited) const {
    const PdfValue value = object(node).value;
    m_page_nodes.push_back(node.number);
    if (!value.is(PdfValue::Kind::dictionary) || depth > max_depth ||
        m_page_nodes.size() > 2 * max_pages)
        damaged("the page tree is broken", value.begin);
    const std::pair<const char*, PdfValue*> attributes[] = {{"MediaBox", &inherited.media_box},
                                                            {"CropBox", &inherited.crop_box},
                                                            {"Rotate", &inherited.rotate}};
    for (const auto& [key, kept] : attributes)
        if (!value[key].is_null())
            *kept = value[key];
    const PdfValue kids = resolve(value["Kids"]);
    if (kids.is_null()) {
        m_pages.push_back(node);
        m_page_attributes.push_back(std::move(inherited));
        return;
    }
    if (!kids.is(PdfValue::Kind::array))
        damaged("the page tree is broken", value.begin);
    for (const PdfValue& kid : kids.items) {
        if (!kid.is(PdfValue::Kind::reference))
            damaged("the page tree is broken", kid.begin);
        walk_pages(kid.reference, depth + 1, inherited);
    }
}

PdfPage PdfFile::page(size_t index) const {
    require(index < pages().size(), ErrorCode::pdf_place, "no such page");
    const Inherited& attributes = m_page_attributes[index];
    PdfPage page;
    page.reference = m_pages[index];
    page.dictionary = object(page.reference).value;
    const uint64_t at = page.dictionary.begin;
    const auto media = read_box(*this, attributes.media_box);
    if (!media || media->width() <= 0 || media->height() <= 0)
        damaged("a page without a size", at);
    page.crop = *media;
    if (const auto crop = read_box(*this, attributes.crop_box)) {
        const PdfBox both{std::max(crop->left, media->left), std::max(crop->bottom, media->bottom),
                          std::min(crop->right, media->right), std::min(crop->top, media->top)};
        if (both.width() > 0 && both.height() > 0)
            page.crop = both;
    }
    const PdfValue rotate = resolve(attributes.rotate);
    if (!rotate.is_null()) {
        if (!rotate.is(PdfValue::Kind::integer) || rotate.integer % 90 != 0)
            damaged("a page is turned by an odd angle", at);
        page.rotate = static_cast<int>(((rotate.integer % 360) + 360) % 360);
    }
    if (const auto unit = resolve(page.dictionary["UserUnit"]).number())
        page.user_unit = *unit > 0 && *unit < 1e4 ? *unit : 1;
    return page;
}

}  // namespace bidseal::seal
