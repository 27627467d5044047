// Messages and records of the split key: nothing but Error may come out, and what is accepted is
// written again to the very same bytes.
#include "bidseal/cosign/phone.h"
#include "bidseal/cosign/seal.h"
#include "bidseal/cosign/service.h"

using namespace bidseal;
using namespace bidseal::cosign;

namespace {

ByteView view_of(const Bytes& bytes) {
    return bytes;
}
ByteView view_of(const SecretBytes& bytes) {
    return bytes.view();
}

template <class Read>
void attempt(ByteView input, Read read) {
    try {
        if (!equal(view_of(read(input)), input))
            __builtin_trap();
    } catch (const Error&) {
    }
}

template <class Message>
void attempt_message(ByteView input) {
    attempt(input, [](ByteView v) { return Message::decode(v).encode(); });
}

template <class Record>
void attempt_record(ByteView input) {
    attempt(input, [](ByteView v) { return Record::parse(v).serialize(); });
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    const ByteView input(data, size);
    attempt_message<KeyGenCommit>(input);
    attempt_message<KeyGenShare>(input);
    attempt_message<KeyGenOpen>(input);
    attempt_message<SignCommit>(input);
    attempt_message<SignRequest>(input);
    attempt_message<SignAnswer>(input);
    attempt_message<DecryptRequest>(input);
    attempt_message<DecryptAnswer>(input);
    attempt_message<RefreshRequest>(input);
    attempt_message<RefreshCommit>(input);
    attempt_message<KeyStatus>(input);
    attempt_message<GrantRequest>(input);
    attempt_record<PhoneShare>(input);
    attempt_record<ServiceKey>(input);
    attempt_record<SignOperation>(input);
    attempt_record<DecryptOperation>(input);
    attempt_record<SessionShare>(input);
    static const crypto::Sm2PrivateKey service = [] {
        SecretBytes d(32);
        d.span()[31] = 7;
        return crypto::Sm2PrivateKey::from_scalar(d);
    }();
    try {
        OpenedCall(service, input, "sign");
    } catch (const Error&) {
    }
    return 0;
}
