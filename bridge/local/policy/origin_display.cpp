#include "bridge/local/policy/origin_display.h"

#include <cstdint>
#include <vector>

#include "bridge/local/base/display.h"

namespace bidseal::bridge {

namespace {

// Parameters of RFC 3492 section 5.
constexpr uint32_t base = 36, t_min = 1, t_max = 26, skew = 38, damp = 700;
constexpr uint32_t initial_bias = 72, initial_n = 128, largest_character = 0x10FFFF;
constexpr size_t most_characters = 63;

uint32_t adapt(uint32_t delta, uint32_t count, bool first) {
    delta = first ? delta / damp : delta / 2;
    delta += delta / count;
    uint32_t k = 0;
    for (; delta > (base - t_min) * t_max / 2; k += base)
        delta /= base - t_min;
    return k + (base - t_min + 1) * delta / (delta + skew);
}

std::optional<uint32_t> digit_of(char c) {
    if (c >= 'a' && c <= 'z')
        return static_cast<uint32_t>(c - 'a');
    if (c >= '0' && c <= '9')
        return static_cast<uint32_t>(c - '0') + 26;
    return std::nullopt;
}

/// The delta that begins the text, taken off it (section 6.2); nothing when it is malformed.
std::optional<uint32_t> take_delta(std::string_view& text, uint32_t bias) {
    uint64_t value = 0, weight = 1;
    for (uint32_t k = base;; k += base) {
        if (text.empty())
            return std::nullopt;
        std::optional<uint32_t> digit = digit_of(text.front());
        text.remove_prefix(1);
        if (!digit)
            return std::nullopt;
        value += *digit * weight;
        if (value > UINT32_MAX)
            return std::nullopt;
        uint32_t threshold = k <= bias ? t_min : k >= bias + t_max ? t_max : k - bias;
        if (*digit < threshold)
            return static_cast<uint32_t>(value);
        weight *= base - threshold;
        if (weight > UINT32_MAX)
            return std::nullopt;
    }
}

void append_utf8(std::string& text, uint32_t c) {
    if (c < 0x80) {
        text += static_cast<char>(c);
    } else if (c < 0x800) {
        text += static_cast<char>(0xC0 | (c >> 6));
        text += static_cast<char>(0x80 | (c & 0x3F));
    } else if (c < 0x10000) {
        text += static_cast<char>(0xE0 | (c >> 12));
        text += static_cast<char>(0x80 | ((c >> 6) & 0x3F));
        text += static_cast<char>(0x80 | (c & 0x3F));
    } else {
        text += static_cast<char>(0xF0 | (c >> 18));
        text += static_cast<char>(0x80 | ((c >> 12) & 0x3F));
        text += static_cast<char>(0x80 | ((c >> 6) & 0x3F));
        text += static_cast<char>(0x80 | (c & 0x3F));
    }
}

}  // namespace

std::optional<std::string> decode_punycode(std::string_view label) {
    std::vector<uint32_t> characters;
    size_t hyphen = label.rfind('-');
    if (hyphen != std::string_view::npos) {
        for (char c : label.substr(0, hyphen))
            characters.push_back(static_cast<uint8_t>(c));
        label.remove_prefix(hyphen + 1);
    }
    const size_t plain = characters.size();
    uint64_t n = initial_n, i = 0;
    uint32_t bias = initial_bias;
    while (!label.empty()) {
        std::optional<uint32_t> delta = take_delta(label, bias);
        if (!delta || characters.size() >= most_characters)
            return std::nullopt;
        const uint32_t count = static_cast<uint32_t>(characters.size()) + 1;
        bias = adapt(*delta, count, characters.size() == plain);
        i += *delta;
        n += i / count;
        i %= count;
        if (n > largest_character)
            return std::nullopt;
        characters.insert(characters.begin() + static_cast<ptrdiff_t>(i), static_cast<uint32_t>(n));
        ++i;
    }
    std::string text;
    for (uint32_t c : characters)
        append_utf8(text, c);
    // Surrogates, controls and direction marks are not fit to be shown.
    if (characters.size() == plain || display_text(text, 4 * most_characters) != text)
        return std::nullopt;
    return text;
}

std::string origin_for_people(std::string_view origin) {
    constexpr std::string_view mark = "xn--";
    std::string readable;
    bool decoded = false;
    size_t at = 0;
    while (at < origin.size()) {
        size_t end = origin.find_first_of("./:", at);
        std::string_view label = origin.substr(at, end == std::string_view::npos ? end : end - at);
        if (label.substr(0, mark.size()) == mark) {
            std::optional<std::string> text = decode_punycode(label.substr(mark.size()));
            if (!text)
                return std::string(origin);
            readable += *text;
            decoded = true;
        } else {
            readable += label;
        }
        at += label.size();
        if (at < origin.size())
            readable += origin[at++];
    }
    return decoded ? readable + " (" + std::string(origin) + ")" : std::string(origin);
}

}  // namespace bidseal::bridge
