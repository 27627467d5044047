// The strict DER reader: one spelling per value.
#include <doctest/doctest.h>

#include "bidseal/crypto/der_reader.h"
#include "bidseal/crypto/der_writer.h"

#include "crypto_test_support.h"

using namespace bidseal;
using namespace bidseal::test;
namespace der = bidseal::crypto::der;

namespace {

std::string walk(const std::string& hex) {
    return outcome([&] { der::check(from_hex(hex), ErrorCode::encoding_invalid); });
}

}  // namespace

TEST_CASE("DER vectors") {
    int good = 0, bad = 0;
    for (const VectorBlock& v : read_vectors("crypto/der.vec")) {
        CAPTURE(v.text("cause"));
        CHECK(walk(v.text("der")) == v.text("expect"));
        (v.text("expect") == "ok" ? good : bad)++;
    }
    CHECK(good == 12);
    CHECK(bad == 29);
}

TEST_CASE("nesting up to 32 levels") {
    Bytes nested = der::null_value();
    for (int i = 1; i < 32; i++)
        nested = der::sequence_of({nested});
    CHECK(walk(to_hex(nested)) == "ok");
    CHECK(walk(to_hex(der::sequence_of({nested}))) == "encoding_invalid");
}

TEST_CASE("lengths around the borders of their forms") {
    for (const size_t n : {0, 1, 127, 128, 255, 256, 65535, 65536, 70000}) {
        const Bytes content(n, 0x41);
        const Bytes written = der::octets(content);
        CHECK(written.size() == n + (n < 128 ? 2 : n < 256 ? 3 : n < 65536 ? 4 : 5));
        der::Reader reader(written, ErrorCode::encoding_invalid);
        CHECK(equal(reader.octets(), content));
        CHECK(reader.done());
    }
}

TEST_CASE("object identifiers are written as they are read") {
    for (const char* text : {"1.2.156.10197.1.501", "2.5.4.97", "0.9.2342.19200300.100.1.25",
                             "2.999.1", "1.3.6.1.4.1.311.10.3.12", "2.16.840.1.101.3.4.2.1"}) {
        const Bytes written = der::oid(text);
        der::Reader reader(written, ErrorCode::encoding_invalid);
        CHECK(reader.oid() == text);
    }
    CHECK(to_hex(der::oid("1.2.156.10197.1.501")) == "06082a811ccf55018375");
}

TEST_CASE("SET OF is written in order") {
    CHECK(to_hex(der::set_of({{4, 1, 9}, {2, 1, 5}, {4, 1, 3}})) == "3109020105040103040109");
}

TEST_CASE("times of both forms") {
    const auto read = [](std::string_view text, uint8_t tag) {
        const Bytes value = der::value(tag, as_bytes(text));
        std::string result;
        const std::string error = outcome([&] {
            der::Reader reader(value, ErrorCode::encoding_invalid);
            result = format_time(reader.time());
        });
        return error == "ok" ? result : error;
    };
    CHECK(read("260301123456Z", der::utc_time) == "2026-03-01T12:34:56Z");
    CHECK(read("490101000000Z", der::utc_time) == "2049-01-01T00:00:00Z");
    CHECK(read("700101000000Z", der::utc_time) == "1970-01-01T00:00:00Z");
    CHECK(read("20500101000000Z", der::generalized_time) == "2050-01-01T00:00:00Z");
    CHECK(read("99991231235959Z", der::generalized_time) == "9999-12-31T23:59:59Z");
    for (const char* bad : {"260230000000Z", "260101000000", "2601010000Z", "260101000000+0800",
                            "26 101000000Z", "260101240000Z", ""})
        CHECK(read(bad, der::utc_time) == "encoding_invalid");
    CHECK(read("20260101000000.5Z", der::generalized_time) == "encoding_invalid");
}
