// JSON as the formats use it: one value type, a strict reader, the canonical writer, and helpers
// that read and build objects member by member. There are no fractions: amounts are decimal
// strings.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "bidseal/base/bytes.h"
#include "bidseal/base/error.h"
#include "bidseal/base/time.h"

namespace bidseal::protocol {

struct JsonMember;

/// One JSON value. Made by the named functions below, so that nothing converts by accident; a value
/// made by Json() is null. Members of an object keep their order.
class Json {
public:
    enum class Kind { null, boolean, integer, text, array, object };
    using Array = std::vector<Json>;
    using Object = std::vector<JsonMember>;

    Json();
    Json(const Json& other);
    Json(Json&& other) noexcept;
    Json& operator=(const Json& other);
    Json& operator=(Json&& other) noexcept;
    ~Json();

    static Json null();
    static Json boolean(bool value);
    static Json integer(int64_t value);
    /// The text must be valid UTF-8: write_json() refuses anything else.
    static Json text(std::string_view value);
    static Json array(Array items);
    /// The names must differ: write_json() refuses duplicates.
    static Json object(Object members);

    Kind kind() const;
    bool is_null() const { return kind() == Kind::null; }
    bool is_object() const { return kind() == Kind::object; }
    bool is_array() const { return kind() == Kind::array; }

    /// The value of a known kind. Throws Error(json_invalid) when the value is of another kind.
    bool as_boolean() const;
    int64_t as_integer() const;
    const std::string& as_text() const;
    const Array& as_array() const;
    const Object& as_object() const;

    /// The object's member of this name, or nullptr; nullptr too when this is not an object.
    const Json* find(std::string_view name) const;

    /// Same kind, same value; members and items in the same order.
    friend bool operator==(const Json& a, const Json& b);
    friend bool operator!=(const Json& a, const Json& b);

private:
    std::variant<std::monostate, bool, int64_t, std::string, Array, Object> m_value;
};

struct JsonMember {
    std::string name;
    Json value;
};

/// What a reader accepts at most.
struct JsonLimits {
    uint64_t max_bytes = 256 * 1024;  // of the whole text
    uint32_t max_depth = 8;           // objects and arrays inside each other; `{}` has depth 1
};

/// Reads one JSON text (RFC 8259), strictly: valid UTF-8 without a byte order mark, no duplicate
/// members, no unpaired surrogates, integers only (no fraction or exponent, within int64, no -0, no
/// leading zeros), nothing but white space around it. Any spelling and member order is taken.
/// Throws Error(json_invalid), at() the byte near the fault, or Error(limit_exceeded).
Json parse_json(ByteView text, const JsonLimits& limits = {});

/// Reads JSON that must stand in its canonical spelling: parse_json(), then write_json() must give
/// the same bytes, else Error(json_not_canonical), at() the first byte that differs.
Json parse_canonical_json(ByteView text, const JsonLimits& limits = {});

/// The canonical spelling: members in their order, no white space, integers in shortest decimal;
/// texts as raw UTF-8 where only `"`, `\` and control characters are escaped, as \" \\ \b \f \n \r
/// \t and \u00xx (lower-case hex) for the other characters below U+0020. Throws
/// Error(encoding_invalid) for invalid UTF-8 or duplicate member names.
std::string write_json(const Json& value);

/// Whether members must stand in the order in which they are read (the file formats), or may stand
/// in any (messages, which other programs write).
enum class MemberOrder { stated, any };

/// Reads an object's members one call after the other, each typed and bounded; finish() refuses
/// what was not asked for. The Json must outlive the reader. All functions throw Error(fault) with
/// the member's name as subject when the member is missing, out of order or not of the asked form.
class ObjectReader {
public:
    explicit ObjectReader(const Json& object, MemberOrder order = MemberOrder::stated,
                          ErrorCode fault = ErrorCode::json_invalid);

    /// Any text of at most `max_bytes`, possibly empty.
    std::string text(std::string_view name, size_t max_bytes);
    /// Text that people read: see is_clean_text().
    std::string clean_text(std::string_view name, size_t max_bytes);
    /// See is_identifier().
    std::string identifier(std::string_view name);
    /// Exactly this text, such as a type or a version.
    void constant(std::string_view name, std::string_view expected);
    /// One of these texts; returns its place in the list.
    size_t choice(std::string_view name, const std::vector<std::string_view>& texts);
    /// An integer from `min` to `max`, both included.
    int64_t integer(std::string_view name, int64_t min, int64_t max);
    /// An integer from 0 to `max`, for sizes and counts; `max` is at most 2^63-1.
    uint64_t size(std::string_view name, uint64_t max);
    bool boolean(std::string_view name);
    /// Canonical base64 of `min_size` to `max_size` bytes.
    Bytes base64(std::string_view name, size_t min_size, size_t max_size);
    /// Lower-case hex of exactly `size` bytes.
    Bytes hex_bytes(std::string_view name, size_t size);
    /// Lower-case hex of a digest or another FixedBytes type.
    template <class Fixed>
    Fixed hex(std::string_view name) {
        return fixed<Fixed>(hex_bytes(name, Fixed::size()));
    }
    /// Canonical base64 of a FixedBytes type.
    template <class Fixed>
    Fixed base64_fixed(std::string_view name) {
        return fixed<Fixed>(base64(name, Fixed::size(), Fixed::size()));
    }
    /// A time as format_time() writes it.
    Timestamp time(std::string_view name);
    /// The member as it is, of any kind.
    const Json& value(std::string_view name);
    /// A reader of the member's members, with the same order rule and fault.
    ObjectReader object(std::string_view name);
    /// The items of an array of `min` to `max` items.
    const Json::Array& array(std::string_view name, size_t min, size_t max);
    /// An array of objects: calls read(ObjectReader&) for each, then its finish(); the results.
    template <class Read>
    auto objects(std::string_view name, size_t min, size_t max, Read read) {
        std::vector<decltype(read(std::declval<ObjectReader&>()))> results;
        for (const Json& item : array(name, min, max)) {
            ObjectReader reader(item, m_order, m_fault);
            results.push_back(read(reader));
            reader.finish();
        }
        return results;
    }
    /// An array of texts, each at most `max_bytes`.
    std::vector<std::string> texts(std::string_view name, size_t min, size_t max, size_t max_bytes);

    /// Whether the member is null; when it is, it counts as read. It must be there.
    /// `if (!r.take_null("replaces")) replaces = r.hex<Fingerprint>("replaces");`
    bool take_null(std::string_view name);
    /// Whether the member is there: with stated order, whether it is the next one.
    bool has(std::string_view name) const;

    /// Throws unless every member was read.
    void finish() const;
    /// Throws the reader's error about this member: for checks of the caller's own.
    [[noreturn]] void refuse(std::string_view name, const char* why) const;

private:
    const Json& take(std::string_view name);
    const std::string& take_text(std::string_view name);
    template <class Fixed>
    static Fixed fixed(const Bytes& bytes) {
        Fixed result;
        std::memcpy(result.data(), bytes.data(), Fixed::size());
        return result;
    }

    const Json* m_object;
    MemberOrder m_order;
    ErrorCode m_fault;
    size_t m_next = 0;         // the first member not read yet, with stated order
    std::vector<bool> m_read;  // which members were read, with any order
};

/// Builds an object in the order of the calls.
/// `Json j = ObjectBuilder().text("type", "SBID1-index").integer("count", 3).build();`
class ObjectBuilder {
public:
    ObjectBuilder& text(std::string_view name, std::string_view value);
    ObjectBuilder& integer(std::string_view name, int64_t value);
    /// A size or count; throws Error(limit_exceeded) above 2^63-1.
    ObjectBuilder& size(std::string_view name, uint64_t value);
    ObjectBuilder& boolean(std::string_view name, bool value);
    ObjectBuilder& null(std::string_view name);
    ObjectBuilder& base64(std::string_view name, ByteView bytes);
    /// Lower-case hex.
    ObjectBuilder& hex(std::string_view name, ByteView bytes);
    ObjectBuilder& time(std::string_view name, Timestamp value);
    ObjectBuilder& texts(std::string_view name, const std::vector<std::string>& values);
    ObjectBuilder& array(std::string_view name, Json::Array items);
    ObjectBuilder& value(std::string_view name, Json value);
    /// The object so far; the builder is empty afterwards.
    Json build();

private:
    Json::Object m_members;
};

}  // namespace bidseal::protocol
