// What bridge and worker say to each other: docs/spec/token-worker.md. Both ends use this codec.
// Everything is held in memory that is wiped, since PINs and shares pass through.
#pragma once

#include <string>
#include <vector>

#include "bidseal/base/bytes.h"
#include "bidseal/base/error.h"
#include "bidseal/base/secret.h"

#include "bridge/ukey/profile.h"
#include "bridge/ukey/raw.h"

namespace bidseal::worker {

inline constexpr uint32_t protocol_version = 1;
inline constexpr size_t max_body = 4u << 20;  ///< bytes of a message behind its length
inline constexpr size_t length_size = 4;

/// What the bridge may ask.
enum class Op : uint8_t {
    load = 1,
    list,
    open,
    close,
    pin_state,
    login,
    logout,
    change_pin,
    unblock,
    sign,
    unwrap,
    decrypt,
    decrypt_rsa,
    random,
    public_key,
    generate_key,
    import_key,
    import_certificate,
    create_container,
    delete_container,
    files,
    read_file,
};
inline constexpr uint8_t last_op = static_cast<uint8_t>(Op::read_file);

/// What the worker may say.
enum class Kind : uint8_t { done = 1, failed = 2, event = 3 };

using Fields = std::vector<SecretBytes>;

struct Request {
    uint32_t id = 0;
    Op op = Op::list;
    Fields fields;
};

struct Answer {
    uint32_t id = 0;
    Kind kind = Kind::done;
    Fields fields;
};

/// The whole message with its length in front. Throws Error(limit_exceeded).
SecretBytes encode_request(const Request& request);
SecretBytes encode_answer(const Answer& answer);

/// The body's length from the four bytes in front of it. Throws Error(encoding_invalid) when it is
/// more than max_body or too short for any message.
size_t body_length(ByteView head);

/// A body, which must have exactly the fields of its operation, each of an allowed size. Throws
/// Error(encoding_invalid).
Request decode_request(ByteView body);
/// The answer to a request of kind `op`, or with Kind::event what stands in its place.
Answer decode_answer(ByteView body, Op op);
/// A message of the channel for events.
Answer decode_event(ByteView body);

// The fields of messages as values. Those that read throw Error(encoding_invalid).

SecretBytes number_field(uint32_t value);
uint32_t number_of(const SecretBytes& field);
SecretBytes text_field(const std::string& text);
std::string text_of(const SecretBytes& field);

/// What the worker is to load. The fields of Op::load.
struct Load {
    std::string path;
    ukey::Profile profile;  ///< name and environment are not sent
};
Fields load_fields(const Load& load);
Load load_of(const Fields& fields);

Fields error_fields(const Error& error);
Error error_of(const Fields& fields);

SecretBytes token_field(const ukey::RawToken& token);
ukey::RawToken token_of(const SecretBytes& field);
Fields list_fields(const ukey::RawList& list);
ukey::RawList list_of(const Fields& fields);

SecretBytes pin_state_field(const ukey::PinState& pin);
ukey::PinState pin_state_of(const SecretBytes& field);

SecretBytes cipher_field(const ukey::RawCipher& cipher);
ukey::RawCipher cipher_of(const SecretBytes& field);
SecretBytes enveloped_field(const ukey::RawEnvelopedKey& key);
ukey::RawEnvelopedKey enveloped_of(const SecretBytes& field);

SecretBytes file_field(const ukey::RawFile& file);
ukey::RawFile file_of(const SecretBytes& field);

}  // namespace bidseal::worker
