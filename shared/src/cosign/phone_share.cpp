#include <algorithm>

#include <botan/pwdhash.h>

#include "bidseal/base/wire.h"

#include "contexts.h"
#include "pin_share.h"

namespace bidseal::cosign {
namespace {

constexpr std::string_view share_magic = "BSP1";
constexpr uint32_t max_rounds = 10'000'000;

}  // namespace

bool is_pin(ByteView pin) {
    return pin.size() == 6 &&
           std::all_of(pin.begin(), pin.end(), [](uint8_t c) { return c >= '0' && c <= '9'; });
}

Number pin_number(ByteView pin, ByteView salt, PinHardness hardness) {
    require(is_pin(pin), ErrorCode::usage, "a PIN has six digits");
    const auto family = Botan::PasswordHashFamily::create_or_throw("PBKDF2(HMAC(SM3))");
    SecretBytes wide(48);
    const std::string_view text = as_text(pin);
    family->from_params(hardness.rounds)
        ->derive_key(wide.span().data(), wide.size(), text.data(), text.size(), salt.data(),
                     salt.size());
    Number h = crypto::sm2_nonce(wide.view());
    require(h.is_nonzero(), ErrorCode::internal, "a PIN that gives zero");
    return h;
}

Number unblind(const PhoneShare& share, ByteView pin) {
    const Number x = read_nonzero(share.blind.view(), ErrorCode::cosign_record);
    return x * pin_number(pin, share.salt.view(), share.hardness);
}

void blind(PhoneShare& share, const Number& d1, ByteView pin, PinHardness hardness,
           Random& random) {
    random.fill(share.salt.bytes);
    share.hardness = hardness;
    share.blind = write_secret(d1 * pin_number(pin, share.salt.view(), hardness).invert());
}

PhoneShare PhoneShare::clone() const {
    PhoneShare copy;
    copy.key = key;
    copy.purpose = purpose;
    copy.epoch = epoch;
    copy.hardness = hardness;
    copy.salt = salt;
    copy.public_key = public_key;
    copy.blind = blind.clone();
    return copy;
}

crypto::Sm2PublicKey PhoneShare::key_of_both() const {
    return crypto::Sm2PublicKey::from_point(public_key.view());
}

SecretBytes PhoneShare::serialize() const {
    Bytes out = to_bytes(as_bytes(share_magic));
    out.reserve(256);
    append(out, key.view());
    out.push_back(static_cast<uint8_t>(purpose));
    append_u32(out, epoch);
    append_u32(out, hardness.rounds);
    append(out, salt.view());
    append(out, public_key.view());
    append(out, blind.view());
    SecretBytes record = SecretBytes::copy_of(out);
    wipe(out.data(), out.size());
    return record;
}

PhoneShare PhoneShare::parse(ByteView record) {
    WireReader in(record, ErrorCode::cosign_record);
    in.constant(as_bytes(share_magic));
    PhoneShare share;
    share.key = in.fixed<KeyId>();
    const uint8_t purpose = in.u8();
    in.check(purpose == 1 || purpose == 2);
    share.purpose = static_cast<Purpose>(purpose);
    share.epoch = in.u32();
    share.hardness.rounds = in.u32();
    in.check(share.hardness.rounds >= 1 && share.hardness.rounds <= max_rounds);
    share.salt = in.fixed<decltype(share.salt)>();
    share.public_key = in.fixed<Point>();
    share.blind = SecretBytes::copy_of(in.take(32));
    in.finish();
    shifted_key(share.public_key, ErrorCode::cosign_record);
    read_nonzero(share.blind.view(), ErrorCode::cosign_record);
    return share;
}

}  // namespace bidseal::cosign
