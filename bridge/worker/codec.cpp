#include "bridge/worker/codec.h"

#include <algorithm>

namespace bidseal::worker {
namespace {

constexpr size_t head_size = 7;  // id, code, count of fields
constexpr size_t max_fields = 512;
constexpr size_t max_name = 1024;
constexpr size_t max_path = 4096;
constexpr size_t max_pin = 64;
constexpr size_t max_certificate = 64 * 1024;
constexpr size_t max_data = 1u << 20;
constexpr size_t max_plain = 4096;
constexpr size_t coordinate = 32;

/// The sizes that a field may have.
struct Size {
    size_t least;
    size_t most;
};
constexpr Size number{4, 4}, name{0, max_name}, pin{0, max_pin}, octet{1, 1};

/// The fields that stand there; with `repeated` the last may stand any number of times, or never.
struct Shape {
    std::vector<Size> fields;
    bool repeated = false;

    bool fits(const Fields& given) const {
        const size_t fixed = fields.size() - (repeated ? 1 : 0);
        if (given.size() < fixed || (!repeated && given.size() > fixed))
            return false;
        for (size_t i = 0; i < given.size(); ++i) {
            const Size& size = fields[std::min(i, fields.size() - 1)];
            if (given[i].size() < size.least || given[i].size() > size.most)
                return false;
        }
        return true;
    }
};

struct Shapes {
    Shape request;
    Shape answer;
};

constexpr size_t cipher_head = 3 * coordinate;
constexpr Size certificate{1, max_certificate}, cipher{cipher_head + 1, cipher_head + max_plain};
constexpr Size point{64, 64}, nested{1, 2 * max_certificate + 8 * max_name}, pin_numbers{10, 10};

const Shapes& shapes_of(Op op) {
    // In the order of Op. The first field of a request is the session, where there is one.
    static const Shapes table[] = {
        {{{number, {1, max_path}, octet, octet, octet, octet, octet, octet, octet, octet, octet}},
         {{number, octet}}},                                         // load
        {{{}}, {{nested}, true}},                                    // list
        {{{name, name, name, name}}, {{number, nested}}},            // open
        {{{number}}, {{}}},                                          // close
        {{{number}}, {{pin_numbers}}},                               // pin_state
        {{{number, pin}}, {{}}},                                     // login
        {{{number}}, {{}}},                                          // logout
        {{{number, pin, pin}}, {{}}},                                // change_pin
        {{{number, pin, pin}}, {{}}},                                // unblock
        {{{number, octet, {1, 128}}}, {{{1, 1024}}}},                // sign
        {{{number, cipher, {16, max_plain}}}, {{{16, max_plain}}}},  // unwrap
        {{{number, cipher}}, {{{1, max_plain}}}},                    // decrypt
        {{{number, {1, 2048}}}, {{{0, 2048}}}},                      // decrypt_rsa
        {{{number, number}}, {{{1, max_data}}}},                     // random
        {{{number, octet}}, {{point}}},                              // public_key
        {{{number}}, {{point}}},                                     // generate_key
        {{{number, {4 + 64 + 64 + cipher_head + 1, 4096}}}, {{}}},   // import_key
        {{{number, octet, certificate, {0, 8192}}}, {{}}},           // import_certificate
        {{{number, name}}, {{}}},                                    // create_container
        {{{number, name}}, {{}}},                                    // delete_container
        {{{number}}, {{{4, 4 + max_name}}, true}},                   // files
        {{{number, name}}, {{{0, max_data}}}},                       // read_file
    };
    static_assert(std::size(table) == last_op);
    return table[static_cast<uint8_t>(op) - 1];
}

const Shape& failed_shape() {
    static const Shape shape{{{1, 64}, {0, 512}, {0, 4}, {0, 256}}};
    return shape;
}

const Shape& event_shape() {
    static const Shape shape{{octet, name}};
    return shape;
}

[[noreturn]] void refuse(const char* why) {
    throw Error(ErrorCode::encoding_invalid, why);
}

void refuse_unless(bool good, const char* why) {
    if (!good)
        refuse(why);
}

/// Writes into memory that is wiped; the size is known beforehand.
class Writer {
public:
    explicit Writer(size_t size) : m_bytes(size) {}
    Writer& octet(uint8_t value) {
        m_bytes.span()[m_at++] = value;
        return *this;
    }
    Writer& u16(size_t value) {
        return octet(static_cast<uint8_t>(value >> 8)).octet(static_cast<uint8_t>(value));
    }
    Writer& u32(size_t value) { return u16(value >> 16 & 0xffff).u16(value & 0xffff); }
    Writer& bytes(ByteView value) {
        if (!value.empty())
            std::memcpy(m_bytes.span().data() + m_at, value.data(), value.size());
        m_at += value.size();
        return *this;
    }
    /// With its length.
    Writer& field(ByteView value) { return u32(value.size()).bytes(value); }
    SecretBytes take() {
        require(m_at == m_bytes.size(), ErrorCode::internal);
        return std::move(m_bytes);
    }

private:
    SecretBytes m_bytes;
    size_t m_at = 0;
};

class Reader {
public:
    explicit Reader(ByteView bytes) : m_left(bytes) {}
    ByteView bytes(size_t count) {
        refuse_unless(count <= m_left.size(), "a message ends too early");
        const ByteView taken = m_left.first(count);
        m_left = m_left.subspan(count);
        return taken;
    }
    uint8_t octet() { return bytes(1)[0]; }
    uint16_t u16() {
        const uint8_t high = octet();
        return static_cast<uint16_t>(high << 8 | octet());
    }
    uint32_t u32() { return load_u32(bytes(4).data()); }
    ByteView field() { return bytes(u32()); }
    std::string text() { return std::string(as_text(field())); }
    ByteView rest() { return std::exchange(m_left, {}); }
    void finish() const { refuse_unless(m_left.empty(), "a message has bytes left over"); }

private:
    ByteView m_left;
};

SecretBytes encode(uint32_t id, uint8_t code, const Fields& fields) {
    size_t size = head_size;
    for (const SecretBytes& field : fields)
        size += 4 + field.size();
    require(size <= max_body && fields.size() <= max_fields, ErrorCode::limit_exceeded,
            "a message to or from the worker is too large");
    Writer out(length_size + size);
    out.u32(size).u32(id).octet(code).u16(fields.size());
    for (const SecretBytes& field : fields)
        out.field(field.view());
    return out.take();
}

struct Body {
    uint32_t id;
    uint8_t code;
    Fields fields;
};

Body decode(ByteView bytes) {
    refuse_unless(bytes.size() <= max_body, "a message is too large");
    Reader in(bytes);
    Body body{in.u32(), in.octet(), {}};
    const size_t count = in.u16();
    refuse_unless(count <= max_fields, "a message has too many fields");
    for (size_t i = 0; i < count; ++i)
        body.fields.push_back(SecretBytes::copy_of(in.field()));
    in.finish();
    return body;
}

template <class Enum>
Enum choice(const SecretBytes& field, std::initializer_list<Enum> allowed) {
    refuse_unless(field.size() == 1, "not an octet");
    for (const Enum value : allowed) {
        if (static_cast<uint8_t>(value) == field.view()[0])
            return value;
    }
    refuse("no such choice");
}

SecretBytes octet_field(uint8_t value) {
    return Writer(1).octet(value).take();
}

ErrorCode code_named(std::string_view text) {
    for (uint16_t i = 0; i < error_count; ++i) {
        if (text == error_name(static_cast<ErrorCode>(i)))
            return static_cast<ErrorCode>(i);
    }
    refuse("no such error");
}

constexpr size_t pin_state_size = 10;

void write_pin_state(Writer& out, const ukey::PinState& pin) {
    out.u32(pin.max).u32(pin.left).octet(pin.is_default ? 1 : 0);
    out.octet(static_cast<uint8_t>(pin.flag));
}

ukey::PinState read_pin_state(Reader& in) {
    ukey::PinState pin;
    pin.max = in.u32();
    pin.left = in.u32();
    const uint8_t is_default = in.octet(), flag = in.octet();
    refuse_unless(pin.max <= 255 && pin.left <= pin.max && is_default <= 1 &&
                      flag <= static_cast<uint8_t>(ukey::PinState::Flag::locked),
                  "a PIN state that cannot be");
    pin.is_default = is_default != 0;
    pin.flag = static_cast<ukey::PinState::Flag>(flag);
    return pin;
}

void read_cipher(Reader& in, ukey::RawCipher& cipher) {
    for (auto* const part : {&cipher.x, &cipher.y, &cipher.hash}) {
        const ByteView value = in.bytes(coordinate);
        std::copy(value.begin(), value.end(), part->begin());
    }
    cipher.cipher = to_bytes(in.rest());
    refuse_unless(!cipher.cipher.empty() && cipher.cipher.size() <= max_plain,
                  "a ciphertext of a wrong length");
}

}  // namespace

SecretBytes encode_request(const Request& request) {
    return encode(request.id, static_cast<uint8_t>(request.op), request.fields);
}

SecretBytes encode_answer(const Answer& answer) {
    return encode(answer.id, static_cast<uint8_t>(answer.kind), answer.fields);
}

size_t body_length(ByteView head) {
    refuse_unless(head.size() == length_size, "no length");
    const size_t length = load_u32(head.data());
    refuse_unless(length >= head_size && length <= max_body, "a message of a wrong length");
    return length;
}

Request decode_request(ByteView body) {
    Body raw = decode(body);
    refuse_unless(raw.code >= 1 && raw.code <= last_op, "no such operation");
    const Op op = static_cast<Op>(raw.code);
    refuse_unless(shapes_of(op).request.fits(raw.fields), "fields that the operation has not");
    return {raw.id, op, std::move(raw.fields)};
}

Answer decode_answer(ByteView body, Op op) {
    Body raw = decode(body);
    const bool good =
        raw.code == static_cast<uint8_t>(Kind::done)
            ? shapes_of(op).answer.fits(raw.fields)
            : raw.code == static_cast<uint8_t>(Kind::failed) && failed_shape().fits(raw.fields);
    refuse_unless(good, "fields that the answer has not");
    return {raw.id, static_cast<Kind>(raw.code), std::move(raw.fields)};
}

Answer decode_event(ByteView body) {
    Body raw = decode(body);
    refuse_unless(raw.code == static_cast<uint8_t>(Kind::event) && event_shape().fits(raw.fields) &&
                      raw.fields[0].view()[0] <= 1,
                  "no event");
    return {raw.id, Kind::event, std::move(raw.fields)};
}

SecretBytes number_field(uint32_t value) {
    return Writer(4).u32(value).take();
}

uint32_t number_of(const SecretBytes& field) {
    refuse_unless(field.size() == 4, "not a number");
    return load_u32(field.view().data());
}

SecretBytes text_field(const std::string& text) {
    return SecretBytes::copy_of(as_bytes(text));
}

std::string text_of(const SecretBytes& field) {
    const std::string text(as_text(field.view()));
    refuse_unless(text.find('\0') == std::string::npos, "a text with a zero");
    return text;
}

Fields load_fields(const Load& load) {
    const ukey::Profile& p = load.profile;
    Fields fields;
    fields.push_back(number_field(protocol_version));
    fields.push_back(text_field(load.path));
    for (const uint8_t value :
         {static_cast<uint8_t>(p.interface_), static_cast<uint8_t>(p.ulong_size),
          static_cast<uint8_t>(p.packing), static_cast<uint8_t>(p.call),
          static_cast<uint8_t>(p.session_key ? 1 : 0), static_cast<uint8_t>(p.decrypt.function),
          static_cast<uint8_t>(p.decrypt.form), p.decrypt.selector,
          static_cast<uint8_t>(p.decrypt.content)})
        fields.push_back(octet_field(value));
    return fields;
}

Load load_of(const Fields& fields) {
    using ukey::PrivateDecrypt;
    refuse_unless(number_of(fields[0]) == protocol_version, "another version of the worker");
    Load load;
    load.path = text_of(fields[1]);
    ukey::Profile& p = load.profile;
    p.interface_ = choice(fields[2], {ukey::Interface::skf, ukey::Interface::pkcs11});
    p.ulong_size = choice(fields[3], {ukey::UlongSize::four, ukey::UlongSize::eight});
    p.packing = choice(fields[4], {ukey::Packing::packed, ukey::Packing::natural});
    p.call = choice(fields[5], {ukey::CallConvention::cdecl_, ukey::CallConvention::stdcall_});
    p.session_key = choice(fields[6], {uint8_t{0}, uint8_t{1}}) == 1;
    using Function = PrivateDecrypt::Function;
    p.decrypt.function =
        choice(fields[7], {Function::none, Function::SKF_ECCDecrypt, Function::SKF_ECCDecryptEx,
                           Function::SKF_PrvKeyDecrypt, Function::SKF_ECCPrvKeyDecrypt,
                           Function::SKF_ECCPrvKeyDecryptEx});
    p.decrypt.form =
        choice(fields[8], {PrivateDecrypt::Form::blob, PrivateDecrypt::Form::selector_blob,
                           PrivateDecrypt::Form::bytes});
    p.decrypt.selector = fields[9].view()[0];
    p.decrypt.content = choice(
        fields[10], {PrivateDecrypt::Content::blob, PrivateDecrypt::Content::c1c3c2,
                     PrivateDecrypt::Content::point_c1c3c2, PrivateDecrypt::Content::c1c2c3});
    return load;
}

Fields error_fields(const Error& error) {
    constexpr size_t most = 512;
    Fields fields;
    fields.push_back(text_field(error_name(error.code())));
    fields.push_back(text_field(std::string(error.what()).substr(0, most)));
    fields.push_back(error.retries_left() ? number_field(*error.retries_left()) : SecretBytes());
    fields.push_back(text_field(error.subject().substr(0, 256)));
    return fields;
}

Error error_of(const Fields& fields) {
    Error error(code_named(text_of(fields[0])), text_of(fields[1]));
    if (!fields[2].empty())
        error.retries(number_of(fields[2]));
    error.subject(text_of(fields[3]));
    return error;
}

SecretBytes token_field(const ukey::RawToken& token) {
    const ByteView parts[] = {as_bytes(token.place.device),    as_bytes(token.place.application),
                              as_bytes(token.place.container), as_bytes(token.serial),
                              as_bytes(token.label),           as_bytes(token.manufacturer),
                              token.signing_certificate,       token.encryption_certificate};
    size_t size = pin_state_size;
    for (const ByteView part : parts)
        size += 4 + part.size();
    Writer out(size);
    for (const ByteView part : parts)
        out.field(part);
    write_pin_state(out, token.pin);
    return out.take();
}

ukey::RawToken token_of(const SecretBytes& field) {
    Reader in(field.view());
    ukey::RawToken token;
    for (auto* const text : {&token.place.device, &token.place.application, &token.place.container,
                             &token.serial, &token.label, &token.manufacturer}) {
        *text = in.text();
        refuse_unless(text->size() <= max_name && text->find('\0') == std::string::npos,
                      "a name of a token that cannot be");
    }
    for (auto* const der : {&token.signing_certificate, &token.encryption_certificate}) {
        *der = to_bytes(in.field());
        refuse_unless(der->size() <= max_certificate, "a certificate is too large");
    }
    token.pin = read_pin_state(in);
    in.finish();
    return token;
}

namespace {

// In front of each entry of a list: a token, or a device that was skipped.
constexpr uint8_t entry_token = 1, entry_skipped = 2;

SecretBytes tagged(uint8_t tag, ByteView content) {
    return Writer(1 + content.size()).octet(tag).bytes(content).take();
}

}  // namespace

Fields list_fields(const ukey::RawList& list) {
    Fields fields;
    for (const ukey::RawToken& token : list.tokens)
        fields.push_back(tagged(entry_token, token_field(token).view()));
    for (const ukey::RawSkipped& skipped : list.skipped) {
        const std::string reason = error_name(skipped.reason);
        Writer out(8 + reason.size() + skipped.device.size());
        out.field(as_bytes(reason)).field(as_bytes(skipped.device));
        fields.push_back(tagged(entry_skipped, out.take().view()));
    }
    return fields;
}

ukey::RawList list_of(const Fields& fields) {
    ukey::RawList list;
    for (const SecretBytes& field : fields) {
        Reader in(field.view());
        const uint8_t tag = in.octet();
        const SecretBytes content = SecretBytes::copy_of(in.rest());
        if (tag == entry_token) {
            refuse_unless(list.skipped.empty(), "a list out of order");
            list.tokens.push_back(token_of(content));
            continue;
        }
        refuse_unless(tag == entry_skipped, "no entry of a list");
        Reader skipped(content.view());
        const ErrorCode reason = code_named(skipped.text());
        const std::string device = skipped.text();
        refuse_unless(device.size() <= max_name && device.find('\0') == std::string::npos,
                      "a name of a device that cannot be");
        skipped.finish();
        list.skipped.push_back({device, reason});
    }
    return list;
}

SecretBytes pin_state_field(const ukey::PinState& pin) {
    Writer out(pin_state_size);
    write_pin_state(out, pin);
    return out.take();
}

ukey::PinState pin_state_of(const SecretBytes& field) {
    Reader in(field.view());
    const ukey::PinState pin = read_pin_state(in);
    in.finish();
    return pin;
}

SecretBytes cipher_field(const ukey::RawCipher& cipher) {
    Writer out(cipher_head + cipher.cipher.size());
    out.bytes(cipher.x).bytes(cipher.y).bytes(cipher.hash).bytes(cipher.cipher);
    return out.take();
}

ukey::RawCipher cipher_of(const SecretBytes& field) {
    Reader in(field.view());
    ukey::RawCipher cipher;
    read_cipher(in, cipher);
    return cipher;
}

SecretBytes enveloped_field(const ukey::RawEnvelopedKey& key) {
    Writer out(4 + 64 + 64 + cipher_head + key.wrap_key.cipher.size());
    out.u32(key.algorithm).bytes(key.encrypted_scalar).bytes(key.public_key);
    return out.bytes(cipher_field(key.wrap_key).view()).take();
}

ukey::RawEnvelopedKey enveloped_of(const SecretBytes& field) {
    Reader in(field.view());
    ukey::RawEnvelopedKey key;
    key.algorithm = in.u32();
    for (auto* const part : {&key.encrypted_scalar, &key.public_key}) {
        const ByteView value = in.bytes(part->size());
        std::copy(value.begin(), value.end(), part->begin());
    }
    read_cipher(in, key.wrap_key);
    return key;
}

SecretBytes file_field(const ukey::RawFile& file) {
    return Writer(4 + file.name.size()).u32(file.size).bytes(as_bytes(file.name)).take();
}

ukey::RawFile file_of(const SecretBytes& field) {
    Reader in(field.view());
    ukey::RawFile file;
    file.size = in.u32();
    file.name = std::string(as_text(in.rest()));
    refuse_unless(file.name.find('\0') == std::string::npos, "a name of a file with a zero");
    return file;
}

}  // namespace bidseal::worker
