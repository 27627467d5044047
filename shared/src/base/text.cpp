#include "bidseal/base/text.h"

#include <algorithm>
#include <cstdint>
#include <iterator>

#include "bidseal/base/error.h"

#include "fold_table.h"

namespace bidseal {
namespace {

constexpr uint32_t malformed = 0xFFFFFFFF;

/// Takes the next character off the text, or gives `malformed` (Unicode, table 3-7).
uint32_t next_character(std::string_view& text) {
    const auto byte = [&](size_t i) {
        return static_cast<uint8_t>(text[i]);
    };
    const uint8_t lead = byte(0);
    size_t length = 1;
    uint32_t smallest = 0;
    uint32_t character = lead;
    if (lead >= 0x80) {
        if (lead >= 0xC2 && lead <= 0xDF) {
            length = 2;
            smallest = 0x80;
            character = lead & 0x1F;
        } else if (lead >= 0xE0 && lead <= 0xEF) {
            length = 3;
            smallest = 0x800;
            character = lead & 0x0F;
        } else if (lead >= 0xF0 && lead <= 0xF4) {
            length = 4;
            smallest = 0x10000;
            character = lead & 0x07;
        } else {
            return malformed;
        }
        if (text.size() < length) {
            return malformed;
        }
        for (size_t i = 1; i < length; ++i) {
            if ((byte(i) & 0xC0) != 0x80) {
                return malformed;
            }
            character = character << 6 | (byte(i) & 0x3F);
        }
        const bool surrogate = character >= 0xD800 && character <= 0xDFFF;
        if (character < smallest || character > 0x10FFFF || surrogate) {
            return malformed;
        }
    }
    text.remove_prefix(length);
    return character;
}

void append_character(std::string& text, uint32_t c) {
    if (c < 0x80) {
        text += static_cast<char>(c);
    } else if (c < 0x800) {
        text += static_cast<char>(0xC0 | c >> 6);
        text += static_cast<char>(0x80 | (c & 0x3F));
    } else if (c < 0x10000) {
        text += static_cast<char>(0xE0 | c >> 12);
        text += static_cast<char>(0x80 | (c >> 6 & 0x3F));
        text += static_cast<char>(0x80 | (c & 0x3F));
    } else {
        text += static_cast<char>(0xF0 | c >> 18);
        text += static_cast<char>(0x80 | (c >> 12 & 0x3F));
        text += static_cast<char>(0x80 | (c >> 6 & 0x3F));
        text += static_cast<char>(0x80 | (c & 0x3F));
    }
}

bool is_between(uint32_t c, uint32_t first, uint32_t last) {
    return c >= first && c <= last;
}

/// Characters that change how a text looks without being seen themselves, or that break its line.
bool is_deceptive(uint32_t c) {
    const bool control = c < 0x20 || is_between(c, 0x7F, 0x9F);
    const bool line_break = c == 0x2028 || c == 0x2029;
    const bool bidirectional = c == 0x061C || c == 0x200E || c == 0x200F ||
                               is_between(c, 0x202A, 0x202E) || is_between(c, 0x2066, 0x2069);
    return control || line_break || bidirectional || c == 0xFEFF;
}

uint32_t fold_character(uint32_t c) {
    const auto* run =
        std::lower_bound(std::begin(fold_runs), std::end(fold_runs), c,
                         [](const FoldRun& r, uint32_t character) { return r.last < character; });
    if (run == std::end(fold_runs) || c < run->first || (c - run->first) % run->stride != 0) {
        return c;
    }
    return static_cast<uint32_t>(static_cast<int32_t>(c) + run->delta);
}

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

/// Device names that Windows takes for files in every folder, whatever the extension.
bool is_reserved_by_windows(std::string_view part) {
    std::string stem(part.substr(0, part.find('.')));
    while (!stem.empty() && stem.back() == ' ') {
        stem.pop_back();
    }
    for (char& c : stem) {
        if (c >= 'a' && c <= 'z') {
            c = static_cast<char>(c - 'a' + 'A');
        }
    }
    for (const char* name : {"CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$", "CLOCK$"}) {
        if (stem == name) {
            return true;
        }
    }
    if (stem.rfind("COM", 0) != 0 && stem.rfind("LPT", 0) != 0) {
        return false;
    }
    const std::string number = stem.substr(3);
    // Windows counts the superscripts 1, 2 and 3 as digits here.
    const bool superscript = number == "\xC2\xB9" || number == "\xC2\xB2" || number == "\xC2\xB3";
    return superscript || (number.size() == 1 && is_digit(number[0]));
}

bool is_safe_part(std::string_view part) {
    constexpr size_t max_part_bytes = 255;
    return !part.empty() && part.size() <= max_part_bytes && part.back() != '.' &&
           part.back() != ' ' && !is_reserved_by_windows(part);
}

}  // namespace

bool is_valid_utf8(std::string_view text) {
    while (!text.empty()) {
        if (next_character(text) == malformed) {
            return false;
        }
    }
    return true;
}

bool is_clean_text(std::string_view text, size_t max_bytes) {
    if (text.empty() || text.size() > max_bytes) {
        return false;
    }
    while (!text.empty()) {
        const uint32_t c = next_character(text);
        if (c == malformed || is_deceptive(c)) {
            return false;
        }
    }
    return true;
}

bool is_identifier(std::string_view text) {
    return !text.empty() && text.size() <= 64 && std::all_of(text.begin(), text.end(), [](char c) {
        return is_digit(c) || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '.' ||
               c == '_' || c == '-';
    });
}

bool is_safe_path(std::string_view path) {
    constexpr size_t max_path_bytes = 1024;
    if (!is_clean_text(path, max_path_bytes) ||
        path.find_first_of("\\:<>\"|?*") != std::string_view::npos) {
        return false;
    }
    // An empty first part is an absolute path; '.' and '..' end in a dot.
    while (true) {
        const size_t slash = path.find('/');
        if (!is_safe_part(path.substr(0, slash))) {
            return false;
        }
        if (slash == std::string_view::npos) {
            return true;
        }
        path.remove_prefix(slash + 1);
    }
}

std::string fold_path(std::string_view path) {
    std::string folded;
    while (!path.empty()) {
        const uint32_t c = next_character(path);
        require(c != malformed, ErrorCode::encoding_invalid, "a path is not UTF-8");
        append_character(folded, fold_character(c));
    }
    return folded;
}

bool is_decimal(std::string_view text, int scale) {
    const bool negative = !text.empty() && text[0] == '-';
    if (negative) {
        text.remove_prefix(1);
    }
    const std::string_view whole = text.substr(0, text.find('.'));
    std::string_view fraction = text.substr(whole.size());
    if (scale > 0) {
        if (fraction.empty()) {
            return false;
        }
        fraction.remove_prefix(1);
    }
    const bool digits_only = std::all_of(whole.begin(), whole.end(), is_digit) &&
                             std::all_of(fraction.begin(), fraction.end(), is_digit);
    const bool leading_zero = whole.size() > 1 && whole[0] == '0';
    if (whole.empty() || !digits_only || leading_zero ||
        fraction.size() != static_cast<size_t>(std::max(scale, 0))) {
        return false;
    }
    const auto is_zero = [](char c) {
        return c == '0';
    };
    const bool zero = std::all_of(whole.begin(), whole.end(), is_zero) &&
                      std::all_of(fraction.begin(), fraction.end(), is_zero);
    return !(negative && zero);
}

int compare_decimal(std::string_view a, std::string_view b) {
    const bool a_negative = !a.empty() && a[0] == '-';
    const bool b_negative = !b.empty() && b[0] == '-';
    if (a_negative != b_negative) {
        return a_negative ? -1 : 1;
    }
    // With the same scale and no leading zeros, the longer one has the larger magnitude.
    int order = a.size() != b.size() ? (a.size() < b.size() ? -1 : 1) : a.compare(b);
    order = order < 0 ? -1 : order > 0 ? 1 : 0;
    return a_negative ? -order : order;
}

}  // namespace bidseal
