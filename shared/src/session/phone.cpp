#include "bidseal/session/phone.h"

#include <algorithm>

namespace bidseal::session {

struct PhoneSession::Impl {
    Impl(QrContent qr, PhoneSettings phone, const AttestationReader* reader, Random& random)
        : code(std::move(qr)),
          settings(std::move(phone)),
          attestations(reader),
          key(crypto::Sm2PrivateKey::generate(random)) {
        claim.sid = code.sid;
        claim.step = code.step;
        claim.rotation = code.rotation;
        claim.device = settings.device;
        const Bytes compressed = key.public_key().compressed();
        std::copy(compressed.begin(), compressed.end(), claim.phone.bytes.begin());
    }

    QrContent code;
    PhoneSettings settings;
    const AttestationReader* attestations;
    crypto::Sm2PrivateKey key;
    Claim claim;
    State state = State::claiming;
    std::optional<Claimed> won;
    std::optional<std::string> attested_origin;
    std::optional<HubLink> link;
    std::optional<Channel> channel;
    std::deque<RequestDigest> announced;  // by the hub, and not brought by the page yet
    SecretBytes material;
    std::deque<std::pair<Bytes, SecretBytes>> asked;  // signed requests that wait for their turn
    uint32_t last_seq = 0;
    Millis next_claim = 0;
    std::optional<Finish> finish;
    Millis next_finish = 0;
    std::optional<Outcome> last_outcome;  // to be said once everything has been sent

    using Actions = std::vector<PhoneAction>;

    static void send(Actions& actions, const HubMessage& message) {
        actions.push_back(SendToHub{encode(message)});
    }

    void end(Actions& actions, std::optional<ErrorCode> error) {
        if (state == State::ended)
            return;
        state = State::ended;
        code.k = SecretBytes(16);
        channel.reset();
        material = SecretBytes();
        asked.clear();
        actions.push_back(SessionEnded{error});
    }

    void say_finished(Actions& actions, Outcome outcome, Millis now) {
        if (finish)
            return;
        finish = Finish{code.sid, Side::phone, won->token, outcome};
        send(actions, *finish);
        next_finish = now + resend_millis;
    }

    void give_up(Actions& actions, ErrorCode error, Millis now) {
        say_finished(actions, Outcome::cancelled, now);
        end(actions, error);
    }

    void pump(Actions& actions, Millis now) {
        if (state == State::claiming && !claim.signature.empty() && next_claim <= now) {
            send(actions, claim);
            next_claim = now + resend_millis;
        }
        if (finish && next_finish <= now) {
            send(actions, *finish);
            next_finish = now + resend_millis;
        }
        if (state == State::ended || !link)
            return;
        for (const HubMessage& message : link->due(now))
            send(actions, message);
        if (last_outcome && link->idle()) {
            say_finished(actions, *last_outcome, now);
            end(actions, *last_outcome == Outcome::refused
                             ? std::optional(ErrorCode::session_refused)
                             : std::nullopt);
        }
    }

    void claimed(Actions& actions, const Claimed& message, Millis now) {
        if (state != State::claiming || message.sid != code.sid)
            return;
        won = message;
        state = State::claimed;
        announced.push_back(message.request);
        if (attestations != nullptr && !message.attestation.empty())
            attested_origin = attestations->origin(message.attestation, code.sid,
                                                   page_digest(code.page), message.request);
        const Transcript transcript{code.sid, code.page, claim.phone, message.request,
                                    message.certificate};
        channel.emplace(
            ChannelKeys::derive(key, crypto::Sm2PublicKey::from_compressed(code.page.view()),
                                code.k, transcript),
            code.sid, Side::phone);
        code.k = SecretBytes(16);
        link.emplace(code.sid, Side::phone);
        link->set_token(message.token);
        link->queue(channel->seal(MessageType::hello, as_bytes(settings.name)));
        actions.push_back(ClaimWon{message.operation, message.platform});
        pump(actions, now);
    }

    void frame_came(Actions& actions, ByteView frame, Millis now) {
        if (!channel)
            return;
        std::optional<ChannelMessage> message;
        try {
            message = channel->open(frame);
        } catch (const Error& error) {
            give_up(actions, error.code(), now);
            return;
        }
        if (!message)
            return;
        if (message->type == MessageType::material) {
            material = std::move(message->content);
        } else if (message->type == MessageType::request) {
            asked.emplace_back(to_bytes(message->content.view()), std::move(material));
        } else {
            give_up(actions, ErrorCode::session_message, now);
        }
    }

    void handle(Actions& actions, const Event& event, Millis now) {
        if (state == State::ended)
            return;
        if (const auto* frame = std::get_if<Event::FrameCame>(&event.what)) {
            frame_came(actions, frame->frame, now);
        } else if (const auto* next = std::get_if<Event::NextRequest>(&event.what)) {
            announced.push_back(next->request);
        } else if (const auto* ended = std::get_if<Event::Ended>(&event.what)) {
            if (last_outcome == Outcome::refused)
                end(actions, ErrorCode::session_refused);
            else
                end(actions, ended->outcome == Outcome::expired ? ErrorCode::session_expired
                                                                : ErrorCode::session_unknown);
        }
    }

    /// Shows the next request, when the one before is answered and the hub has announced it.
    void ask(Actions& actions, Millis now, Timestamp now_utc) {
        const bool ready = state == State::claimed || state == State::answered;
        if (!ready || last_outcome || asked.empty() || announced.empty())
            return;
        RequestArrived arrived;
        try {
            const SignedRequest signed_request = SignedRequest::decode(asked.front().first);
            require(
                crypto::Certificate::parse(signed_request.certificate).digest() == won->certificate,
                ErrorCode::session_request, "another platform than the hub announced");
            const RequestExpectation expected{code.sid,     code.page,       announced.front(),
                                              last_seq + 1, attested_origin, now_utc};
            arrived.request =
                check_signed_request(signed_request, expected, settings.trust, settings.policy);
            require(arrived.request.platform == won->platform, ErrorCode::session_request,
                    "another platform than the hub announced");
        } catch (const Error& error) {
            give_up(actions, error.code(), now);
            return;
        }
        last_seq = arrived.request.seq;
        arrived.material = to_bytes(asked.front().second.view());
        asked.pop_front();
        announced.pop_front();
        arrived.must_compare = !attested_origin && won->network != NetworkHint::same;
        arrived.code = channel->keys().code;
        arrived.choices = channel->keys().choices;
        state = State::asking;
        actions.push_back(std::move(arrived));
    }
};

PhoneSession::PhoneSession(QrContent code, PhoneSettings settings,
                           const AttestationReader* attestations, Random& random)
    : m_impl(std::make_unique<Impl>(std::move(code), std::move(settings), attestations, random)) {}
PhoneSession::~PhoneSession() = default;
PhoneSession::PhoneSession(PhoneSession&&) noexcept = default;

PhoneSession::State PhoneSession::state() const {
    return m_impl->state;
}

std::vector<PhoneAction> PhoneSession::begin() {
    std::vector<PhoneAction> actions;
    actions.push_back(NeedDeviceSignature{claim_bytes(m_impl->claim)});
    return actions;
}

std::vector<PhoneAction> PhoneSession::device_signed(ByteView signature, Millis now) {
    m_impl->claim.signature = to_bytes(signature);
    return tick(now);
}

std::vector<PhoneAction> PhoneSession::receive(ByteView bytes, Millis now, Timestamp now_utc) {
    Impl& phone = *m_impl;
    std::vector<PhoneAction> actions;
    HubMessage message;
    try {
        message = decode_hub_message(bytes);
    } catch (const Error&) {
        return actions;
    }
    if (const auto* claimed = std::get_if<Claimed>(&message)) {
        phone.claimed(actions, *claimed, now);
    } else if (const auto* refusal = std::get_if<Refusal>(&message)) {
        const bool too_late =
            refusal->type == post_type && refusal->code == ErrorCode::session_unknown;
        if (refusal->sid == phone.code.sid && too_late && phone.link) {
            phone.link->drop_outbox();
            phone.last_outcome.reset();  // the answer did not arrive in time
        } else if (refusal->sid == phone.code.sid && refusal->code != ErrorCode::busy) {
            phone.finish.reset();
            phone.end(actions, refusal->code);
        }
    } else if (phone.link) {
        if (phone.state == State::ended && says_ended(message))
            phone.finish.reset();  // the hub has heard
        for (const Event& event : phone.link->take(message, now))
            phone.handle(actions, event, now);
        phone.ask(actions, now, now_utc);
        phone.pump(actions, now);
    }
    return actions;
}

std::vector<PhoneAction> PhoneSession::tick(Millis now) {
    std::vector<PhoneAction> actions;
    m_impl->pump(actions, now);
    return actions;
}

std::optional<Millis> PhoneSession::next_tick() const {
    const Impl& phone = *m_impl;
    std::optional<Millis> next;
    const auto earlier = [&](std::optional<Millis> at) {
        if (at && (!next || *at < *next))
            next = at;
    };
    if (phone.state == State::claiming && !phone.claim.signature.empty())
        earlier(phone.next_claim);
    if (phone.finish)
        earlier(phone.next_finish);
    if (phone.state != State::ended && phone.link)
        earlier(phone.link->next_due());
    return next;
}

std::vector<PhoneAction> PhoneSession::reconnect(Millis now) {
    m_impl->next_claim = 0;
    if (m_impl->link)
        m_impl->link->reconnect();
    return tick(now);
}

std::vector<PhoneAction> PhoneSession::answer(ByteView response, bool last, Millis now) {
    Impl& phone = *m_impl;
    require(phone.state == State::asking, ErrorCode::session_unknown);
    phone.link->queue(phone.channel->seal(MessageType::response, response));
    phone.state = State::answered;
    if (last)
        phone.last_outcome = Outcome::confirmed;
    return tick(now);
}

std::vector<PhoneAction> PhoneSession::refuse(Millis now) {
    Impl& phone = *m_impl;
    require(phone.state == State::asking, ErrorCode::session_unknown);
    phone.link->queue(phone.channel->seal(MessageType::refusal, {}));
    phone.state = State::answered;
    phone.last_outcome = Outcome::refused;
    return tick(now);
}

}  // namespace bidseal::session
