#include "bidseal/session/hub.h"

#include <algorithm>

#include "bidseal/base/wire.h"
#include "bidseal/crypto/sm2.h"
#include "bidseal/session/qr_content.h"

namespace bidseal::session {
namespace {

constexpr std::string_view hub_record_magic = "BSR1";
constexpr size_t events_per_answer = 16;

bool same_draft(const Draft& a, const Draft& b) {
    return a.sid == b.sid && a.page == b.page && a.request == b.request &&
           a.certificate == b.certificate && a.operation == b.operation &&
           a.platform == b.platform && a.expires == b.expires && a.k_sid.equals(b.k_sid);
}

bool same_claim(const Claim& a, const Claim& b) {
    // The same phone with the same key, though it may have scanned again: its own retry.
    return a.phone == b.phone && a.device == b.device;
}

uint32_t millis_since(std::optional<Millis> then, Millis now) {
    if (!then)
        return 0xffffffff;
    return static_cast<uint32_t>(std::clamp<Millis>(now - *then, 0, 0xfffffffe));
}

}  // namespace

HubSession::HubSession(Draft draft, Millis now) : m_draft(std::move(draft)), m_created(now) {
    require(m_draft.k_sid.size() == 32, ErrorCode::usage, "K_sid has 32 bytes");
}

void HubSession::repeat(const Draft& draft) const {
    require(same_draft(m_draft, draft), ErrorCode::session_conflict);
}

HubResult HubSession::next_request(const RequestDigest& request, Operation operation,
                                   Timestamp expires) {
    require(m_state == State::claimed, ErrorCode::session_unknown);
    HubResult result;
    add_event(Side::phone, Event::NextRequest{request, operation, expires}, result);
    return result;
}

void HubSession::require_side(Side side, const Token& token) const {
    const bool there = side == Side::page ? m_page_key.has_value() : m_claim.has_value();
    require(there && constant_time_equal(box(side).token.view(), token.view()),
            ErrorCode::session_unknown);
}

void HubSession::add_event(Side to, decltype(Event::what) what, HubResult& result) {
    Mailbox& mailbox = box(to);
    mailbox.events.push_back({++mailbox.last_event, std::move(what)});
    Events push;
    push.sid = m_draft.sid;
    push.after = mailbox.last_event - 1;
    push.events.push_back(mailbox.events.back());
    push.peer_age_millis = 0;
    result.pushes.push_back({to, std::move(push)});
}

void HubSession::end(Outcome outcome, HubResult& result) {
    if (m_state == State::ended)
        return;
    m_state = State::ended;
    m_outcome = outcome;
    add_event(Side::page, Event::Ended{outcome}, result);
    add_event(Side::phone, Event::Ended{outcome}, result);
}

HubMessage HubSession::events_for(Side side, uint64_t after, Millis now) const {
    Events answer;
    answer.sid = m_draft.sid;
    // An old poll that arrives late may ask for events that were acknowledged since.
    answer.after = std::max(after, box(side).last_event - box(side).events.size());
    answer.peer_age_millis = millis_since(box(other_side(side)).seen, now);
    for (const Event& event : box(side).events) {
        if (event.number > answer.after && answer.events.size() < events_per_answer)
            answer.events.push_back(event);
    }
    return answer;
}

Rotated HubSession::rotation(Millis now) const {
    const uint32_t step = step_at(now - m_created);
    return {m_draft.sid, step, rotation_of(m_draft.k_sid, m_draft.sid, step, *m_page_key)};
}

HubResult HubSession::handle(const HubMessage& message, Millis now, Random& random,
                             NetworkHint network) {
    // Time may have passed since the last tick.
    HubResult late = tick(now);
    HubResult result;
    try {
        if (const auto* attach_message = std::get_if<Attach>(&message)) {
            result = attach(*attach_message, now, random);
        } else if (const auto* claim_message = std::get_if<Claim>(&message)) {
            result = claim(*claim_message, now, random, network);
        } else if (const auto* post_message = std::get_if<Post>(&message)) {
            result = post(*post_message, now);
        } else if (const auto* poll_message = std::get_if<Poll>(&message)) {
            result = poll(*poll_message, now);
        } else if (const auto* finish_message = std::get_if<Finish>(&message)) {
            result = finish(*finish_message, now);
        } else {
            throw Error(ErrorCode::session_message, "not a client's message");
        }
    } catch (const Error& error) {
        result = HubResult();
        const auto type = static_cast<uint8_t>(message.index() + 1);
        if (type <= 5)
            result.reply = Refusal{m_draft.sid, type, error.code()};
    }
    result.pushes.insert(result.pushes.begin(), std::make_move_iterator(late.pushes.begin()),
                         std::make_move_iterator(late.pushes.end()));
    return result;
}

HubResult HubSession::attach(const Attach& message, Millis now, Random& random) {
    require(message.sid == m_draft.sid && page_digest(message.page) == m_draft.page,
            ErrorCode::session_unknown);
    const auto key = crypto::Sm2PublicKey::from_compressed(message.page.view());
    require(key.verify(attach_bytes(message.sid, message.page), message.signature),
            ErrorCode::signature_invalid);
    if (!m_page_key) {
        require(m_state == State::drafted, ErrorCode::session_unknown);
        m_page_key = message.page;
        random.fill(m_page.token.bytes);
        m_state = State::attached;
    }
    m_page.seen = now;
    HubResult result;
    result.reply = Attached{m_draft.sid, m_page.token, millis_since(m_created, now)};
    if (m_state == State::attached) {
        m_rotated = step_at(now - m_created) + 1;
        result.pushes.push_back({Side::page, rotation(now)});
    }
    return result;
}

HubResult HubSession::claim(const Claim& message, Millis now, Random& random, NetworkHint network) {
    require(message.sid == m_draft.sid, ErrorCode::session_unknown);
    HubResult result;
    if (m_claim) {
        // First claim wins; its own repetition gets the same answer.
        require(same_claim(*m_claim, message), ErrorCode::session_taken);
    } else {
        require(m_state == State::attached, ErrorCode::session_unknown);
        const Rotation expected =
            rotation_of(m_draft.k_sid, m_draft.sid, message.step, *m_page_key);
        require(constant_time_equal(expected.view(), message.rotation.view()),
                ErrorCode::session_code_invalid);
        require(step_is_fresh(message.step, now - m_created), ErrorCode::session_code_old);
        crypto::Sm2PublicKey::from_compressed(message.phone.view());
        m_claim = message;
        m_network = network;
        random.fill(m_phone.token.bytes);
        m_state = State::claimed;
        add_event(Side::page, Event::PhoneCame{message.phone}, result);
    }
    m_phone.seen = now;
    result.reply = Claimed{m_draft.sid,         m_phone.token,     m_draft.request,
                           m_draft.certificate, m_draft.operation, m_draft.expires,
                           m_draft.platform,    m_attestation,     m_network};
    return result;
}

HubResult HubSession::post(const Post& message, Millis now) {
    require_side(message.side, message.token);
    Mailbox& own = box(message.side);
    own.seen = now;
    HubResult result;
    if (message.number > own.posted) {
        require(m_state == State::claimed, ErrorCode::session_unknown);
        require(message.number == own.posted + 1, ErrorCode::session_sequence);
        require(message.frame.size() <= max_frame, ErrorCode::limit_exceeded);
        require(box(other_side(message.side)).events.size() < max_waiting_frames, ErrorCode::busy);
        own.posted++;
        add_event(other_side(message.side), Event::FrameCame{message.frame}, result);
    }
    result.reply = Posted{m_draft.sid, message.number};
    return result;
}

HubResult HubSession::poll(const Poll& message, Millis now) {
    require_side(message.side, message.token);
    Mailbox& own = box(message.side);
    own.seen = now;
    require(message.after <= own.last_event, ErrorCode::session_message);
    while (!own.events.empty() && own.events.front().number <= message.after)
        own.events.pop_front();
    HubResult result;
    result.reply = events_for(message.side, message.after, now);
    if (message.side == Side::page && m_state == State::attached)
        result.pushes.push_back({Side::page, rotation(now)});
    return result;
}

HubResult HubSession::finish(const Finish& message, Millis now) {
    require_side(message.side, message.token);
    box(message.side).seen = now;
    HubResult result;
    // Only the phone can say how a request went.
    const bool allowed = message.side == Side::phone ? message.outcome != Outcome::expired
                                                     : message.outcome == Outcome::cancelled;
    require(allowed, ErrorCode::session_message);
    end(message.outcome, result);
    // The last event is the end: that is how the client knows that it was heard.
    result.reply = events_for(message.side, box(message.side).last_event - 1, now);
    return result;
}

HubResult HubSession::tick(Millis now) {
    HubResult result;
    if (m_state == State::ended)
        return result;
    const Millis age = now - m_created;
    if (age >= (m_state == State::claimed ? session_life_millis : code_life_millis)) {
        end(Outcome::expired, result);
    } else if (m_state == State::attached && step_at(age) + 1 > m_rotated) {
        m_rotated = step_at(age) + 1;
        result.pushes.push_back({Side::page, rotation(now)});
    }
    return result;
}

std::optional<Millis> HubSession::next_tick() const {
    if (m_state == State::drafted)
        return m_created + code_life_millis;
    if (m_state == State::attached)
        return m_created + std::min<Millis>(Millis{m_rotated} * step_millis, code_life_millis);
    if (m_state == State::claimed)
        return m_created + session_life_millis;
    return std::nullopt;
}

namespace {

void append_optional_time(Bytes& out, std::optional<Millis> then, Millis now) {
    out.push_back(then ? 1 : 0);
    append_u64(out, then ? static_cast<uint64_t>(std::max<Millis>(now - *then, 0)) : 0);
}

std::optional<Millis> read_optional_time(WireReader& in, Millis now) {
    const uint8_t there = in.u8();
    const uint64_t age = in.u64();
    in.check(there <= 1 && age <= uint64_t{1} << 40 && (there == 1 || age == 0));
    if (there == 0)
        return std::nullopt;
    return now - static_cast<Millis>(age);
}

}  // namespace

SecretBytes HubSession::serialize(Millis now) const {
    Bytes out = to_bytes(as_bytes(hub_record_magic));
    out.reserve(1024);  // K_sid stands near the front: it is not copied about when this grows
    append(out, m_draft.sid.view());
    append(out, m_draft.k_sid.view());
    append(out, m_draft.page.view());
    append(out, m_draft.request.view());
    append(out, m_draft.certificate.view());
    out.push_back(static_cast<uint8_t>(m_draft.operation));
    append_u64(out, static_cast<uint64_t>(m_draft.expires.seconds));
    append_field(out, as_bytes(m_draft.platform));
    out.push_back(static_cast<uint8_t>(m_state));
    out.push_back(m_outcome ? static_cast<uint8_t>(*m_outcome) : 0);
    append_optional_time(out, m_created, now);
    append_field(out, m_page_key ? m_page_key->view() : ByteView());
    append_field(out, m_claim ? encode(*m_claim) : Bytes());
    out.push_back(static_cast<uint8_t>(m_network));
    append_field(out, m_attestation);
    append_u32(out, m_rotated);
    for (const Side side : {Side::page, Side::phone}) {
        const Mailbox& mailbox = box(side);
        append(out, mailbox.token.view());
        append_u64(out, mailbox.posted);
        append_u64(out, mailbox.last_event);
        append_optional_time(out, mailbox.seen, now);
        Events events;
        events.sid = m_draft.sid;
        events.after = mailbox.last_event - mailbox.events.size();
        events.events.assign(mailbox.events.begin(), mailbox.events.end());
        append_u16(out, static_cast<uint16_t>(events.events.size()));
        for (const Event& event : events.events) {
            Events single;
            single.sid = m_draft.sid;
            single.after = event.number - 1;
            single.events.push_back(event);
            append_field(out, encode(single));
        }
    }
    SecretBytes record = SecretBytes::copy_of(out);
    wipe(out.data(), out.size());
    return record;
}

HubSession HubSession::parse(ByteView record, Millis now) {
    WireReader in(record, ErrorCode::session_message);
    in.constant(as_bytes(hub_record_magic));
    HubSession session;
    session.m_draft.sid = in.fixed<Sid>();
    session.m_draft.k_sid = SecretBytes::copy_of(in.take(32));
    session.m_draft.page = in.fixed<PageDigest>();
    session.m_draft.request = in.fixed<RequestDigest>();
    session.m_draft.certificate = in.fixed<crypto::CertificateDigest>();
    const uint8_t operation = in.u8();
    in.check(operation >= 1 && operation <= static_cast<uint8_t>(Operation::open_session));
    session.m_draft.operation = static_cast<Operation>(operation);
    session.m_draft.expires.seconds = static_cast<int64_t>(in.u64());
    session.m_draft.platform = std::string(as_text(in.field(1, 64)));
    const uint8_t state = in.u8();
    const uint8_t outcome = in.u8();
    in.check(state >= 1 && state <= 4 && outcome <= 4 && (outcome != 0) == (state == 4));
    session.m_state = static_cast<State>(state);
    if (outcome != 0)
        session.m_outcome = static_cast<Outcome>(outcome);
    const std::optional<Millis> created = read_optional_time(in, now);
    in.check(created.has_value());
    session.m_created = *created;
    if (const ByteView key = in.field(0, OneTimeKey::size()); !key.empty()) {
        WireReader inner(key, ErrorCode::session_message);
        session.m_page_key = inner.fixed<OneTimeKey>();
        inner.finish();
    }
    if (const ByteView bytes = in.field(0, 512); !bytes.empty()) {
        const HubMessage claim = decode_hub_message(bytes);
        in.check(std::holds_alternative<Claim>(claim));
        session.m_claim = std::get<Claim>(claim);
        in.check(session.m_claim->sid == session.m_draft.sid);
    }
    in.check(session.m_page_key.has_value() || state == 1 || state == 4);
    in.check(session.m_claim.has_value() || state != 3);
    const uint8_t network = in.u8();
    in.check(network <= 2);
    session.m_network = static_cast<NetworkHint>(network);
    session.m_attestation = to_bytes(in.field(0, 2048));
    session.m_rotated = in.u32();
    for (const Side side : {Side::page, Side::phone}) {
        Mailbox& mailbox = session.box(side);
        mailbox.token = in.fixed<Token>();
        mailbox.posted = in.u64();
        mailbox.last_event = in.u64();
        mailbox.seen = read_optional_time(in, now);
        const size_t count = in.count(0, max_waiting_frames + 8);
        in.check(count <= mailbox.last_event);
        for (size_t i = 0; i < count; i++) {
            const HubMessage message = decode_hub_message(in.field(1, max_frame + 256));
            const auto* events = std::get_if<Events>(&message);
            in.check(events != nullptr && events->events.size() == 1 &&
                     events->sid == session.m_draft.sid &&
                     events->peer_age_millis == Events().peer_age_millis &&
                     events->after == mailbox.last_event - count + i);
            mailbox.events.push_back(events->events.front());
        }
    }
    in.finish();
    return session;
}

}  // namespace bidseal::session
