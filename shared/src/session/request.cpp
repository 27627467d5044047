#include "bidseal/session/request.h"

#include <algorithm>

#include "bidseal/base/text.h"
#include "bidseal/base/wire.h"
#include "bidseal/protocol/json.h"

namespace bidseal::session {
namespace {

using protocol::Json;
using protocol::ObjectBuilder;
using protocol::ObjectReader;

constexpr ErrorCode bad_request = ErrorCode::session_request;
constexpr std::string_view request_type = "SBID1-request";
constexpr size_t max_shown = 64;

const std::vector<std::string_view>& operation_names() {
    static const std::vector<std::string_view> names = [] {
        std::vector<std::string_view> all;
        for (uint8_t i = 1; i <= static_cast<uint8_t>(Operation::open_session); i++)
            all.push_back(operation_name(static_cast<Operation>(i)));
        return all;
    }();
    return names;
}

/// An origin as browsers write it: https://host or https://host:port.
bool is_origin(std::string_view text) {
    constexpr std::string_view scheme = "https://";
    if (text.size() > 255 || text.substr(0, scheme.size()) != scheme)
        return false;
    const std::string_view rest = text.substr(scheme.size());
    return !rest.empty() && std::all_of(rest.begin(), rest.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '-' ||
               c == ':' || c == '[' || c == ']';
    });
}

Json item_json(const RequestItem& item) {
    return ObjectBuilder()
        .text("name", item.name)
        .size("size", item.size)
        .hex("digest", item.digest.view())
        .base64("tbs", item.to_be_signed)
        .build();
}

RequestItem read_item(ObjectReader& in) {
    RequestItem item;
    item.name = in.clean_text("name", 1024);
    item.size = in.size("size", uint64_t{1} << 40);
    item.digest = in.hex<crypto::Sm3Digest>("digest");
    item.to_be_signed = in.base64("tbs", 0, max_to_be_signed);
    return item;
}

/// An identifier, or null for none.
std::string optional_identifier(ObjectReader& in, std::string_view name) {
    return in.take_null(name) ? std::string() : in.identifier(name);
}

void add_optional(ObjectBuilder& out, std::string_view name, const std::string& value) {
    if (value.empty()) {
        out.null(name);
    } else {
        out.text(name, value);
    }
}

}  // namespace

Bytes Request::serialize() const {
    Json::Array item_list, shown;
    for (const RequestItem& item : items)
        item_list.push_back(item_json(item));
    for (const ShownLine& line : show)
        shown.push_back(
            ObjectBuilder().text("label", line.label).text("value", line.value).build());
    ObjectBuilder out;
    out.text("type", request_type)
        .hex("sid", sid.view())
        .integer("seq", seq)
        .text("platform", platform)
        .text("origin", origin)
        .text("operation", operation_name(operation));
    add_optional(out, "project", project);
    add_optional(out, "company", company);
    out.array("items", std::move(item_list))
        .array("show", std::move(shown))
        .boolean("attestation", attestation_required)
        .time("expires", expires)
        .hex("page", page.view());
    const std::string text = protocol::write_json(out.build());
    // What is written can be read: so a platform notices a mistake before a phone does.
    parse(as_bytes(text));
    return to_bytes(as_bytes(text));
}

Request Request::parse(ByteView json) {
    const Json object = protocol::parse_canonical_json(json, {max_request_bytes, 8});
    ObjectReader in(object, protocol::MemberOrder::stated, bad_request);
    in.constant("type", request_type);
    Request request;
    request.sid = in.hex<Sid>("sid");
    request.seq = static_cast<uint32_t>(in.integer("seq", 1, 1'000'000));
    request.platform = in.identifier("platform");
    request.origin = in.text("origin", 255);
    if (!is_origin(request.origin))
        in.refuse("origin", "not an https origin");
    request.operation = static_cast<Operation>(in.choice("operation", operation_names()) + 1);
    request.project = optional_identifier(in, "project");
    request.company = optional_identifier(in, "company");
    request.items = in.objects("items", 0, max_request_items, read_item);
    request.show = in.objects("show", 0, max_shown, [](ObjectReader& line) {
        ShownLine shown;
        shown.label = line.clean_text("label", 64);
        shown.value = line.clean_text("value", 1024);
        return shown;
    });
    request.attestation_required = in.boolean("attestation");
    request.expires = in.time("expires");
    request.page = in.hex<PageDigest>("page");
    in.finish();
    return request;
}

RequestDigest request_digest(ByteView json) {
    return {crypto::sm3(json).bytes};
}

void check_items(const Request& request) {
    // What begins like this is an object of ours; each kind is signed by one operation only.
    constexpr std::string_view ours = "{\"type\":\"SBID1-";
    const auto wanted = [&]() -> std::string_view {
        switch (request.operation) {
            case Operation::sign_bid:
                return "{\"type\":\"SBID1-index\",";
            case Operation::sign_openers:
                return "{\"type\":\"SBID1-openers\",";
            case Operation::withdraw:
                return "{\"type\":\"SBID1-withdrawal\",";
            case Operation::open_session:
                return "{\"type\":\"SBID1-grant\",";
            case Operation::login:
                return "{\"type\":\"SBID1-login\",";
            default:
                return {};
        }
    }();
    const bool signs = request.operation != Operation::certificates &&
                       request.operation != Operation::open_envelopes;
    const bool one = !wanted.empty();
    require(!one || request.items.size() == 1, bad_request, "one item is expected");
    require(!signs || !request.items.empty(), bad_request, "nothing to sign");
    for (const RequestItem& item : request.items) {
        const std::string_view text = as_text(item.to_be_signed);
        if (!signs) {
            require(text.empty(), bad_request, "nothing is signed here");
        } else if (one) {
            require(text.substr(0, wanted.size()) == wanted, bad_request,
                    "another object than the operation says");
        } else {
            require(!text.empty() && text.substr(0, ours.size()) != ours, bad_request,
                    "this is no document");
        }
    }
}

Bytes SignedRequest::encode() const {
    Bytes out;
    append_field(out, request);
    append_field(out, signature);
    append_field(out, certificate);
    append_u16(out, static_cast<uint16_t>(chain.size()));
    for (const Bytes& each : chain)
        append_field(out, each);
    return out;
}

SignedRequest SignedRequest::decode(ByteView bytes) {
    constexpr size_t max_certificate = 64 * 1024;
    WireReader in(bytes, ErrorCode::session_message);
    SignedRequest result;
    result.request = to_bytes(in.field(1, max_request_bytes));
    result.signature = to_bytes(in.field(1, 1024));
    result.certificate = to_bytes(in.field(1, max_certificate));
    result.chain.resize(in.count(0, 8));
    for (Bytes& each : result.chain)
        each = to_bytes(in.field(1, max_certificate));
    in.finish();
    return result;
}

Request check_signed_request(const SignedRequest& signed_request,
                             const RequestExpectation& expected, const crypto::TrustStore& trust,
                             crypto::RevocationPolicy policy) {
    require(request_digest(signed_request.request) == expected.digest, bad_request,
            "another request than the hub announced");
    const auto platform = crypto::Certificate::parse(signed_request.certificate);
    std::vector<crypto::Certificate> extra;
    for (const Bytes& each : signed_request.chain)
        extra.push_back(crypto::Certificate::parse(each));
    crypto::validate_chain(platform, extra, trust, expected.now,
                           crypto::KeyUsage::digital_signature, policy);
    require(platform.verify(signed_request.request, signed_request.signature,
                            platform.signature_kind()),
            ErrorCode::signature_invalid);

    Request request = Request::parse(signed_request.request);
    require(request.sid == expected.sid && request.page == page_digest(expected.page), bad_request,
            "a request for another page");
    require(request.seq >= expected.min_seq, bad_request, "a request that was asked before");
    require(!expected.attested_origin || *expected.attested_origin == request.origin, bad_request,
            "the page is not where the platform means");
    require(!request.attestation_required || expected.attested_origin.has_value(), bad_request,
            "nobody vouches for the page");
    require(expected.now < request.expires, ErrorCode::session_expired);
    check_items(request);
    return request;
}

}  // namespace bidseal::session
