#include "bridge/cloud/hub/hub_service.h"

#include "bidseal/base/wire.h"

namespace bidseal::cloud {

using session::HubMessage;
using session::HubResult;
using session::HubSession;
using session::Millis;
using session::Sid;
using session::Side;

namespace {

constexpr int64_t keep_seconds = 60 * 60;  // longer than any session lives
constexpr Millis heard_millis = 5'000;     // a poll is written down so often at most
constexpr Millis keep_heard = 60'000;
constexpr std::string_view ticket_magic = "BST1";

std::string session_name(const Sid& sid) {
    return "hub/" + to_hex(sid.view());
}

/// hub/SID: `u64 when, in ms since 1970 | field(page's address) | newest h_op | HubSession`.
struct HubRecord {
    std::string page_address;
    session::RequestDigest newest;
    HubSession session;
};

std::optional<HubRecord> load(Batch& batch, const Sid& sid) {
    const auto value = batch.read(session_name(sid));
    if (!value)
        return std::nullopt;
    WireReader in(value->view(), ErrorCode::cosign_record);
    const auto written = static_cast<Millis>(in.u64());
    std::string address(as_text(in.field(0, 64)));
    const auto newest = in.fixed<session::RequestDigest>();
    // With the time of writing as "now", its times come out as they were.
    return HubRecord{std::move(address), newest, HubSession::parse(in.take(in.left()), written)};
}

void store(Batch& batch, const HubRecord& record, Millis now) {
    Bytes head;
    append_u64(head, static_cast<uint64_t>(now));
    append_field(head, as_bytes(record.page_address));
    append(head, record.newest.view());
    const SecretBytes session = record.session.serialize(now);
    SecretBytes value(head.size() + session.size());
    std::copy(head.begin(), head.end(), value.span().begin());
    std::copy(session.view().begin(), session.view().end(),
              value.span().begin() + static_cast<ptrdiff_t>(head.size()));
    batch.write(session_name(record.session.sid()), std::move(value),
                Timestamp{now / 1000 + keep_seconds});
}

/// Sid and side of a client's message. Throws Error(session_message) for the hub's own kinds.
std::pair<Sid, Side> place_of(const HubMessage& message) {
    if (const auto* attach = std::get_if<session::Attach>(&message))
        return {attach->sid, Side::page};
    if (const auto* claim = std::get_if<session::Claim>(&message))
        return {claim->sid, Side::phone};
    if (const auto* post = std::get_if<session::Post>(&message))
        return {post->sid, post->side};
    if (const auto* poll = std::get_if<session::Poll>(&message))
        return {poll->sid, poll->side};
    if (const auto* finish = std::get_if<session::Finish>(&message))
        return {finish->sid, finish->side};
    throw Error(ErrorCode::session_message, "not a client's message");
}

session::Refusal refusal_of(const HubMessage& message, ErrorCode code) {
    return {place_of(message).first, static_cast<uint8_t>(message.index() + 1), code};
}

}  // namespace

void HubService::open(ByteView json) {
    const PlatformMessage message = PlatformMessage::parse(json);
    const Timestamp now = m_parts.clock.now();
    message.check(open_purpose, m_parts.platforms, m_parts.trust, now);
    const session::Draft draft = parse_draft(message.content);
    require(draft.certificate == message.certificate.digest(), ErrorCode::session_request,
            "a request that another certificate is to sign");
    require(now < draft.expires, ErrorCode::session_expired);
    const Millis millis = m_parts.millis();
    m_parts.records.transact([&](Batch& batch) {
        if (const auto known = load(batch, draft.sid)) {
            known->session.repeat(draft);
            return;
        }
        session::Draft own{draft.sid,       draft.page,     draft.request, draft.certificate,
                           draft.operation, draft.platform, draft.expires, draft.k_sid.clone()};
        store(batch, {"", draft.request, HubSession(std::move(own), millis)}, millis);
    });
}

void HubService::next_request(ByteView json) {
    const PlatformMessage message = PlatformMessage::parse(json);
    const Timestamp now = m_parts.clock.now();
    message.check(next_purpose, m_parts.platforms, m_parts.trust, now);
    const NextRequest next = parse_next_request(message.content);
    const Millis millis = m_parts.millis();
    const HubResult result = m_parts.records.transact([&](Batch& batch) {
        auto record = load(batch, next.sid);
        require(record.has_value(), ErrorCode::session_unknown);
        if (record->newest == next.request)
            return HubResult();
        HubResult done = record->session.next_request(next.request, next.operation, next.expires);
        record->newest = next.request;
        store(batch, *record, millis);
        return done;
    });
    push(next.sid, result.pushes);
}

void HubService::check_claim(const session::Claim& claim,
                             const std::optional<DeviceTicket>& ticket) const {
    require(ticket.has_value(), ErrorCode::certificate_untrusted, "a claim without a ticket");
    ticket->check(m_parts.enrol, m_parts.clock.now());
    require(ticket->device == claim.device &&
                ticket->verify(session::claim_bytes(claim), claim.signature),
            ErrorCode::signature_invalid, "the device did not sign this claim");
}

void HubService::receive(ConnectionId connection, const std::string& address, ByteView message) {
    if (message.size() >= ticket_magic.size() &&
        equal(message.first(ticket_magic.size()), as_bytes(ticket_magic))) {
        DeviceTicket ticket = DeviceTicket::decode(message);
        ticket.check(m_parts.enrol, m_parts.clock.now());
        std::lock_guard<std::mutex> lock(m_mutex);
        m_clients[connection].ticket = std::move(ticket);
        return;
    }
    const HubMessage decoded = session::decode_hub_message(message);
    std::optional<DeviceTicket> ticket;
    {
        std::lock_guard<std::mutex> lock(m_mutex);
        ticket = m_clients[connection].ticket;
    }
    const auto reply = handle(address, decoded, ticket, connection);
    if (reply)
        m_parts.outbox.send(connection, session::encode(*reply));
}

std::optional<Bytes> HubService::request(const std::string& address, ByteView message,
                                         const std::optional<DeviceTicket>& ticket) {
    const auto reply = handle(address, session::decode_hub_message(message), ticket, 0);
    if (!reply)
        return std::nullopt;
    return session::encode(*reply);
}

bool HubService::poll_is_due(const Sid& sid, Side side, Millis now) {
    std::lock_guard<std::mutex> lock(m_mutex);
    Millis& heard = m_heard[{sid, side}];
    if (now - heard < heard_millis)
        return false;
    heard = now;
    return true;
}

std::optional<HubMessage> HubService::handle(const std::string& address, const HubMessage& message,
                                             const std::optional<DeviceTicket>& ticket,
                                             ConnectionId connection) {
    // By name: clang 14 lets no lambda take a structured binding.
    const std::pair<Sid, Side> from = place_of(message);
    const Sid& sid = from.first;
    const Side side = from.second;
    if (const auto* claim = std::get_if<session::Claim>(&message)) {
        try {
            check_claim(*claim, ticket);
        } catch (const Error& error) {
            return refusal_of(message, error.code());
        }
    }
    const Millis now = m_parts.millis();
    // A poll that finds nothing new need not be written, but for the time when it came.
    const bool is_poll = std::holds_alternative<session::Poll>(message);
    const bool write_poll = is_poll && poll_is_due(sid, side, now);
    std::optional<Millis> next_tick;
    HubResult result;
    try {
        result = m_parts.records.transact([&](Batch& batch) {
            auto record = load(batch, sid);
            require(record.has_value(), ErrorCode::session_unknown);
            const auto network = record->page_address.empty() || address.empty()
                                     ? session::NetworkHint::unknown
                                 : record->page_address == address ? session::NetworkHint::same
                                                                   : session::NetworkHint::other;
            const auto before = record->session.state();
            HubResult done = record->session.handle(message, now, m_parts.random, network);
            const bool refused =
                done.reply && std::holds_alternative<session::Refusal>(*done.reply);
            if (std::holds_alternative<session::Attach>(message) && !refused)
                record->page_address = address.substr(0, 64);
            const auto* poll = std::get_if<session::Poll>(&message);
            const bool takes = poll != nullptr && poll->after > 0;
            if (record->session.state() != before ||
                (!refused && (!is_poll || takes || write_poll)))
                store(batch, *record, now);
            next_tick = record->session.next_tick();
            return done;
        });
    } catch (const Error& error) {
        if (error.code() != ErrorCode::session_unknown)
            throw;
        return refusal_of(message, error.code());
    }
    const bool refused = result.reply && std::holds_alternative<session::Refusal>(*result.reply);
    if (!refused && connection != 0)
        place(connection, sid, side, next_tick);
    // The reply comes first: an attached page knows its token before it sees the first code.
    if (connection != 0 && result.reply) {
        m_parts.outbox.send(connection, session::encode(*result.reply));
        result.reply.reset();
    }
    push(sid, result.pushes);
    return result.reply;
}

void HubService::place(ConnectionId connection, const Sid& sid, Side side,
                       std::optional<Millis> next_tick) {
    std::lock_guard<std::mutex> lock(m_mutex);
    Client& client = m_clients[connection];
    if (client.place && *client.place != std::pair(sid, side))
        leave(connection, *client.place);
    Live& live = m_live[sid];
    live.connections[side] = connection;
    live.next_tick = next_tick.value_or(0);
    client.place = {sid, side};
}

void HubService::leave(ConnectionId connection, const std::pair<Sid, Side>& place) {
    const auto live = m_live.find(place.first);
    if (live == m_live.end())
        return;
    auto& connections = live->second.connections;
    const auto own = connections.find(place.second);
    if (own != connections.end() && own->second == connection)
        connections.erase(own);
    if (connections.empty())
        m_live.erase(live);
}

void HubService::push(const Sid& sid, const std::vector<session::Push>& pushes) {
    for (const session::Push& each : pushes) {
        ConnectionId connection = 0;
        {
            std::lock_guard<std::mutex> lock(m_mutex);
            const auto live = m_live.find(sid);
            if (live == m_live.end())
                return;
            const auto found = live->second.connections.find(each.to);
            if (found != live->second.connections.end())
                connection = found->second;
        }
        if (connection != 0)
            m_parts.outbox.send(connection, session::encode(each.message));
    }
}

void HubService::disconnected(ConnectionId connection) {
    std::lock_guard<std::mutex> lock(m_mutex);
    const auto client = m_clients.find(connection);
    if (client == m_clients.end())
        return;
    if (client->second.place)
        leave(connection, *client->second.place);
    m_clients.erase(client);
}

void HubService::tick() {
    const Millis now = m_parts.millis();
    std::vector<Sid> due;
    {
        std::lock_guard<std::mutex> lock(m_mutex);
        std::erase_if(m_heard, [&](const auto& each) { return now - each.second > keep_heard; });
        for (const auto& [sid, live] : m_live) {
            if (live.next_tick != 0 && live.next_tick <= now)
                due.push_back(sid);
        }
    }
    for (const Sid& sid : due) {
        std::optional<Millis> next;
        const HubResult result = m_parts.records.transact([&](Batch& batch) {
            auto record = load(batch, sid);
            if (!record)
                return HubResult();
            HubResult done = record->session.tick(now);
            // A rotation alone is not worth a writing: whoever loads the record makes it anew.
            if (record->session.state() == HubSession::State::ended)
                store(batch, *record, now);
            next = record->session.next_tick();
            return done;
        });
        {
            std::lock_guard<std::mutex> lock(m_mutex);
            const auto live = m_live.find(sid);
            if (live != m_live.end())
                live->second.next_tick = next.value_or(0);
        }
        push(sid, result.pushes);
    }
}

size_t HubService::connected_sessions() {
    std::lock_guard<std::mutex> lock(m_mutex);
    return m_live.size();
}

}  // namespace bidseal::cloud
