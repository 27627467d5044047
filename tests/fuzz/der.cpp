// The strict DER reader, SM2's DER forms and private keys.
#include "bidseal/crypto/der_reader.h"
#include "bidseal/crypto/private_key.h"
#include "bidseal/crypto/sm2.h"

using namespace bidseal;
using namespace bidseal::crypto;

namespace {

template <class Call>
void attempt(Call call) {
    try {
        call();
    } catch (const Error&) {
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    const ByteView input(data, size);
    attempt([&] { der::check(input, ErrorCode::encoding_invalid); });
    // One value, one spelling: what is read is written back to the very same bytes.
    attempt([&] {
        if (sm2_cipher_to_der(sm2_cipher_from_der(input)) != to_bytes(input))
            __builtin_trap();
    });
    attempt([&] {
        Bytes r(32), s(32);
        sm2_signature_from_der(input, r, s);
        if (sm2_signature_to_der(r, s) != to_bytes(input))
            __builtin_trap();
    });
    attempt([&] {
        const Sm2PublicKey key = Sm2PublicKey::from_spki(input);
        if (key.point() != Sm2PublicKey::from_spki(key.spki()).point())
            __builtin_trap();
    });
    // A key derivation may ask for minutes of work; only unencrypted keys are tried.
    attempt([&] {
        if (!PrivateKey::is_encrypted(input))
            PrivateKey::from_file(input);
    });
    return 0;
}
