#include "bidseal/session/page.h"

#include <algorithm>

#include "bidseal/base/text.h"
#include "bidseal/session/qr_content.h"

namespace bidseal::session {
namespace {

OneTimeKey one_time_key(const crypto::Sm2PrivateKey& key) {
    OneTimeKey result;
    const Bytes compressed = key.public_key().compressed();
    std::copy(compressed.begin(), compressed.end(), result.bytes.begin());
    return result;
}

ErrorCode code_of(Outcome outcome) {
    switch (outcome) {
        case Outcome::refused:
            return ErrorCode::session_refused;
        case Outcome::expired:
            return ErrorCode::session_expired;
        default:
            return ErrorCode::session_unknown;
    }
}

}  // namespace

struct PageSession::Impl {
    explicit Impl(Random& random)
        : key(crypto::Sm2PrivateKey::generate(random)), public_key(one_time_key(key)), k(16) {
        random.fill(k.span());
    }

    crypto::Sm2PrivateKey key;
    OneTimeKey public_key;
    SecretBytes k;
    State state = State::drafted;
    Sid sid;
    RequestDigest request;
    crypto::CertificateDigest platform;
    std::optional<Attach> attach;
    std::optional<HubLink> link;
    std::optional<Channel> channel;
    // Requests that wait for the channel: signed request and material.
    std::vector<std::pair<Bytes, Bytes>> waiting;
    size_t unanswered = 0;
    uint32_t last_seq = 0;
    std::optional<uint32_t> shown_step;
    Millis age_at_attach = 0, attached_at = 0, next_attach = 0;
    bool silent = false;
    std::optional<Finish> finish;  // still to be acknowledged
    Millis next_finish = 0;

    using Actions = std::vector<PageAction>;

    void send(Actions& actions, const HubMessage& message) {
        actions.push_back(SendToHub{encode(message)});
    }

    void end(Actions& actions, std::optional<ErrorCode> error) {
        if (state == State::ended)
            return;
        state = State::ended;
        k = SecretBytes(16);
        channel.reset();
        waiting.clear();
        actions.push_back(SessionEnded{error});
    }

    /// Ends here and says so to the hub, until it has heard.
    void give_up(Actions& actions, std::optional<ErrorCode> error, Millis now) {
        if (link && link->connected() && token && !finish) {
            finish = Finish{sid, Side::page, *token, Outcome::cancelled};
            send(actions, *finish);
            next_finish = now + resend_millis;
        }
        end(actions, error);
    }
    std::optional<Token> token;

    void pump(Actions& actions, Millis now) {
        if (state == State::attaching && next_attach <= now) {
            send(actions, *attach);
            next_attach = now + resend_millis;
        }
        if (state == State::ended) {
            if (finish && next_finish <= now) {
                send(actions, *finish);
                next_finish = now + resend_millis;
            }
            return;
        }
        if (link) {
            for (const HubMessage& message : link->due(now))
                send(actions, message);
        }
        if (state == State::waiting &&
            now - attached_at + age_at_attach >= code_life_millis + peer_gone_millis)
            end(actions, ErrorCode::session_expired);  // the hub is out of reach, too
    }

    void flush(Actions& actions, Millis now) {
        for (const auto& [signed_request, material] : waiting) {
            link->queue(channel->seal(MessageType::material, material));
            link->queue(channel->seal(MessageType::request, signed_request));
            unanswered++;
        }
        waiting.clear();
        pump(actions, now);
    }

    void phone_came(Actions& actions, const OneTimeKey& phone) {
        if (state != State::waiting)
            return;  // a phone came before: the hub cannot put another one in its place
        std::optional<crypto::Sm2PublicKey> other;
        try {
            other = crypto::Sm2PublicKey::from_compressed(phone.view());
        } catch (const Error&) {
            end(actions, ErrorCode::session_message);
            return;
        }
        const Transcript transcript{sid, public_key, phone, request, platform};
        channel.emplace(ChannelKeys::derive(key, *other, k, transcript), sid, Side::page);
        k = SecretBytes(16);
        state = State::scanned;
        actions.push_back(PhoneScanned{channel->keys().code});
    }

    void frame_came(Actions& actions, ByteView frame, Millis now) {
        if (state != State::scanned)
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
        if (message->type == MessageType::hello) {
            const std::string name(as_text(message->content.view()));
            if (is_clean_text(name, 64))
                actions.push_back(PhoneNamed{name});
        } else if (message->type == MessageType::response && unanswered > 0) {
            unanswered--;
            actions.push_back(PhoneAnswered{std::move(message->content)});
        } else if (message->type == MessageType::refusal) {
            end(actions, ErrorCode::session_refused);  // the phone tells the hub
        } else {
            give_up(actions, ErrorCode::session_message, now);
        }
    }

    void handle(Actions& actions, const Event& event, Millis now) {
        if (const auto* came = std::get_if<Event::PhoneCame>(&event.what)) {
            phone_came(actions, came->phone);
        } else if (const auto* frame = std::get_if<Event::FrameCame>(&event.what)) {
            frame_came(actions, frame->frame, now);
        } else if (const auto* ended = std::get_if<Event::Ended>(&event.what)) {
            // After an answer, the end is as it should be.
            const bool fine =
                ended->outcome == Outcome::confirmed && unanswered == 0 && state == State::scanned;
            end(actions, fine ? std::nullopt : std::optional(code_of(ended->outcome)));
        }
    }

    void attached(Actions& actions, const Attached& message, Millis now) {
        if (state != State::attaching || message.sid != sid)
            return;
        state = State::waiting;
        token = message.token;
        age_at_attach = message.age_millis;
        attached_at = now;
        link.emplace(sid, Side::page);
        link->set_token(message.token);
        pump(actions, now);
    }

    void rotated(Actions& actions, const Rotated& message, Millis now) {
        if (state != State::waiting || message.sid != sid ||
            (shown_step && message.step <= *shown_step))
            return;
        shown_step = message.step;
        QrContent content{sid, k.clone(), public_key, message.step, message.rotation};
        const Millis age = now - attached_at + age_at_attach;
        actions.push_back(ShowCode{content.encode(), std::max<Millis>(code_life_millis - age, 0)});
    }
};

PageSession::PageSession(Random& random) : m_impl(std::make_unique<Impl>(random)) {}
PageSession::~PageSession() = default;
PageSession::PageSession(PageSession&&) noexcept = default;

const OneTimeKey& PageSession::key() const {
    return m_impl->public_key;
}
PageSession::State PageSession::state() const {
    return m_impl->state;
}

namespace {

/// The platform's request must be for this very page, or the phone would refuse it anyway.
Request own_request(const SignedRequest& signed_request, const Sid& sid, const OneTimeKey& key) {
    Request request = Request::parse(signed_request.request);
    require(request.sid == sid && request.page == page_digest(key), ErrorCode::session_request,
            "a request for another page");
    return request;
}

}  // namespace

std::vector<PageAction> PageSession::start(const Sid& sid, const SignedRequest& signed_request,
                                           ByteView material, Millis now, Random& random) {
    Impl& page = *m_impl;
    require(page.state == State::drafted, ErrorCode::usage, "the session has begun");
    const Request request = own_request(signed_request, sid, page.public_key);
    page.sid = sid;
    page.last_seq = request.seq;
    page.request = request_digest(signed_request.request);
    page.platform = crypto::Certificate::parse(signed_request.certificate).digest();
    page.attach =
        Attach{sid, page.public_key, page.key.sign(attach_bytes(sid, page.public_key), random)};
    page.waiting.emplace_back(signed_request.encode(), to_bytes(material));
    page.state = State::attaching;
    std::vector<PageAction> actions;
    page.pump(actions, now);
    return actions;
}

std::vector<PageAction> PageSession::next(const SignedRequest& signed_request, ByteView material,
                                          Millis now) {
    Impl& page = *m_impl;
    require(page.state == State::scanned, ErrorCode::session_unknown);
    const Request request = own_request(signed_request, page.sid, page.public_key);
    require(request.seq > page.last_seq, ErrorCode::session_request, "the numbers must rise");
    page.last_seq = request.seq;
    page.waiting.emplace_back(signed_request.encode(), to_bytes(material));
    std::vector<PageAction> actions;
    page.flush(actions, now);
    return actions;
}

std::vector<PageAction> PageSession::receive(ByteView bytes, Millis now) {
    Impl& page = *m_impl;
    std::vector<PageAction> actions;
    HubMessage message;
    try {
        message = decode_hub_message(bytes);
    } catch (const Error&) {
        return actions;  // noise; what was asked for is asked for again
    }
    if (const auto* attached = std::get_if<Attached>(&message)) {
        page.attached(actions, *attached, now);
    } else if (const auto* rotated = std::get_if<Rotated>(&message)) {
        page.rotated(actions, *rotated, now);
    } else if (const auto* refusal = std::get_if<Refusal>(&message)) {
        const bool too_late =
            refusal->type == post_type && refusal->code == ErrorCode::session_unknown;
        if (refusal->sid == page.sid && too_late && page.link) {
            page.link->drop_outbox();
        } else if (refusal->sid == page.sid && refusal->code != ErrorCode::busy) {
            page.finish.reset();
            page.end(actions, refusal->code);
        }
    } else if (page.link) {
        if (page.state == State::ended && says_ended(message))
            page.finish.reset();  // the hub has heard
        for (const Event& event : page.link->take(message, now))
            page.handle(actions, event, now);
        if (page.state == State::scanned && !page.waiting.empty())
            page.flush(actions, now);
        if (page.state == State::scanned && page.link->peer_gone() != page.silent) {
            page.silent = !page.silent;
            actions.push_back(PhoneSilent{page.silent});
        }
        page.pump(actions, now);
    }
    return actions;
}

std::vector<PageAction> PageSession::tick(Millis now) {
    std::vector<PageAction> actions;
    m_impl->pump(actions, now);
    return actions;
}

std::optional<Millis> PageSession::next_tick() const {
    const Impl& page = *m_impl;
    if (page.state == State::attaching)
        return page.next_attach;
    if (page.state == State::ended)
        return page.finish ? std::optional(page.next_finish) : std::nullopt;
    return page.link ? page.link->next_due() : std::nullopt;
}

std::vector<PageAction> PageSession::reconnect(Millis now) {
    if (m_impl->link)
        m_impl->link->reconnect();
    m_impl->next_attach = 0;
    return tick(now);
}

std::vector<PageAction> PageSession::close(Millis now) {
    std::vector<PageAction> actions;
    m_impl->give_up(actions, std::nullopt, now);
    return actions;
}

}  // namespace bidseal::session
