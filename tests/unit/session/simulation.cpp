#include "simulation.h"

#include <algorithm>
#include <functional>
#include <memory>
#include <queue>

#include "bidseal/session/qr_content.h"

#include "session_test_support.h"

namespace bidseal::test {

using namespace session;

namespace {

constexpr Millis start_time = 5'000'000;
constexpr Millis network_heals = 100'000;  // then nothing is lost any more
constexpr Millis longest_run = 400'000;

/// What the seed decides about a run.
struct Plan {
    explicit Plan(SeededRandom& random)
        : loss(static_cast<int>(random.number(4)) * 12),
          repeat(static_cast<int>(random.number(3)) * 15),
          delay(random.chance(50) ? 50 : 1500),
          second_phone(random.chance(30)),
          refuses(random.chance(15)),
          phone_vanishes(random.chance(10)),
          page_vanishes(random.chance(7)),
          requests(random.chance(25) ? 3 : 1),
          crashes(random.chance(40)) {}
    int loss, repeat;  // percent
    Millis delay;      // at most, each way
    bool second_phone, refuses, phone_vanishes, page_vanishes;
    uint32_t requests;
    bool crashes;
};

class Simulation {
public:
    explicit Simulation(uint64_t seed)
        : m_random(seed), m_plan(m_random), m_page(std::make_unique<PageSession>(m_random)) {}

    SimulationResult run() {
        try {
            begin();
            while (!m_events.empty() && m_result.fault.empty() && m_now < longest_run) {
                const Scheduled next = m_events.top();
                if (next.at > longest_run)
                    break;
                m_events.pop();
                m_now = next.at;
                next.what();
            }
            judge();
        } catch (const Error& error) {
            fault(std::string("an error came out: ") + error_name(error.code()) + " " +
                  error.what());
        }
        return m_result;
    }

private:
    struct Scheduled {
        Millis at;
        uint64_t order;
        std::function<void()> what;
        bool operator<(const Scheduled& other) const {
            return at != other.at ? at > other.at : order > other.order;
        }
    };

    struct Phone {
        std::unique_ptr<PhoneSession> machine;
        bool won = false, ended = false, vanished = false, scheduled = false;
        std::optional<ErrorCode> error;
        uint32_t asked = 0;
        DeviceId device;
    };

    Timestamp utc() const { return {platform().now.seconds + m_now / 1000}; }
    Millis clock() const { return start_time + m_now; }
    void fault(std::string what) {
        if (m_result.fault.empty())
            m_result.fault = std::move(what) + " at " + std::to_string(m_now) + " ms";
    }
    void in(Millis delay, std::function<void()> what) {
        m_events.push({m_now + delay, m_order++, std::move(what)});
    }

    /// Carries bytes with delay, loss and repetition; what is in flight is seen by the hub's owner.
    void carry(const Bytes& bytes, const std::function<void(const Bytes&)>& deliver) {
        watch(bytes);
        const bool healed = m_now > network_heals;
        if (!healed && m_random.chance(m_plan.loss)) {
            m_result.lost++;
            return;
        }
        const int copies = !healed && m_random.chance(m_plan.repeat) ? 2 : 1;
        m_result.repeated += copies - 1;
        for (int i = 0; i < copies; i++)
            in(1 + static_cast<Millis>(m_random.number(m_plan.delay)),
               [deliver, bytes] { deliver(bytes); });
    }

    /// Neither the phone's answers nor the code's secret may ever be seen by a relay.
    void watch(ByteView bytes) {
        for (const Bytes& secret : m_secrets) {
            if (std::search(bytes.begin(), bytes.end(), secret.begin(), secret.end()) !=
                bytes.end())
                fault("a secret went over the network");
        }
    }

    void begin() {
        Opened opened(m_page->key(), m_random);
        m_opened = std::make_unique<Opened>(opened);
        HubSession hub(opened.draft(m_random), clock());
        m_record = hub.serialize(clock());
        schedule_hub_tick();
        if (m_plan.crashes) {
            for (int i = 0; i < 3; i++)
                in(static_cast<Millis>(m_random.number(90'000)), [this] { crash_hub(); });
        }
        page_actions(m_page->start(opened.sid, opened.signed_request, as_bytes("material 1"),
                                   clock(), m_random));
    }

    // The hub: its record is all that survives between two calls.

    void store_hub(const HubSession& hub) {
        m_record = hub.serialize(clock());
        watch(m_record.view());
        m_stored_at = clock();
    }
    /// Its record's times are relative to when it was stored.
    HubSession hub_now() {
        HubSession hub = HubSession::parse(m_record.view(), m_stored_at);
        return hub;
    }

    void crash_hub() {
        m_result.hub_crashes++;
        m_hub_down_until = m_now + 2'000;
    }
    bool hub_down() const { return m_now < m_hub_down_until; }

    void send_pushes(const HubResult& result) {
        for (const Push& push : result.pushes)
            send_to(push.to, push.message);
    }
    void send_to(Side side, const HubMessage& message) {
        if (side == Side::page) {
            to_page(message);
        } else {
            for (size_t i = 0; i < m_phones.size(); i++) {
                if (m_phones[i].won || m_phones.size() == 1)
                    to_phone(i, message);
            }
        }
    }
    void hub_receives(const Bytes& bytes, const std::function<void(const HubMessage&)>& reply) {
        if (hub_down())
            return;
        HubSession hub = hub_now();
        const HubMessage message = decode_hub_message(bytes);
        if (const auto* claim = std::get_if<Claim>(&message)) {
            if (claim->signature != signature_of(claim->device))
                return fault("a claim without its device's signature");
        }
        HubResult result = hub.handle(message, clock(), m_random);
        store_hub(hub);
        if (m_plan.crashes && m_random.chance(3) && m_now < network_heals)
            return crash_hub();  // stored, and nobody hears
        if (result.reply)
            reply(*result.reply);
        send_pushes(result);
        schedule_hub_tick();
    }
    void schedule_hub_tick() {
        if (m_hub_tick_waits)
            return;
        const auto next = hub_now().next_tick();
        if (!next)
            return;
        m_hub_tick_waits = true;
        in(std::max<Millis>(*next - clock(), 1), [this] {
            m_hub_tick_waits = false;
            if (!hub_down()) {
                HubSession hub = hub_now();
                const HubResult result = hub.tick(clock());
                store_hub(hub);
                send_pushes(result);
            } else {
                in(500, [this] { schedule_hub_tick(); });
                return;
            }
            schedule_hub_tick();
        });
    }

    // The page.

    void to_page(const HubMessage& message) {
        carry(encode(message), [this](const Bytes& bytes) {
            if (!m_page)
                return;
            page_actions(m_page->receive(bytes, clock()));
        });
    }
    void page_actions(std::vector<PageAction> actions) {
        for (PageAction& action : actions) {
            if (const auto* send = std::get_if<SendToHub>(&action)) {
                carry(send->message, [this](const Bytes& bytes) {
                    hub_receives(bytes, [this](const HubMessage& reply) { to_page(reply); });
                });
            } else if (const auto* code = std::get_if<ShowCode>(&action)) {
                code_shown(code->text);
            } else if (auto* answer = std::get_if<PhoneAnswered>(&action)) {
                page_answered(answer->response);
            } else if (const auto* ended = std::get_if<SessionEnded>(&action)) {
                m_page_ended = true;
                m_page_error = ended->error;
                m_result.page_refused = ended->error == ErrorCode::session_refused;
            }
        }
        schedule_page_tick();
    }
    void schedule_page_tick() {
        if (!m_page || m_page_tick_waits)
            return;
        const auto next = m_page->next_tick();
        if (!next)
            return;
        m_page_tick_waits = true;
        in(std::max<Millis>(*next - clock(), 1), [this] {
            m_page_tick_waits = false;
            if (m_page)
                page_actions(m_page->tick(clock()));
        });
    }
    void code_shown(const std::string& text) {
        const QrContent code = QrContent::parse(text);
        if (m_secrets.empty())
            m_secrets.push_back(to_bytes(code.k.view()));
        m_codes++;
        const bool first = m_codes == 3, second = m_plan.second_phone && m_codes == 3;
        if (first)
            scan(text);
        if (second)
            scan(text);
    }
    void page_answered(const SecretBytes& response) {
        const size_t number = m_page_answers++;
        if (number >= m_given.size() || !equal(response.view(), m_given[number]))
            return fault("the page got something that the phone did not say");
        m_result.page_answered = true;
        if (m_page_answers == m_plan.requests)
            return;
        // The platform asks for the next one.
        const uint32_t seq = static_cast<uint32_t>(m_page_answers) + 1;
        const Request request = platform().request(m_opened->sid, m_page->key(), seq, 1);
        const SignedRequest signed_request = platform().sign(request, m_random);
        announce(request_digest(signed_request.request), request);
        page_actions(m_page->next(signed_request, as_bytes("material"), clock()));
    }
    /// The platform tells the hub, and tries again while the hub is down.
    void announce(const RequestDigest& digest, const Request& request) {
        if (hub_down()) {
            in(700, [this, digest, request] { announce(digest, request); });
            return;
        }
        HubSession hub = hub_now();
        if (hub.state() != HubSession::State::claimed)
            return;
        const HubResult result = hub.next_request(digest, request.operation, request.expires);
        store_hub(hub);
        send_pushes(result);
    }

    // The phones.

    static Bytes signature_of(const DeviceId& device) {
        Bytes signature = to_bytes(device.view());
        signature.push_back(1);
        return signature;
    }
    void scan(const std::string& text) {
        const size_t number = m_phones.size();
        Phone phone;
        phone.device = fresh_id<DeviceId>(m_random);
        PhoneSettings settings;
        settings.device = phone.device;
        settings.name = "王 " + std::to_string(number);
        settings.trust = platform().trust;
        phone.machine =
            std::make_unique<PhoneSession>(QrContent::parse(text), settings, nullptr, m_random);
        m_phones.push_back(std::move(phone));
        phone_actions(number, m_phones[number].machine->begin());
    }
    void to_phone(size_t number, const HubMessage& message) {
        carry(encode(message), [this, number](const Bytes& bytes) {
            Phone& phone = m_phones[number];
            if (!phone.vanished)
                phone_actions(number, phone.machine->receive(bytes, clock(), utc()));
        });
    }
    void phone_actions(size_t number, std::vector<PhoneAction> actions) {
        Phone& phone = m_phones[number];
        for (PhoneAction& action : actions) {
            if (const auto* send = std::get_if<SendToHub>(&action)) {
                carry(send->message, [this, number](const Bytes& bytes) {
                    hub_receives(bytes, [this, number](const HubMessage& reply) {
                        to_phone(number, reply);
                    });
                });
            } else if (std::holds_alternative<NeedDeviceSignature>(action)) {
                phone_actions(number,
                              phone.machine->device_signed(signature_of(phone.device), clock()));
            } else if (std::holds_alternative<ClaimWon>(action)) {
                phone.won = true;
                if (m_plan.phone_vanishes)
                    in(static_cast<Millis>(m_random.number(15'000)), [this, number] {
                        m_phones[number].vanished = true;
                        m_result.phone_vanished = true;
                    });
                if (m_plan.page_vanishes)
                    in(static_cast<Millis>(m_random.number(15'000)), [this] {
                        m_page.reset();
                        m_result.page_vanished = true;
                    });
            } else if (auto* asked = std::get_if<RequestArrived>(&action)) {
                phone_asked(number, *asked);
            } else if (const auto* ended = std::get_if<SessionEnded>(&action)) {
                phone.ended = true;
                phone.error = ended->error;
                if (ended->error == ErrorCode::session_taken)
                    m_result.races_lost++;
            }
        }
        schedule_phone_tick(number);
    }
    void schedule_phone_tick(size_t number) {
        Phone& phone = m_phones[number];
        if (phone.scheduled || phone.vanished)
            return;
        const auto next = phone.machine->next_tick();
        if (!next)
            return;
        phone.scheduled = true;
        in(std::max<Millis>(*next - clock(), 1), [this, number] {
            m_phones[number].scheduled = false;
            if (!m_phones[number].vanished)
                phone_actions(number, m_phones[number].machine->tick(clock()));
        });
    }
    void phone_asked(size_t number, const RequestArrived& asked) {
        Phone& phone = m_phones[number];
        m_result.requests++;
        if (asked.request.seq != ++phone.asked)
            return fault("requests out of order");
        const uint32_t seq = asked.request.seq;
        if (equal(asked.material, as_bytes(seq == 1 ? "material 1" : "material")) == false)
            return fault("material of another request");
        in(500 + static_cast<Millis>(m_random.number(15'000)), [this, number, seq] {
            Phone& answering = m_phones[number];
            if (answering.vanished || answering.ended)
                return;
            if (m_plan.refuses && seq == m_plan.requests) {
                phone_actions(number, answering.machine->refuse(clock()));
                return;
            }
            Bytes response(40 + m_random.number(200));
            m_random.fill(response);
            m_secrets.push_back(response);
            m_given.push_back(response);
            phone_actions(number,
                          answering.machine->answer(response, seq == m_plan.requests, clock()));
        });
    }

    /// What must hold in the end, whatever the network did.
    void judge() {
        const auto winners = std::count_if(m_phones.begin(), m_phones.end(),
                                           [](const Phone& phone) { return phone.won; });
        if (winners > 1)
            return fault("two phones had the session");
        if (m_result.phone_vanished || m_result.page_vanished)
            return;  // the other side waits, or says so: nothing was invented, which is checked
                     // above
        if (!m_page_ended)
            return fault("the page never ended");
        for (const Phone& phone : m_phones) {
            if (!phone.ended)
                return fault("a phone never ended");
        }
        if (winners == 0)
            return;  // the network was too bad for a scan within 120 s
        const bool refused = m_plan.refuses;
        const size_t expected = m_plan.requests - (refused ? 1 : 0);
        if (m_given.size() != expected || m_page_answers != expected)
            return fault("an answer got lost");
        if (m_page_error != (refused ? std::optional(ErrorCode::session_refused) : std::nullopt))
            return fault(std::string("the page ended with ") +
                         (m_page_error ? error_name(*m_page_error) : "nothing"));
        for (const Phone& phone : m_phones) {
            const auto wanted = !phone.won ? std::optional(ErrorCode::session_taken)
                                : refused  ? std::optional(ErrorCode::session_refused)
                                           : std::nullopt;
            // A loser may also learn too late that it was beaten.
            if (phone.error != wanted && phone.won)
                return fault("the phone ended otherwise");
        }
        if (hub_now().state() != HubSession::State::ended)
            fault("the hub keeps the session");
    }

    SeededRandom m_random;
    Plan m_plan;
    SimulationResult m_result;
    Millis m_now = 0;
    uint64_t m_order = 0;
    std::priority_queue<Scheduled> m_events;

    SecretBytes m_record;
    Millis m_stored_at = start_time, m_hub_down_until = 0;
    bool m_hub_tick_waits = false;

    std::unique_ptr<PageSession> m_page;
    std::unique_ptr<Opened> m_opened;
    bool m_page_tick_waits = false, m_page_ended = false;
    std::optional<ErrorCode> m_page_error;
    size_t m_page_answers = 0;
    int m_codes = 0;

    std::vector<Phone> m_phones;
    std::vector<Bytes> m_given;    // answers in the order in which the phone gave them
    std::vector<Bytes> m_secrets;  // what must not be seen on the way
};

}  // namespace

SimulationResult simulate(uint64_t seed) {
    return Simulation(seed).run();
}

}  // namespace bidseal::test
