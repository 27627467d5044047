#include "bridge/cloud/hub/hub_service.h"

#include <map>

#include "bidseal/session/page.h"
#include "bidseal/session/phone.h"

#include "doctest/doctest.h"
#include "service_support.h"

using namespace bidseal;
using namespace bidseal::cloud;
using namespace bidseal::test;
using session::HubMessage;

namespace {

constexpr ConnectionId page_socket = 7, phone_socket = 8;

/// Keeps what the hub sends to each connection.
class Sent : public HubOutbox {
public:
    void send(ConnectionId connection, Bytes message) override {
        messages[connection].push_back(std::move(message));
    }
    std::map<ConnectionId, std::vector<Bytes>> messages;
};

/// A hub over a store that outlives it, and a platform that asks for two signatures.
struct Hub {
    Service service;
    Sent sent;
    session::Millis millis = 1'773'532'800'000;
    std::unique_ptr<HubService> hub;
    session::PageSession page{service.random};
    Opened opened{page.key(), service.random};
    PhoneDevice device = service.enrol_phone();

    Hub() { restart(); }
    void restart() {
        hub = std::make_unique<HubService>(HubService::Parts{service.records,
                                                             service.enrol_key.public_key(),
                                                             platform().trust,
                                                             {platform().certificate.digest()},
                                                             service.clock,
                                                             [this] { return millis; },
                                                             service.random,
                                                             sent});
    }
    std::string signed_message(std::string_view purpose, const std::string& content) {
        return PlatformMessage{
            to_bytes(as_bytes(content)),
            platform().key.sign(platform_bytes(purpose, as_bytes(content)), service.random),
            platform().certificate}
            .write();
    }
    std::string open(const session::Draft& draft) {
        const std::string message = signed_message(open_purpose, write_draft(draft));
        return error_name_of([&] { hub->open(as_bytes(message)); });
    }
    session::PhoneSession scan(const std::string& code) {
        return session::PhoneSession(session::QrContent::parse(code),
                                     {device.ticket.device, "phone", platform().trust}, nullptr,
                                     service.random);
    }
    /// Sends what a machine wants sent; gives what came back for that connection.
    template <class Action>
    std::vector<Bytes> deliver(ConnectionId from, const std::vector<Action>& actions) {
        send(from, actions);
        return take(from);
    }
    /// What the phone sends once its device has signed the claim.
    std::vector<session::PhoneAction> claim(session::PhoneSession& phone,
                                            const crypto::P256PrivateKey& key) {
        const auto wanted = phone.begin();
        const auto needs = all_of<session::NeedDeviceSignature>(wanted);
        return phone.device_signed(key.sign(needs.at(0)->to_be_signed, service.random), millis);
    }
    template <class Action>
    void send(ConnectionId from, const std::vector<Action>& actions) {
        for (const session::SendToHub* each : all_of<session::SendToHub>(actions))
            hub->receive(from, "192.0.2.1", each->message);
    }
    std::vector<Bytes> take(ConnectionId connection) {
        std::vector<Bytes> all;
        all.swap(sent.messages[connection]);
        return all;
    }
};

std::string code_in(const std::vector<session::PageAction>& actions) {
    const auto codes = all_of<session::ShowCode>(actions);
    return codes.empty() ? "" : codes.back()->text;
}

template <class Message>
std::vector<Message> messages_of(const std::vector<Bytes>& all) {
    std::vector<Message> found;
    for (const Bytes& bytes : all) {
        const HubMessage message = session::decode_hub_message(bytes);
        if (const auto* wanted = std::get_if<Message>(&message))
            found.push_back(*wanted);
    }
    return found;
}

/// Attaches the page; the code that it shows then.
std::string attach(Hub& world, std::string_view material = "material") {
    REQUIRE(world.open(world.opened.draft(world.service.random)) == "");
    std::string code;
    const auto started = world.page.start(world.opened.sid, world.opened.signed_request,
                                          as_bytes(material), world.millis, world.service.random);
    for (const Bytes& reply : world.deliver(page_socket, started)) {
        const std::string shown = code_in(world.page.receive(reply, world.millis));
        code = shown.empty() ? code : shown;
    }
    return code;
}

/// Runs both machines until nothing is left to be sent; the phone's actions on the way.
std::vector<session::PhoneAction> settle(Hub& world, session::PhoneSession& phone) {
    std::vector<session::PhoneAction> seen;
    for (int round = 0; round < 40; round++) {
        world.millis += 250;
        for (const Bytes& message : world.take(phone_socket)) {
            auto actions = phone.receive(message, world.millis, platform().now);
            world.send(phone_socket, actions);
            std::move(actions.begin(), actions.end(), std::back_inserter(seen));
        }
        for (const Bytes& message : world.take(page_socket))
            world.send(page_socket, world.page.receive(message, world.millis));
        world.send(page_socket, world.page.tick(world.millis));
        world.send(phone_socket, phone.tick(world.millis));
    }
    return seen;
}

}  // namespace

TEST_CASE("hub: a session from draft to answer, with a new process at every step") {
    Hub world;
    const std::string code = attach(world);
    REQUIRE(code.size() == session::qr_text_size);
    world.restart();
    session::PhoneSession phone = world.scan(code);
    world.hub->receive(phone_socket, "192.0.2.1", world.device.ticket.encode());
    world.send(phone_socket, world.claim(phone, world.device.key));
    const auto claimed = messages_of<session::Claimed>(world.sent.messages[phone_socket]);
    REQUIRE(claimed.size() == 1);
    CHECK(claimed[0].network == session::NetworkHint::same);
    auto seen = settle(world, phone);
    REQUIRE(all_of<session::RequestArrived>(seen).size() == 1);
    CHECK(as_text(all_of<session::RequestArrived>(seen)[0]->material) == "material");
    CHECK(all_of<session::RequestArrived>(seen)[0]->request.items.size() == 2);

    world.restart();
    world.send(phone_socket, phone.answer(as_bytes("signatures"), true, world.millis));
    std::string response;
    for (int round = 0; round < 60 && response.empty(); round++) {
        world.millis += 250;
        if (round == 3)
            world.restart();
        world.send(phone_socket, phone.tick(world.millis));
        world.send(page_socket, world.page.tick(world.millis));
        for (const Bytes& message : world.take(phone_socket))
            world.send(phone_socket, phone.receive(message, world.millis, platform().now));
        for (const Bytes& message : world.take(page_socket)) {
            const auto actions = world.page.receive(message, world.millis);
            world.send(page_socket, actions);
            for (const auto& action : actions) {
                if (const auto* answered = std::get_if<session::PhoneAnswered>(&action))
                    response = std::string(as_text(answered->response.view()));
            }
        }
    }
    CHECK(response == "signatures");
    // What stands in the store shows neither material nor answer.
    for (const std::string& name : world.service.store.names("", "", 1000)) {
        const auto record = world.service.store.read(name);
        CHECK(as_text(record->value).find("material") == std::string::npos);
        CHECK(as_text(record->value).find("signatures") == std::string::npos);
    }
}

TEST_CASE("hub: only known platforms open sessions, and a draft is what was signed") {
    Hub world;
    const session::Draft draft = world.opened.draft(world.service.random);
    const std::string content = write_draft(draft);
    const std::string good = world.signed_message(open_purpose, content);
    const auto open = [&](const std::string& message) {
        return error_name_of([&] { world.hub->open(as_bytes(message)); });
    };
    CHECK(open(world.signed_message(next_purpose, content)) == "signature_invalid");
    CHECK(open("{}") == "json_invalid");
    CHECK(open("") == "json_invalid");
    CHECK(open(std::string(40'000, ' ')) == "limit_exceeded");
    CHECK(open(world.signed_message(open_purpose, "{}")) == "json_invalid");
    session::Draft other = parse_draft(as_bytes(content));
    other.certificate.bytes[0] ^= 1;
    CHECK(world.open(other) == "session_request");
    other = parse_draft(as_bytes(content));
    other.expires = world.service.clock.now();
    CHECK(world.open(other) == "session_expired");
    CHECK(open(good) == "");
    CHECK(open(good) == "");
    other = parse_draft(as_bytes(content));
    other.request.bytes[0] ^= 1;
    CHECK(world.open(other) == "session_conflict");

    HubService strict({world.service.records,
                       world.service.enrol_key.public_key(),
                       platform().trust,
                       {},
                       world.service.clock,
                       [&] { return world.millis; },
                       world.service.random,
                       world.sent});
    CHECK(error_name_of([&] { strict.open(as_bytes(good)); }) == "certificate_untrusted");
}

TEST_CASE("hub: a claim is the enrolled device's") {
    Hub world;
    const std::string code = attach(world);
    const auto claim = [&](const std::optional<DeviceTicket>& ticket,
                           const crypto::P256PrivateKey& key) -> std::string {
        session::PhoneSession phone = world.scan(code);
        const auto actions = world.claim(phone, key);
        const auto* send = all_of<session::SendToHub>(actions).at(0);
        const auto reply = world.hub->request("198.51.100.9", send->message, ticket);
        REQUIRE(reply.has_value());
        const HubMessage message = session::decode_hub_message(*reply);
        if (const auto* refusal = std::get_if<session::Refusal>(&message))
            return error_name(refusal->code);
        return std::get<session::Claimed>(message).network == session::NetworkHint::other
                   ? "claimed from elsewhere"
                   : "claimed";
    };
    const PhoneDevice stranger = world.service.enrol_phone();
    CHECK(claim(std::nullopt, world.device.key) == "certificate_untrusted");
    CHECK(claim(world.device.ticket, stranger.key) == "signature_invalid");
    CHECK(claim(stranger.ticket, stranger.key) == "signature_invalid");  // another device's id
    DeviceTicket changed = world.device.ticket;
    changed.expires.seconds += 1000;
    CHECK(claim(changed, world.device.key) == "certificate_untrusted");
    CHECK(claim(world.device.ticket, world.device.key) == "claimed from elsewhere");
    CHECK(claim(world.device.ticket, world.device.key) == "session_taken");  // another one-time key
}

TEST_CASE("hub: codes come by themselves, and a session that nobody scans ends") {
    Hub world;
    const std::string first = attach(world);
    world.millis += 3'100;
    world.hub->tick();
    const auto rotated = messages_of<session::Rotated>(world.take(page_socket));
    REQUIRE(rotated.size() == 1);
    CHECK(rotated[0].step == 1);
    world.hub->tick();
    CHECK(world.take(page_socket).empty());

    // The old code is too old by now.
    world.millis += 9'000;
    session::PhoneSession phone = world.scan(first);
    const auto actions = world.claim(phone, world.device.key);
    const auto reply = world.hub->request("", all_of<session::SendToHub>(actions).at(0)->message,
                                          world.device.ticket);
    const HubMessage refused = session::decode_hub_message(reply.value());
    CHECK(std::get<session::Refusal>(refused).code == ErrorCode::session_code_old);

    world.millis += 120'000;
    world.hub->tick();
    const auto events = messages_of<session::Events>(world.take(page_socket));
    REQUIRE(events.size() == 1);
    CHECK(std::get<session::Event::Ended>(events[0].events.back().what).outcome ==
          session::Outcome::expired);
    world.hub->disconnected(page_socket);
    CHECK(world.hub->connected_sessions() == 0);
}

TEST_CASE("hub: a further request of a sealing session arrives once") {
    Hub world;
    NextRequest next{world.opened.sid,
                     {},
                     session::Operation::sign_documents,
                     {world.service.clock.now().seconds + 600}};
    next.request.bytes[3] = 9;
    const auto add = [&](const NextRequest& each) {
        const std::string message = world.signed_message(next_purpose, write_next_request(each));
        return error_name_of([&] { world.hub->next_request(as_bytes(message)); });
    };
    CHECK(add(next) == "session_unknown");
    const std::string code = attach(world);
    CHECK(add(next) == "session_unknown");  // nobody has claimed it
    session::PhoneSession phone = world.scan(code);
    world.hub->receive(phone_socket, "192.0.2.1", world.device.ticket.encode());
    world.deliver(phone_socket, world.claim(phone, world.device.key));
    CHECK(add(next) == "");
    CHECK(add(next) == "");
    const auto events = messages_of<session::Events>(world.take(phone_socket));
    REQUIRE(events.size() == 1);
    CHECK(std::get<session::Event::NextRequest>(events[0].events.at(0).what).request ==
          next.request);
}

TEST_CASE("hub: messages that are none") {
    Hub world;
    const auto receive = [&](ByteView message) {
        return error_name_of([&] { world.hub->receive(page_socket, "192.0.2.1", message); });
    };
    CHECK(receive({}) == "session_message");
    CHECK(receive(as_bytes("BSH1")) == "session_message");
    CHECK(receive(as_bytes("BST1 and so on")) == "certificate_invalid");
    CHECK(receive(session::encode(session::Posted{world.opened.sid, 3})) == "session_message");
    DeviceTicket old = world.device.ticket;
    world.service.clock.pass(ticket_seconds);
    CHECK(receive(old.encode()) == "certificate_expired");
    // A session that there is not is refused, so that the client knows.
    CHECK(receive(session::encode(session::Poll{world.opened.sid, session::Side::page, {}, 0})) ==
          "");
    const auto refusals = messages_of<session::Refusal>(world.take(page_socket));
    REQUIRE(refusals.size() == 1);
    CHECK(refusals[0].code == ErrorCode::session_unknown);
    CHECK(refusals[0].type == 4);
}
