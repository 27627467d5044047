#include "bridge/cloud/hub/platform_message.h"

#include <algorithm>

#include "bidseal/base/wire.h"
#include "bidseal/protocol/json.h"

namespace bidseal::cloud {
namespace {

using protocol::Json;
using protocol::MemberOrder;
using protocol::ObjectBuilder;
using protocol::ObjectReader;

const std::vector<std::string_view>& operation_names() {
    static const std::vector<std::string_view> names = [] {
        std::vector<std::string_view> all;
        for (uint8_t i = 1; i <= static_cast<uint8_t>(session::Operation::open_session); i++)
            all.emplace_back(session::operation_name(static_cast<session::Operation>(i)));
        return all;
    }();
    return names;
}

session::Operation read_operation(ObjectReader& in) {
    return static_cast<session::Operation>(in.choice("operation", operation_names()) + 1);
}

}  // namespace

Bytes platform_bytes(std::string_view purpose, ByteView content) {
    Bytes out = to_bytes(as_bytes("SBID1 platform"));
    append_field(out, as_bytes(purpose));
    append(out, content);
    return out;
}

std::string PlatformMessage::write() const {
    return protocol::write_json(ObjectBuilder()
                                    .base64("content", content)
                                    .base64("signature", signature)
                                    .base64("certificate", certificate.der())
                                    .build());
}

PlatformMessage PlatformMessage::parse(ByteView json) {
    const Json value = protocol::parse_json(json, {max_platform_message, 2});
    ObjectReader in(value, MemberOrder::any);
    Bytes content = in.base64("content", 1, max_platform_message);
    Bytes signature = in.base64("signature", 1, 1024);
    const Bytes certificate = in.base64("certificate", 1, max_platform_message);
    in.finish();
    return {std::move(content), std::move(signature), crypto::Certificate::parse(certificate)};
}

void PlatformMessage::check(std::string_view purpose,
                            const std::vector<crypto::CertificateDigest>& platforms,
                            const crypto::TrustStore& trust, Timestamp now) const {
    require(std::find(platforms.begin(), platforms.end(), certificate.digest()) != platforms.end(),
            ErrorCode::certificate_untrusted, "not a platform that the hub knows");
    crypto::validate_chain(certificate, {}, trust, now, crypto::signing_usage(certificate),
                           crypto::RevocationPolicy::use_if_present);
    require(certificate.verify(platform_bytes(purpose, content), signature,
                               certificate.signature_kind()),
            ErrorCode::signature_invalid);
}

std::string write_draft(const session::Draft& draft) {
    return protocol::write_json(ObjectBuilder()
                                    .hex("sid", draft.sid.view())
                                    .hex("page", draft.page.view())
                                    .hex("request", draft.request.view())
                                    .hex("certificate", draft.certificate.view())
                                    .text("operation", session::operation_name(draft.operation))
                                    .text("platform", draft.platform)
                                    .time("expires", draft.expires)
                                    .base64("k_sid", draft.k_sid.view())
                                    .build());
}

session::Draft parse_draft(ByteView json) {
    const Json value = protocol::parse_json(json, {max_platform_message, 2});
    ObjectReader in(value, MemberOrder::any);
    session::Draft draft;
    draft.sid = in.hex<session::Sid>("sid");
    draft.page = in.hex<session::PageDigest>("page");
    draft.request = in.hex<session::RequestDigest>("request");
    draft.certificate = in.hex<crypto::CertificateDigest>("certificate");
    draft.operation = read_operation(in);
    draft.platform = in.identifier("platform");
    draft.expires = in.time("expires");
    Bytes k_sid = in.base64("k_sid", 32, 32);
    draft.k_sid = SecretBytes::copy_of(k_sid);
    wipe(k_sid.data(), k_sid.size());
    in.finish();
    return draft;
}

std::string write_next_request(const NextRequest& next) {
    return protocol::write_json(ObjectBuilder()
                                    .hex("sid", next.sid.view())
                                    .hex("request", next.request.view())
                                    .text("operation", session::operation_name(next.operation))
                                    .time("expires", next.expires)
                                    .build());
}

NextRequest parse_next_request(ByteView json) {
    const Json value = protocol::parse_json(json, {max_platform_message, 2});
    ObjectReader in(value, MemberOrder::any);
    NextRequest next;
    next.sid = in.hex<session::Sid>("sid");
    next.request = in.hex<session::RequestDigest>("request");
    next.operation = read_operation(in);
    next.expires = in.time("expires");
    in.finish();
    return next;
}

}  // namespace bidseal::cloud
