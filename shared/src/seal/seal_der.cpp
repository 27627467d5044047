#include "seal_der.h"

#include <algorithm>
#include <cstdio>

#include "bidseal/base/error.h"
#include "bidseal/base/text.h"
#include "bidseal/crypto/oids.h"

namespace bidseal::seal {
namespace {

constexpr ErrorCode fault = ErrorCode::seal_format;
constexpr size_t max_extension_size = 1 << 20;

}  // namespace

crypto::Certificate read_certificate(ByteView der) {
    try {
        return crypto::Certificate::parse(der);
    } catch (const Error&) {
        throw Error(fault, "a certificate inside cannot be read");
    }
}

bool is_printable_ascii(std::string_view text, size_t max_size) {
    return text.size() <= max_size &&
           std::all_of(text.begin(), text.end(), [](char c) { return c >= 0x20 && c < 0x7f; });
}

std::string read_ascii(der::Reader& at, uint8_t tag, size_t max_size) {
    const std::string text(as_text(at.value(tag).content));
    at.check(is_printable_ascii(text, max_size));
    return text;
}

std::string read_text(der::Reader& at, size_t max_size) {
    const std::string text(as_text(at.value(der::utf8_string).content));
    at.check(is_clean_text(text, max_size));
    return text;
}

std::vector<SealExtension> read_extensions_if(der::Reader& at) {
    std::vector<SealExtension> result;
    der::Reader list({}, fault);
    if (auto tagged = at.enter_if(der::context_constructed(0))) {
        list = tagged->enter(der::sequence);
        tagged->finish();
    } else if (at.next_is(der::sequence)) {
        list = at.enter(der::sequence);
    } else {
        return result;
    }
    while (!list.done()) {
        der::Reader one = list.enter(der::sequence);
        SealExtension extension;
        extension.type = one.oid();
        // DEFAULT FALSE: DER leaves it out, but makers write it, and the signature covers it.
        if (one.next_is(der::boolean))
            extension.critical = one.boolean_value();
        extension.value = to_bytes(one.octets());
        one.finish();
        result.push_back(std::move(extension));
        list.check(result.size() <= max_seal_extensions);
    }
    return result;
}

Bytes write_extensions(const std::vector<SealExtension>& extensions) {
    if (extensions.empty())
        return {};
    require(extensions.size() <= max_seal_extensions, fault, "too many extensions");
    Bytes members;
    for (const SealExtension& e : extensions) {
        require(e.value.size() <= max_extension_size, fault, "an extension is too large");
        const Bytes critical =
            e.critical ? der::value(der::boolean, ByteView(Bytes{0xff})) : Bytes();
        append(members, der::sequence_of({der::oid(e.type), critical, der::octets(e.value)}));
    }
    return der::value(der::context_constructed(0), der::value(der::sequence, members));
}

Bytes write_ascii(uint8_t tag, std::string_view text) {
    return der::value(tag, as_bytes(text));
}

Bytes write_time(Timestamp at) {
    const CalendarTime t = to_calendar(at);
    char text[32];
    std::snprintf(text, sizeof text, "%04d%02d%02d%02d%02d%02dZ", t.year, t.month, t.day, t.hour,
                  t.minute, t.second);
    return der::value(der::generalized_time, as_bytes(text));
}

void read_seal_algorithm(der::Reader& at) {
    const std::string name = at.oid();
    at.check(name == crypto::oid::sm2_with_sm3 || name == crypto::oid::sm2_sign ||
             name == crypto::oid::sm2);
}

Bytes write_seal_algorithm() {
    return der::oid(crypto::oid::sm2_with_sm3);
}

SealStandard standard_of(uint32_t version) {
    if (version >= 1 && version <= 3)
        return SealStandard::gmt_0031_2014;
    if (version == 4)
        return SealStandard::gbt_38540_2020;
    require(version == 5, ErrorCode::seal_version);
    return SealStandard::gmt_0031_2025;
}

}  // namespace bidseal::seal
