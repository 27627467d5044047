// Codes, hub messages, channel frames, requests and grants: nothing but Error may come out, and
// what is accepted has one spelling.
#include "bidseal/session/grant.h"
#include "bidseal/session/hub.h"
#include "bidseal/session/qr_content.h"
#include "bidseal/session/request.h"

using namespace bidseal;
using namespace bidseal::session;

namespace {

template <class Call>
void attempt(Call call) {
    try {
        call();
    } catch (const Error&) {
    }
}

void same(ByteView one, ByteView two) {
    if (!equal(one, two))
        __builtin_trap();
}

Channel fuzzed_channel() {
    ChannelKeys keys;
    keys.page_to_phone = SecretBytes(16);
    keys.phone_to_page = SecretBytes(16);
    return Channel(std::move(keys), Sid(), Side::phone);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    const ByteView input(data, size);
    attempt([&] { same(as_bytes(QrContent::parse(as_text(input)).encode()), input); });
    attempt([&] { QrContent::parse_url(as_text(input)); });
    attempt([&] { same(encode(decode_hub_message(input)), input); });
    attempt([&] { same(SignedRequest::decode(input).encode(), input); });
    attempt([&] { same(Grant::parse(input).serialize(), input); });
    attempt([&] {
        const Request request = Request::parse(input);
        same(request.serialize(), input);
        check_items(request);
    });
    attempt([&] { same(HubSession::parse(input, 1'000'000).serialize(1'000'000).view(), input); });
    // As a frame; and as the content of one, cut into a message.
    Channel channel = fuzzed_channel();
    attempt([&] { channel.open(input); });
    attempt([&] {
        ChannelKeys keys;
        keys.page_to_phone = SecretBytes(16);
        keys.phone_to_page = SecretBytes(16);
        Channel sender(std::move(keys), Sid(), Side::page);
        std::optional<ChannelMessage> message;
        for (const Bytes& frame : sender.seal(MessageType::material, input))
            message = channel.open(frame);
        if (!message)
            __builtin_trap();
        same(message->content.view(), input);
    });
    return 0;
}
