#include "bridge/ukey/profile_file.h"

#include <vector>

namespace bidseal::ukey {
namespace {

using Texts = std::vector<std::string_view>;

// In the order of their enumerations.
const Texts interfaces{"skf", "pkcs11"}, packings{"packed", "natural"}, calls{"cdecl", "stdcall"},
    charsets{"utf-8", "gbk"}, architectures{"x86_64", "i386"},
    forms{"blob", "selector_blob", "bytes"}, contents{"blob", "c1c3c2", "04_c1c3c2", "c1c2c3"};

constexpr int functions = 6;
constexpr size_t max_variables = 16, max_variable = 64;

const Texts& function_names() {
    static const Texts names = [] {
        Texts all;
        for (int i = 0; i < functions; ++i)
            all.push_back(function_name(static_cast<PrivateDecrypt::Function>(i)));
        return all;
    }();
    return names;
}

template <class Enum>
void read_choice(protocol::ObjectReader& reader, std::string_view name, const Texts& texts,
                 Enum& value) {
    if (reader.has(name))
        value = static_cast<Enum>(reader.choice(name, texts));
}

PrivateDecrypt read_decrypt(protocol::ObjectReader reader) {
    PrivateDecrypt decrypt;
    decrypt.function =
        static_cast<PrivateDecrypt::Function>(reader.choice("function", function_names()));
    read_choice(reader, "form", forms, decrypt.form);
    if (reader.has("selector"))
        decrypt.selector = static_cast<uint8_t>(reader.integer("selector", 0, 255));
    read_choice(reader, "content", contents, decrypt.content);
    reader.finish();
    return decrypt;
}

// A variable that changes which code is loaded is none of a profile's business.
bool is_harmless_variable(const std::string& name) {
    return !name.empty() && name.size() <= max_variable && name.compare(0, 3, "LD_") != 0 &&
           name.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") == std::string::npos;
}

template <class Enum>
std::string_view text_of(const Texts& texts, Enum value) {
    return texts[static_cast<size_t>(value)];
}

}  // namespace

Profile read_profile(protocol::ObjectReader& reader) {
    Profile profile;
    profile.name = reader.identifier("name");
    read_choice(reader, "interface", interfaces, profile.interface_);
    if (reader.has("ulong")) {
        const int64_t size = reader.integer("ulong", 4, 8);
        if (size != 4 && size != 8)
            reader.refuse("ulong", "4 or 8");
        profile.ulong_size = static_cast<UlongSize>(size);
    }
    read_choice(reader, "packing", packings, profile.packing);
    read_choice(reader, "call", calls, profile.call);
    read_choice(reader, "charset", charsets, profile.charset);
    read_choice(reader, "architecture", architectures, profile.architecture);
    if (reader.has("session_key"))
        profile.session_key = reader.boolean("session_key");
    if (reader.has("decrypt"))
        profile.decrypt = read_decrypt(reader.object("decrypt"));
    if (reader.has("environment"))
        profile.environment = reader.texts("environment", 0, max_variables, max_variable);
    for (const std::string& name : profile.environment) {
        if (!is_harmless_variable(name))
            reader.refuse("environment", "not the name of a variable that a profile may pass on");
    }
    return profile;
}

Profile parse_profile(ByteView json) {
    const protocol::Json value = protocol::parse_json(json);
    protocol::ObjectReader reader(value, protocol::MemberOrder::any);
    Profile profile = read_profile(reader);
    reader.finish();
    return profile;
}

std::string write_profile(const Profile& profile) {
    using protocol::Json;
    std::string text = "{";
    const auto member = [&](const char* name, const Json& value) {
        text += text.size() == 1 ? "\n" : ",\n";
        text += std::string("  \"") + name + "\": " + protocol::write_json(value);
    };
    const auto choice = [&](const char* name, std::string_view value) {
        member(name, Json::text(value));
    };
    choice("name", profile.name);
    choice("interface", text_of(interfaces, profile.interface_));
    member("ulong", Json::integer(static_cast<int64_t>(profile.ulong_size)));
    choice("packing", text_of(packings, profile.packing));
    choice("call", text_of(calls, profile.call));
    choice("charset", text_of(charsets, profile.charset));
    choice("architecture", text_of(architectures, profile.architecture));
    member("session_key", Json::boolean(profile.session_key));
    if (profile.decrypt.function != PrivateDecrypt::Function::none) {
        member("decrypt", protocol::ObjectBuilder()
                              .text("function", function_name(profile.decrypt.function))
                              .text("form", text_of(forms, profile.decrypt.form))
                              .integer("selector", profile.decrypt.selector)
                              .text("content", text_of(contents, profile.decrypt.content))
                              .build());
    }
    Json::Array variables;
    for (const std::string& name : profile.environment)
        variables.push_back(Json::text(name));
    if (!variables.empty())
        member("environment", Json::array(std::move(variables)));
    return text + "\n}\n";
}

namespace {

size_t place_of(const Texts& texts, const std::string& text, const char* member) {
    for (size_t i = 0; i < texts.size(); ++i) {
        if (texts[i] == text)
            return i;
    }
    throw Error(ErrorCode::json_invalid, "not one of the texts that may stand here")
        .subject(member);
}

}  // namespace

Charset charset_named(const std::string& text) {
    return static_cast<Charset>(place_of(charsets, text, "charset"));
}

Architecture architecture_named(const std::string& text) {
    return static_cast<Architecture>(place_of(architectures, text, "architecture"));
}

}  // namespace bidseal::ukey
