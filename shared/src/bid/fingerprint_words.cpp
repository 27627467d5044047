#include "bidseal/bid/fingerprint_words.h"

#include "bidseal/base/error.h"

namespace bidseal::bid {

namespace {

// 4 + 2 + 3 + 2 bits: consonant, vowel, consonant, vowel. The letters are those that most languages
// tell apart by ear.
constexpr std::string_view first_consonants = "bdfghjklmnprstvz";
constexpr std::string_view second_consonants = "bdklmnrt";
constexpr std::string_view first_vowels = "aeio";
constexpr std::string_view second_vowels = "aeou";

}  // namespace

std::string fingerprint_text(const Fingerprint& fingerprint) {
    std::string hex = to_hex(fingerprint.view());
    std::string text;
    for (size_t i = 0; i < hex.size(); ++i) {
        if (i > 0 && i % 4 == 0) {
            text += ' ';
        }
        text += (hex[i] >= 'a') ? static_cast<char>(hex[i] - 'a' + 'A') : hex[i];
    }
    return text;
}

Fingerprint parse_fingerprint(std::string_view text) {
    std::string hex;
    for (char c : text) {
        if (c != ' ' && c != '\t' && c != '\r' && c != '\n') {
            hex += c;
        }
    }
    const Bytes bytes = from_hex(hex);
    require(bytes.size() == Fingerprint::size(), ErrorCode::encoding_invalid);
    Fingerprint fingerprint;
    std::memcpy(fingerprint.data(), bytes.data(), bytes.size());
    return fingerprint;
}

std::string fingerprint_word(uint32_t value) {
    require(value < 2048, ErrorCode::usage);
    std::string word;
    word += first_consonants[value >> 7];
    word += first_vowels[(value >> 5) & 3];
    word += second_consonants[(value >> 2) & 7];
    word += second_vowels[value & 3];
    return word;
}

std::vector<std::string> fingerprint_words(const Fingerprint& fingerprint) {
    std::vector<std::string> words;
    uint32_t pending = 0;
    unsigned bits = 0;
    for (uint8_t byte : fingerprint.bytes) {
        pending = (pending << 8) | byte;
        bits += 8;
        if (bits >= 11) {
            bits -= 11;
            words.push_back(fingerprint_word((pending >> bits) & 0x7ff));
            pending &= (1u << bits) - 1;
            if (words.size() == 12) {
                break;
            }
        }
    }
    return words;
}

}  // namespace bidseal::bid
