#include "state.h"

#include <charconv>

#include "bidseal/crypto/sm3.h"

#include "vault.h"

namespace bidseal::softukey {
namespace {

constexpr char magic[] = "BSUKEY01";
constexpr size_t magic_size = 8;
constexpr size_t digest_size = 32;

// The key for SKF_DevAuth that every software UKey leaves the factory with.
constexpr char factory_auth_key[] = "1234567812345678";

class Writer {
public:
    void u32(uint32_t v) { append_u32(bytes, v); }
    void u64(uint64_t v) { append_u64(bytes, v); }
    void flag(bool v) { bytes.push_back(v ? 1 : 0); }
    void blob(ByteView v) {
        u32(static_cast<uint32_t>(v.size()));
        append(bytes, v);
    }
    void text(const std::string& v) { blob(as_bytes(v)); }
    Bytes bytes;
};

class Reader {
public:
    explicit Reader(ByteView bytes) : m_rest(bytes) {}
    uint32_t u32() { return load_u32(take(4).data()); }
    uint64_t u64() { return load_u64(take(8).data()); }
    bool flag() {
        const uint8_t v = take(1)[0];
        demand(v <= 1, SAR_FILEERR);
        return v == 1;
    }
    Bytes blob() { return to_bytes(take(u32())); }
    std::string text() { return std::string(as_text(take(u32()))); }
    /// Number of items that follow; each takes at least one byte, so a damaged count ends here.
    uint32_t count() {
        const uint32_t n = u32();
        demand(n <= m_rest.size(), SAR_FILEERR);
        return n;
    }
    bool at_end() const { return m_rest.empty(); }

private:
    ByteView take(size_t n) {
        demand(n <= m_rest.size(), SAR_FILEERR);
        const ByteView head = m_rest.first(n);
        m_rest = m_rest.subspan(n);
        return head;
    }
    ByteView m_rest;
};

void write_pin(Writer& out, const Pin& pin) {
    out.blob(pin.salt);
    out.blob(pin.wrapped);
    out.u32(pin.max);
    out.u32(pin.left);
    out.flag(pin.is_default);
}

Pin read_pin(Reader& in) {
    Pin pin;
    pin.salt = in.blob();
    pin.wrapped = in.blob();
    pin.max = in.u32();
    pin.left = in.u32();
    pin.is_default = in.flag();
    demand(pin.left <= pin.max, SAR_FILEERR);
    return pin;
}

void write_pair(Writer& out, const std::optional<KeyPair>& pair) {
    out.flag(pair.has_value());
    if (!pair)
        return;
    out.blob(pair->point);
    out.blob(pair->sealed_scalar);
}

std::optional<KeyPair> read_pair(Reader& in) {
    if (!in.flag())
        return std::nullopt;
    KeyPair pair;
    pair.point = in.blob();
    pair.sealed_scalar = in.blob();
    demand(pair.point.size() == 64, SAR_FILEERR);
    return pair;
}

void write_application(Writer& out, const ApplicationState& app) {
    out.text(app.name);
    out.u32(app.create_file_rights);
    write_pin(out, app.user);
    write_pin(out, app.admin);
    out.u32(static_cast<uint32_t>(app.containers.size()));
    for (const Container& c : app.containers) {
        out.text(c.name);
        write_pair(out, c.signing);
        write_pair(out, c.encryption);
        out.blob(c.signing_certificate);
        out.blob(c.encryption_certificate);
    }
    out.u32(static_cast<uint32_t>(app.files.size()));
    for (const File& f : app.files) {
        out.text(f.name);
        out.u32(f.size);
        out.u32(f.read_rights);
        out.u32(f.write_rights);
        out.flag(f.sealed);
        out.blob(f.content);
    }
}

ApplicationState read_application(Reader& in) {
    ApplicationState app;
    app.name = in.text();
    app.create_file_rights = in.u32();
    app.user = read_pin(in);
    app.admin = read_pin(in);
    for (uint32_t n = in.count(); n > 0; --n) {
        Container c;
        c.name = in.text();
        c.signing = read_pair(in);
        c.encryption = read_pair(in);
        c.signing_certificate = in.blob();
        c.encryption_certificate = in.blob();
        app.containers.push_back(std::move(c));
    }
    for (uint32_t n = in.count(); n > 0; --n) {
        File f;
        f.name = in.text();
        f.size = in.u32();
        f.read_rights = in.u32();
        f.write_rights = in.u32();
        f.sealed = in.flag();
        f.content = in.blob();
        demand(f.sealed || f.content.size() == f.size, SAR_FILEERR);
        app.files.push_back(std::move(f));
    }
    return app;
}

template <class Item>
Item* find_named(std::vector<Item>& items, const std::string& name) {
    for (Item& item : items) {
        if (item.name == name)
            return &item;
    }
    return nullptr;
}

}  // namespace

Container* ApplicationState::find_container(const std::string& wanted) {
    return find_named(containers, wanted);
}

File* ApplicationState::find_file(const std::string& wanted) {
    return find_named(files, wanted);
}

ApplicationState* DeviceState::find_application(const std::string& wanted) {
    return find_named(applications, wanted);
}

Bytes encode(const DeviceState& state) {
    Writer body;
    body.u64(state.generation);
    body.u32(state.iterations);
    body.text(state.serial);
    body.text(state.label);
    body.blob(state.auth_key);
    body.u32(static_cast<uint32_t>(state.applications.size()));
    for (const ApplicationState& app : state.applications)
        write_application(body, app);

    Writer file;
    append(file.bytes, as_bytes({magic, magic_size}));
    file.blob(body.bytes);
    append(file.bytes, crypto::sm3(file.bytes).view());
    return file.bytes;
}

DeviceState decode(ByteView file) {
    demand(file.size() >= magic_size + 4 + digest_size && file.size() <= max_state_size,
           SAR_FILEERR);
    demand(equal(file.first(magic_size), as_bytes({magic, magic_size})), SAR_FILEERR);
    const ByteView covered = file.first(file.size() - digest_size);
    demand(equal(crypto::sm3(covered).view(), file.last(digest_size)), SAR_FILEERR);

    Reader outer(covered.subspan(magic_size));
    const Bytes body = outer.blob();
    demand(outer.at_end(), SAR_FILEERR);

    Reader in(body);
    DeviceState state;
    state.generation = in.u64();
    state.iterations = in.u32();
    state.serial = in.text();
    state.label = in.text();
    state.auth_key = in.blob();
    for (uint32_t n = in.count(); n > 0; --n)
        state.applications.push_back(read_application(in));
    demand(in.at_end() && state.auth_key.size() == 16, SAR_FILEERR);
    demand(state.iterations >= min_iterations && state.iterations <= max_iterations, SAR_FILEERR);
    return state;
}

bool is_blank(ByteView file) {
    const std::string_view mark = blank_mark;
    return as_text(file).substr(0, mark.size()) == mark;
}

DeviceState format_blank(ByteView file, const std::string& name) {
    DeviceState state;
    state.iterations = default_iterations;
    const std::string_view text = as_text(file);
    const std::string_view option = " iterations=";
    const size_t at = text.find(option);
    if (at != std::string_view::npos) {
        const char* begin = text.data() + at + option.size();
        std::from_chars(begin, text.data() + text.size(), state.iterations);
        demand(state.iterations >= min_iterations && state.iterations <= max_iterations,
               SAR_FILEERR);
    }
    state.serial = to_hex(random_bytes(8));
    state.label = name;
    state.auth_key = to_bytes(as_bytes(factory_auth_key));
    return state;
}

}  // namespace bidseal::softukey
