#include "bidseal/session/qr_content.h"

#include <algorithm>

#include "bidseal/base/wire.h"
#include "bidseal/crypto/sm2.h"

namespace bidseal::session {
namespace {

constexpr ErrorCode bad_code = ErrorCode::session_code_invalid;
constexpr uint8_t code_version = 1;

}  // namespace

std::string QrContent::encode() const {
    Bytes out{code_version};
    out.reserve(qr_text_size);
    append(out, sid.view());
    append(out, k.view());
    append(out, page.view());
    append_u32(out, step);
    append(out, rotation.view());
    // 78 bytes need no padding.
    std::string text = to_base64(out);
    wipe(out.data(), out.size());
    std::replace(text.begin(), text.end(), '+', '-');
    std::replace(text.begin(), text.end(), '/', '_');
    return text;
}

QrContent QrContent::parse(std::string_view text) {
    require(text.size() == qr_text_size && text.find_first_of("+/=") == std::string_view::npos,
            bad_code, "not the characters of a code");
    std::string standard(text);
    std::replace(standard.begin(), standard.end(), '-', '+');
    std::replace(standard.begin(), standard.end(), '_', '/');
    Bytes bytes;
    try {
        bytes = from_base64(standard);
    } catch (const Error&) {
        throw Error(bad_code, "not the characters of a code");
    }
    WireReader in(bytes, bad_code);
    in.check(in.u8() == code_version);
    QrContent content;
    content.sid = in.fixed<Sid>();
    content.k = SecretBytes::copy_of(in.take(16));
    content.page = in.fixed<OneTimeKey>();
    content.step = in.u32();
    content.rotation = in.fixed<Rotation>();
    in.finish();
    wipe(bytes.data(), bytes.size());
    try {
        crypto::Sm2PublicKey::from_compressed(content.page.view());
    } catch (const Error&) {
        throw Error(bad_code, "the page's key is no point");
    }
    return content;
}

QrContent QrContent::parse_url(std::string_view url) {
    constexpr std::string_view scheme = "https://";
    const size_t fragment = url.find('#');
    require(url.size() <= 1024 && url.substr(0, scheme.size()) == scheme &&
                fragment != std::string_view::npos,
            bad_code, "not an address with a code");
    return parse(url.substr(fragment + 1));
}

Rotation rotation_of(const SecretBytes& k_sid, const Sid& sid, uint32_t step,
                     const OneTimeKey& page) {
    Bytes message = to_bytes(sid.view());
    append_u32(message, step);
    append(message, page.view());
    const Bytes mac = crypto::hmac_sm3(k_sid.view(), message);
    Rotation rotation;
    std::copy_n(mac.begin(), rotation.size(), rotation.bytes.begin());
    return rotation;
}

uint32_t step_at(Millis age) {
    return static_cast<uint32_t>(age / step_millis);
}

bool step_is_fresh(uint32_t step, Millis age) {
    const Millis appeared = Millis{step} * step_millis;
    return age < code_life_millis && appeared <= age && age - appeared <= code_age_millis;
}

}  // namespace bidseal::session
