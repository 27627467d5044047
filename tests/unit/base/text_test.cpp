#include "bidseal/base/text.h"

#include <doctest/doctest.h>

#include "support/error_of.h"

using namespace bidseal;
using bidseal::test::error_name_of;

TEST_CASE("UTF-8 is taken in its shortest form only") {
    for (const char* good :
         {"", "abc", "\x7F", "\xC2\x80", "\xDF\xBF", "\xE0\xA0\x80", "\xED\x9F\xBF", "\xEE\x80\x80",
          "\xEF\xBF\xBF", "\xF0\x90\x80\x80", "\xF4\x8F\xBF\xBF", "投标文件"}) {
        CHECK_MESSAGE(is_valid_utf8(good), good);
    }
    const char* bad[] = {
        "\x80",              // continuation without a lead
        "\xC0\xAF",          // overlong '/'
        "\xC1\xBF",          // overlong
        "\xE0\x9F\xBF",      // overlong in three bytes
        "\xF0\x8F\xBF\xBF",  // overlong in four bytes
        "\xED\xA0\x80",      // surrogate
        "\xED\xBF\xBF",      // surrogate
        "\xF4\x90\x80\x80",  // above U+10FFFF
        "\xF5\x80\x80\x80",  // never a lead
        "\xE6\x8A",          // cut short
        "\xE6\x8A\x41",      // cut short by another character
        "\xFF",
    };
    for (const char* text : bad) {
        CHECK_FALSE_MESSAGE(is_valid_utf8(text), text);
    }
}

TEST_CASE("clean text has a length and shows what it holds") {
    CHECK(is_clean_text("某某公司 (北京) A-1", 64));
    CHECK(is_clean_text("abc", 3));
    CHECK_FALSE(is_clean_text("abcd", 3));
    CHECK_FALSE(is_clean_text("", 3));
    const char* bad[] = {
        "a\nb",         "a\tb",         "\x7F",         "\xC2\x80",
        "\xC2\x9F",     "\xD8\x9C",     "\xE2\x80\x8E", "\xE2\x80\x8F",
        "\xE2\x80\xA8", "\xE2\x80\xA9", "\xE2\x80\xAA", "\xE2\x80\xAE",
        "\xE2\x81\xA6", "\xE2\x81\xA9", "\xEF\xBB\xBF", "\xC0\x80",
    };
    for (const char* text : bad) {
        CHECK_FALSE_MESSAGE(is_clean_text(text, 64), text);
    }
    CHECK_FALSE(is_clean_text(std::string_view("a\0b", 3), 64));
    // The neighbours of the refused ranges are ordinary characters.
    for (const char* text :
         {" ", "~", "\xC2\xA0", "\xE2\x80\x90", "\xE2\x80\xAF", "\xE2\x81\xA5"}) {
        CHECK_MESSAGE(is_clean_text(text, 64), text);
    }
}

TEST_CASE("identifiers") {
    for (const char* good : {"a", "Z", "0", ".", "lot-1", "a_b.c"}) {
        CHECK_MESSAGE(is_identifier(good), good);
    }
    CHECK(is_identifier(std::string(64, 'a')));
    CHECK_FALSE(is_identifier(std::string(65, 'a')));
    for (const char* bad : {"", "a b", "a/b", "\xC3\xA9", "a:b", "a\n"}) {
        CHECK_FALSE_MESSAGE(is_identifier(bad), bad);
    }
}

TEST_CASE("paths that every system can hold are safe") {
    for (const char* good :
         {"a", "a.pdf", "报价/分项报价表.xlsx", "a/b/c.d", ".hidden", "..a", "a..b", "COM",
          "COM10.txt", "CONSOLE", "LPTX", "nul-1", "a b.pdf", " a"}) {
        CHECK_MESSAGE(is_safe_path(good), good);
    }
    CHECK(is_safe_path(std::string(255, 'a')));
    CHECK(is_safe_path(std::string(255, 'a') + "/" + std::string(255, 'b')));
}

TEST_CASE("path tricks are refused") {
    const char* bad[] = {
        "",
        "/",
        "/etc/passwd",
        "a/",
        "a//b",
        ".",
        "..",
        "../a",
        "a/../b",
        "a/./b",
        "a/..",
        "a\\b",
        "..\\a",
        "C:a",
        "C:/a",
        "a:stream",
        "a.",
        "a ",
        "a./b",
        "a /b",
        "CON",
        "con",
        "nUl.txt",
        "aux.tar.gz",
        "x/PRN",
        "PRN/x",
        "COM1",
        "lpt9.doc",
        "COM0",
        "COM\xC2\xB9",
        "LPT\xC2\xB3.x",
        "CONIN$",
        "conout$",
        "NUL .txt",
        "a\nb",
        "a\xE2\x80\xAE"
        "fdp.exe",
        "\xEF\xBB\xBF"
        "a",
        "a\xFF",
        "a<b",
        "a>b",
        "a\"b",
        "a|b",
        "a?",
        "*",
        "\xC0\xAE\xC0\xAE/a",
    };
    for (const char* path : bad) {
        CHECK_FALSE_MESSAGE(is_safe_path(path), path);
    }
    CHECK_FALSE(is_safe_path(std::string_view("a\0.pdf", 6)));
    CHECK_FALSE(is_safe_path(std::string(256, 'a')));
    std::string longest = std::string(204, 'a');
    for (int i = 0; i < 4; ++i) {
        longest += "/" + std::string(204, 'a');
    }
    REQUIRE(longest.size() == 1024);
    CHECK(is_safe_path(longest));
    CHECK_FALSE(is_safe_path(longest + "a"));
}

TEST_CASE("paths fold by simple case folding") {
    const std::pair<const char*, const char*> pairs[] = {
        {"ABC.Pdf", "abc.pdf"},
        {"ÀÉÞ", "àéþ"},
        {"×", "×"},
        {"ÿŸ", "ÿÿ"},
        {"ĀāĞ", "āāğ"},
        {"ΑΣς", "ασσ"},
        {"ΆΏ", "άώ"},
        {"ЖЁѠ", "жёѡ"},
        {"ＡＺａ", "ａｚａ"},
        {"ẞ", "ß"},
        {"Ḁạ", "ḁạ"},
        {"\xE2\x84\xAA", "k"},
        {"µ", "μ"},
        {"ſ", "s"},
        {"投标", "投标"},
        {"İ", "İ"},
        {"ǅǄ", "ǆǆ"},
        {"Ɓ", "ɓ"},
        {"\xF0\x9F\x98\x80Z", "\xF0\x9F\x98\x80z"},
    };
    for (const auto& [path, folded] : pairs) {
        CHECK(fold_path(path) == folded);
        CHECK(fold_path(folded) == folded);
    }
    CHECK(error_name_of([] { fold_path("a\xFF"); }) == "encoding_invalid");
}

TEST_CASE("decimals have exactly their digits") {
    for (const char* good : {"0", "7", "10", "-1", "123456789012345678901234567890"}) {
        CHECK_MESSAGE(is_decimal(good, 0), good);
    }
    for (const char* good : {"0.00", "0.01", "-0.01", "10.50", "1234567.89"}) {
        CHECK_MESSAGE(is_decimal(good, 2), good);
    }
    for (const char* bad : {"", "-", "+1", "01", "00", "-0", "1.", "1.0", ".", "1e3", " 1", "1 ",
                            "1,000", "\xEF\xBC\x91", "--1", "0x1"}) {
        CHECK_FALSE_MESSAGE(is_decimal(bad, 0), bad);
    }
    for (const char* bad : {"", "1", "1.5", "1.500", ".50", "-.50", "-0.00", "01.00", "1,50",
                            "1.5-", "1..0", "1.-0", "."}) {
        CHECK_FALSE_MESSAGE(is_decimal(bad, 2), bad);
    }
}

TEST_CASE("decimals compare by value") {
    const char* ascending[] = {"-100.00", "-20.00", "-19.99", "-0.01", "0.00",
                               "0.01",    "0.10",   "9.99",   "10.00", "100.00"};
    const int count = static_cast<int>(std::size(ascending));
    for (int i = 0; i < count; ++i) {
        for (int j = 0; j < count; ++j) {
            CHECK(compare_decimal(ascending[i], ascending[j]) == (i < j ? -1 : i > j ? 1 : 0));
        }
    }
}
