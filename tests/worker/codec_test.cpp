// What bridge and worker say to each other, byte by byte.
#include "bridge/worker/codec.h"

#include <doctest/doctest.h>

using namespace bidseal;
using namespace bidseal::worker;

namespace {

template <class Body>
ErrorCode code_of(Body&& body) {
    try {
        body();
    } catch (const Error& error) {
        return error.code();
    }
    return ErrorCode::internal;
}

ByteView body_of(const SecretBytes& message) {
    REQUIRE(message.size() > length_size);
    REQUIRE(body_length(message.view().first(length_size)) == message.size() - length_size);
    return message.view().subspan(length_size);
}

Fields fields_of(std::initializer_list<Bytes> values) {
    Fields fields;
    for (const Bytes& value : values)
        fields.push_back(SecretBytes::copy_of(value));
    return fields;
}

}  // namespace

TEST_CASE("the worked example of docs/spec/token-worker.md") {
    Request login{7, Op::login, {}};
    login.fields.push_back(number_field(1));
    login.fields.push_back(text_field("123456"));
    CHECK(to_hex(encode_request(login).view()) ==
          "00000019"
          "00000007"
          "06"
          "0002"
          "00000004"
          "00000001"
          "00000006"
          "313233343536");
    const Answer wrong{7, Kind::failed, error_fields(Error(ErrorCode::pin_wrong, "x").retries(2))};
    CHECK(to_hex(encode_answer(wrong).view()) ==
          "00000025"
          "00000007"
          "02"
          "0004"
          "00000009"
          "70696e5f77726f6e67"
          "00000001"
          "78"
          "00000004"
          "00000002"
          "00000000");
}

TEST_CASE("requests, answers and events are read as they were written") {
    Request request{0xffffffff, Op::open, fields_of({{'d'}, {'a'}, {}, {'1', '2'}})};
    const Request again = decode_request(body_of(encode_request(request)));
    CHECK(again.id == 0xffffffff);
    CHECK(again.op == Op::open);
    CHECK(text_of(again.fields[3]) == "12");

    ukey::RawList list;
    ukey::RawToken token;
    token.place = {"dev", "app", "con"};
    token.serial = "\xff\xfe";
    token.signing_certificate = Bytes(1000, 5);
    token.pin = {10, 4, true, ukey::PinState::Flag::none};
    list.tokens = {token, token};
    list.skipped = {{"broken", ErrorCode::token_failed}};
    const Answer answer{3, Kind::done, list_fields(list)};
    const ukey::RawList read =
        list_of(decode_answer(body_of(encode_answer(answer)), Op::list).fields);
    REQUIRE(read.tokens.size() == 2);
    CHECK(read.tokens[1].place == token.place);
    CHECK(read.tokens[1].serial == token.serial);
    CHECK(read.tokens[1].signing_certificate == token.signing_certificate);
    CHECK(read.tokens[1].pin.left == 4);
    CHECK(read.tokens[1].pin.is_default);
    REQUIRE(read.skipped.size() == 1);
    CHECK(read.skipped[0].reason == ErrorCode::token_failed);

    const Error error = error_of(
        decode_answer(
            body_of(encode_answer(
                {1, Kind::failed, error_fields(Error(ErrorCode::pin_wrong, "why").retries(1))})),
            Op::login)
            .fields);
    CHECK(error.code() == ErrorCode::pin_wrong);
    CHECK(error.retries_left() == 1u);
    CHECK(std::string(error.what()) == "why");
    CHECK_FALSE(error_of(error_fields(Error(ErrorCode::internal))).retries_left().has_value());
}

TEST_CASE("messages that no operation has are refused") {
    const auto request = [](const char* hex) {
        return code_of([&] { decode_request(from_hex(hex)); });
    };
    CHECK(request("00000001"
                  "00"
                  "0000") == ErrorCode::encoding_invalid);  // no operation 0
    CHECK(request("00000001"
                  "17"
                  "0000") == ErrorCode::encoding_invalid);  // nor 23
    CHECK(request("00000001"
                  "02"
                  "0001"
                  "00000000") == ErrorCode::encoding_invalid);  // list of x
    CHECK(request("00000001"
                  "04"
                  "0001"
                  "00000003"
                  "000001") == ErrorCode::encoding_invalid);
    CHECK(request("00000001"
                  "04"
                  "0001"
                  "00000005"
                  "0000000100") == ErrorCode::encoding_invalid);
    CHECK(request("00000001"
                  "04"
                  "0001"
                  "00000004"
                  "00000001"
                  "00") == ErrorCode::encoding_invalid);  // bytes left over
    CHECK(request("00000001"
                  "04"
                  "0001"
                  "ffffffff") == ErrorCode::encoding_invalid);
    CHECK(request("00000001"
                  "04"
                  "ffff") == ErrorCode::encoding_invalid);
    CHECK(request("00000001") == ErrorCode::encoding_invalid);
    Request login{1, Op::login, {}};
    login.fields.push_back(number_field(1));
    login.fields.push_back(SecretBytes(65));  // longer than any PIN
    CHECK(code_of([&] { decode_request(body_of(encode_request(login))); }) ==
          ErrorCode::encoding_invalid);
    // An answer of another operation, and an event where an answer belongs.
    const Answer done{1, Kind::done, {}};
    const SecretBytes message = encode_answer(done);
    CHECK(decode_answer(body_of(message), Op::login).id == 1);
    CHECK(code_of([&] { decode_answer(body_of(message), Op::sign); }) ==
          ErrorCode::encoding_invalid);
    CHECK(code_of([&] { decode_event(body_of(message)); }) == ErrorCode::encoding_invalid);
    for (const char* head : {"00000006", "00400001", "ffffffff"})
        CHECK(code_of([&] { body_length(from_hex(head)); }) == ErrorCode::encoding_invalid);
}

TEST_CASE("values inside fields are checked too") {
    const auto pin_state = [](const char* hex) {
        return code_of([&] { pin_state_of(SecretBytes::copy_of(from_hex(hex))); });
    };
    CHECK(pin_state("0000000a"
                    "0000000a"
                    "00"
                    "00") == ErrorCode::internal);
    CHECK(pin_state("0000000a"
                    "0000000b"
                    "00"
                    "00") == ErrorCode::encoding_invalid);
    CHECK(pin_state("00000100"
                    "00000001"
                    "00"
                    "00") == ErrorCode::encoding_invalid);
    CHECK(pin_state("0000000a"
                    "0000000a"
                    "02"
                    "00") == ErrorCode::encoding_invalid);
    CHECK(pin_state("0000000a"
                    "0000000a"
                    "00"
                    "04") == ErrorCode::encoding_invalid);
    Load load;
    load.path = "/lib/x.so";
    load.profile.ulong_size = ukey::UlongSize::eight;
    Fields fields = load_fields(load);
    CHECK(load_of(fields).profile.ulong_size == ukey::UlongSize::eight);
    CHECK(load_of(fields).path == load.path);
    const uint8_t six = 6;
    fields[3] = SecretBytes::copy_of({&six, 1});
    CHECK(code_of([&] { load_of(fields); }) == ErrorCode::encoding_invalid);
    fields = load_fields(load);
    fields[0] = number_field(2);  // another version
    CHECK(code_of([&] { load_of(fields); }) == ErrorCode::encoding_invalid);
    CHECK(code_of([&] { text_of(SecretBytes(1)); }) == ErrorCode::encoding_invalid);
    Fields error = error_fields(Error(ErrorCode::internal));
    error[0] = text_field("no_such_code");
    CHECK(code_of([&] { error_of(error); }) == ErrorCode::encoding_invalid);
}
