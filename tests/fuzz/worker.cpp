// Bodies of messages between bridge and worker, in both directions: nothing but Error may come out,
// and what is accepted must be written as the same bytes again. The first byte chooses the
// direction: 0 a request, 255 an event, else the answer to that operation.
#include <cstdlib>

#include "bridge/worker/codec.h"

using namespace bidseal;
using namespace bidseal::worker;

namespace {

void same(const SecretBytes& message, ByteView body) {
    if (!equal(message.view().subspan(length_size), body) ||
        body_length(message.view().first(length_size)) != body.size())
        std::abort();
}

void same_field(const SecretBytes& again, const SecretBytes& field) {
    if (!again.equals(field))
        std::abort();
}

void read_request(ByteView body) {
    const Request request = decode_request(body);
    same(encode_request(request), body);
    switch (request.op) {
        case Op::load: {
            const Fields again = load_fields(load_of(request.fields));
            for (size_t i = 0; i < again.size(); ++i)
                same_field(again[i], request.fields[i]);
            break;
        }
        case Op::unwrap:
        case Op::decrypt:
            same_field(cipher_field(cipher_of(request.fields[1])), request.fields[1]);
            break;
        case Op::import_key:
            same_field(enveloped_field(enveloped_of(request.fields[1])), request.fields[1]);
            break;
        default:
            break;
    }
}

void read_answer(ByteView body, Op op) {
    const Answer answer = decode_answer(body, op);
    same(encode_answer(answer), body);
    if (answer.kind == Kind::failed) {
        error_of(answer.fields);
        return;
    }
    switch (op) {
        case Op::list: {
            const Fields again = list_fields(list_of(answer.fields));
            if (again.size() != answer.fields.size())
                std::abort();
            for (size_t i = 0; i < again.size(); ++i)
                same_field(again[i], answer.fields[i]);
            break;
        }
        case Op::open:
            same_field(token_field(token_of(answer.fields[1])), answer.fields[1]);
            break;
        case Op::pin_state:
            same_field(pin_state_field(pin_state_of(answer.fields[0])), answer.fields[0]);
            break;
        case Op::files:
            for (const SecretBytes& file : answer.fields)
                same_field(file_field(file_of(file)), file);
            break;
        default:
            break;
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    if (size == 0)
        return 0;
    const ByteView body(data + 1, size - 1);
    try {
        if (data[0] == 0)
            read_request(body);
        else if (data[0] == 255)
            same(encode_answer(decode_event(body)), body);
        else if (data[0] <= last_op)
            read_answer(body, static_cast<Op>(data[0]));
    } catch (const Error&) {
        // Refused.
    }
    return 0;
}
