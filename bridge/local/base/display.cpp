#include "bridge/local/base/display.h"

#include "bidseal/base/text.h"

namespace bidseal::bridge {

namespace {

constexpr std::string_view replacement = "\xEF\xBF\xBD";
constexpr std::string_view ellipsis = "\xE2\x80\xA6";

/// Bytes of the character that begins the text, or 0 when it is not well-formed UTF-8.
size_t character_size(std::string_view text) {
    for (size_t size = 1; size <= 4 && size <= text.size(); ++size) {
        if (is_valid_utf8(text.substr(0, size)))
            return size;
    }
    return 0;
}

}  // namespace

std::string display_text(std::string_view text, size_t max_bytes) {
    std::string shown;
    size_t cut = 0;  // where the text may be cut so that the ellipsis still fits
    while (!text.empty()) {
        size_t size = character_size(text);
        std::string_view character = text.substr(0, size ? size : 1);
        bool good = size != 0 && is_clean_text(character, 4);
        text.remove_prefix(character.size());
        std::string_view piece = good ? character : replacement;
        if (shown.size() + piece.size() > max_bytes) {
            shown.resize(cut);
            return max_bytes >= ellipsis.size() ? shown + std::string(ellipsis) : shown;
        }
        shown += piece;
        if (shown.size() + ellipsis.size() <= max_bytes)
            cut = shown.size();
    }
    return shown;
}

}  // namespace bidseal::bridge
