// Reading of PDF tokens and values (ISO 32000-2 section 7.2 and 7.3).
#include <algorithm>

#include "bidseal/base/error.h"
#include "bidseal/seal/pdf_value.h"

namespace bidseal::seal {
namespace {

constexpr int max_depth = 64;
constexpr size_t max_string = 16 << 20;
constexpr size_t max_name = 1024;
constexpr size_t max_number = 64;
constexpr size_t max_items = 4 << 20;

bool is_space(int c) {
    return c == 0 || c == '\t' || c == '\n' || c == '\f' || c == '\r' || c == ' ';
}
bool is_delimiter(int c) {
    return c == '(' || c == ')' || c == '<' || c == '>' || c == '[' || c == ']' || c == '{' ||
           c == '}' || c == '/' || c == '%';
}
bool is_digit(int c) {
    return c >= '0' && c <= '9';
}
int hex_digit(int c) {
    if (is_digit(c))
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

}  // namespace

PdfCursor::PdfCursor(const RandomAccess& file, uint64_t begin, uint64_t end, size_t block)
    : m_file(file), m_position(begin), m_end(std::min(end, file.size())), m_block_size(block) {}

int PdfCursor::peek() {
    if (m_position >= m_end)
        return -1;
    if (m_position < m_block_begin || m_position - m_block_begin >= m_block.size()) {
        m_block_begin = m_position;
        m_block.resize(static_cast<size_t>(std::min<uint64_t>(m_block_size, m_end - m_position)));
        m_file.read(m_block_begin, m_block);
    }
    return m_block[static_cast<size_t>(m_position - m_block_begin)];
}

int PdfCursor::next() {
    const int c = peek();
    if (c >= 0)
        m_position++;
    return c;
}

void PdfCursor::fail(const char* what) const {
    throw Error(ErrorCode::pdf_damaged, what).at(m_position);
}

void PdfCursor::skip_space() {
    for (int c = peek(); c >= 0; c = peek()) {
        if (c == '%') {
            while (c >= 0 && c != '\n' && c != '\r') {
                next();
                c = peek();
            }
        } else if (is_space(c)) {
            next();
        } else {
            return;
        }
    }
}

bool PdfCursor::ends_token() {
    const int c = peek();
    return c < 0 || is_space(c) || is_delimiter(c);
}

bool PdfCursor::take(std::string_view keyword) {
    skip_space();
    const uint64_t begin = m_position;
    for (const char c : keyword) {
        if (peek() != static_cast<uint8_t>(c)) {
            m_position = begin;
            return false;
        }
        next();
    }
    if (!ends_token()) {
        m_position = begin;
        return false;
    }
    return true;
}

void PdfCursor::expect(std::string_view keyword) {
    if (!take(keyword))
        fail("another keyword was expected");
}

std::optional<uint64_t> PdfCursor::try_number(uint64_t max) {
    skip_space();
    const uint64_t begin = m_position;
    uint64_t n = 0;
    size_t digits = 0;
    while (is_digit(peek())) {
        n = n * 10 + static_cast<uint64_t>(next() - '0');
        // Leading zeros are usual in tables; more than 18 digits are no offset.
        if (++digits > 18)
            break;
    }
    if (digits == 0 || digits > 18 || n > max || !ends_token()) {
        m_position = begin;
        return std::nullopt;
    }
    return n;
}

uint64_t PdfCursor::number(uint64_t max) {
    const auto n = try_number(max);
    if (!n)
        fail("a number was expected");
    return *n;
}

PdfValue PdfCursor::value(int depth) {
    if (depth > max_depth)
        fail("nested too deep");
    skip_space();
    const uint64_t begin = m_position;
    const int c = peek();
    PdfValue result;
    if (is_digit(c) || c == '+' || c == '-' || c == '.') {
        result = number_or_reference();
    } else if (c == '/') {
        result = name();
    } else if (c == '(') {
        result = literal_string();
    } else if (c == '[') {
        result = array(depth);
    } else if (c == '<') {
        next();
        if (peek() == '<') {
            next();
            result = dictionary(depth);
        } else {
            result = hex_string();
        }
    } else {
        result = keyword();
    }
    result.begin = begin;
    result.end = m_position;
    return result;
}

PdfValue PdfCursor::keyword() {
    if (take("true"))
        return PdfValue::make_boolean(true);
    if (take("false"))
        return PdfValue::make_boolean(false);
    if (take("null"))
        return {};
    fail("no object");
}

PdfValue PdfCursor::number_or_reference() {
    std::string text;
    bool real = false;
    if (peek() == '+' || peek() == '-')
        text += static_cast<char>(next());
    size_t digits = 0;
    while (is_digit(peek()) || (peek() == '.' && !real)) {
        const int c = next();
        real = real || c == '.';
        digits += is_digit(c) ? 1 : 0;
        text += static_cast<char>(c);
        if (text.size() > max_number)
            fail("a number is too long");
    }
    if (digits == 0 || !ends_token())
        fail("no number");
    if (real) {
        PdfValue value;
        value.kind = PdfValue::Kind::real;
        value.text = text;
        return value;
    }
    if (digits > 18)
        fail("a number is too long");
    int64_t n = 0;
    for (const char c : text)
        if (is_digit(c))
            n = n * 10 + (c - '0');
    if (text[0] == '-' || text[0] == '+')
        return PdfValue::make_integer(text[0] == '-' ? -n : n);
    // "12 0 R" is one value, "12 0" are two.
    const uint64_t behind = m_position;
    if (n > 0 && n <= 0xffffffff) {
        if (const auto generation = try_number(0xffff)) {
            if (take("R"))
                return PdfValue::make_reference(
                    {static_cast<uint32_t>(n), static_cast<uint16_t>(*generation)});
        }
    }
    m_position = behind;
    return PdfValue::make_integer(n);
}

PdfValue PdfCursor::name() {
    next();
    std::string text;
    while (!ends_token()) {
        int c = next();
        if (c == '#') {
            const int high = hex_digit(next());
            const int low = hex_digit(next());
            if (high < 0 || low < 0 || (high == 0 && low == 0))
                fail("a name has a broken escape");
            c = high << 4 | low;
        }
        text += static_cast<char>(c);
        if (text.size() > max_name)
            fail("a name is too long");
    }
    return PdfValue::make_name(text);
}

PdfValue PdfCursor::literal_string() {
    next();
    Bytes bytes;
    int open = 1;
    while (true) {
        int c = next();
        if (c < 0 || bytes.size() > max_string)
            fail("a string does not end");
        if (c == '(')
            open++;
        if (c == ')' && --open == 0)
            break;
        if (c == '\r') {
            // Any end of line in a string means a line feed.
            if (peek() == '\n')
                next();
            c = '\n';
        } else if (c == '\\') {
            c = next();
            static constexpr std::string_view letters = "nrtbf", meanings = "\n\r\t\b\f";
            const size_t known =
                c < 0 ? std::string_view::npos : letters.find(static_cast<char>(c));
            if (known != std::string_view::npos) {
                c = meanings[known];
            } else if (c >= '0' && c <= '7') {
                int octal = c - '0';
                for (int i = 0; i < 2 && peek() >= '0' && peek() <= '7'; i++)
                    octal = octal * 8 + (next() - '0');
                c = octal & 0xff;
            } else if (c == '\n' || c == '\r') {
                if (c == '\r' && peek() == '\n')
                    next();
                continue;
            } else if (c < 0) {
                fail("a string does not end");
            }
        }
        bytes.push_back(static_cast<uint8_t>(c));
    }
    return PdfValue::make_string(bytes);
}

PdfValue PdfCursor::hex_string() {
    Bytes bytes;
    int pending = -1;
    while (true) {
        const int c = next();
        if (c == '>')
            break;
        if (c >= 0 && is_space(c))
            continue;
        const int digit = hex_digit(c);
        if (digit < 0 || bytes.size() > max_string)
            fail("a hexadecimal string is broken");
        if (pending < 0) {
            pending = digit;
        } else {
            bytes.push_back(static_cast<uint8_t>(pending << 4 | digit));
            pending = -1;
        }
    }
    if (pending >= 0)
        bytes.push_back(static_cast<uint8_t>(pending << 4));
    return PdfValue::make_string(bytes);
}

PdfValue PdfCursor::array(int depth) {
    next();
    std::vector<PdfValue> items;
    while (true) {
        skip_space();
        if (peek() == ']') {
            next();
            return PdfValue::make_array(std::move(items));
        }
        items.push_back(value(depth + 1));
        if (items.size() > max_items)
            fail("an array is too long");
    }
}

PdfValue PdfCursor::dictionary(int depth) {
    std::vector<PdfEntry> entries;
    while (true) {
        skip_space();
        if (peek() == '>') {
            next();
            if (next() != '>')
                fail("a dictionary does not end");
            break;
        }
        if (peek() != '/')
            fail("a dictionary's key is no name");
        std::string key = name().text;
        entries.push_back({std::move(key), value(depth + 1)});
        if (entries.size() > max_items)
            fail("a dictionary is too long");
    }
    // A key twice means different things to different readers.
    std::vector<std::string_view> keys;
    for (const PdfEntry& entry : entries)
        keys.push_back(entry.key);
    std::sort(keys.begin(), keys.end());
    if (std::adjacent_find(keys.begin(), keys.end()) != keys.end())
        fail("a dictionary has a key twice");
    return PdfValue::make_dictionary(std::move(entries));
}

}  // namespace bidseal::seal
