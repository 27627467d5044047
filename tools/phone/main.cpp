// bidseal-phone: a phone without a person, for tests: it enrols, scans a code and does what it was
// told to do.
#include <chrono>
#include <cstdio>
#include <fstream>
#include <map>
#include <set>
#include <thread>

#include <sys/stat.h>

#include "bidseal/base/wire.h"
#include "bidseal/protocol/json.h"
#include "bidseal/session/phone.h"

#include "bridge/cloud/base/key_file.h"
#include "bridge/cloud/enrol/enrol_service.h"
#include "bridge/host/system.h"
#include "link.h"
#include "state.h"

namespace bidseal::phone {
namespace {

constexpr const char* help =
    R"(bidseal-phone: a scripted phone for bidseal-cloud. FOLDER holds what a phone would store.

  bidseal-phone enrol FOLDER --service URL --number +86… --name PERSON --pin PIN --sms-file FILE
      [--company NAME --credit-code CODE] [--cosign URL] [--hub URL]
      enrols with the service's simulators, makes a signing and an encryption key and, with a
      company, gets their certificates: FOLDER/{sign,enc}.crt
  bidseal-phone scan FOLDER --code TEXT --pin PIN --trust FILE [--refuse] [--wrong-pins N]
      [--slow SECONDS] [--vanish]
      claims the code and answers: signs what is asked for with the PIN (after N wrong ones), after
      so many seconds, or refuses; or vanishes once the claim is won
  bidseal-phone sign FOLDER --pin PIN --file FILE...     signatures FILE.sig, one batch
  bidseal-phone register FOLDER --tender FILE --file FILE...
      wraps (SM2Cipher DER) of a bid, which may be opened from the tender file's opening time on
  bidseal-phone decrypt FOLDER --pin PIN --file FILE...  their contents FILE.open
  bidseal-phone renew FOLDER [--time TIME]               a new ticket; TIME is the phone's clock
  bidseal-phone change-pin FOLDER --pin PIN --new-pin PIN
  bidseal-phone status FOLDER                             the keys, and the tries that are left

  --ca FILE    whom https trusts, PEM
)";

class Words {
public:
    Words(int count, char** values) {
        static const std::set<std::string> flags{"--refuse", "--vanish"};
        for (int i = 1; i < count; i++) {
            const std::string word = values[i];
            if (flags.count(word) != 0) {
                m_values[word].emplace_back("yes");
            } else if (word.starts_with("--")) {
                require(i + 1 < count, ErrorCode::usage, "an option needs a value");
                m_values[word].emplace_back(values[++i]);
            } else {
                m_words.push_back(word);
            }
        }
    }
    const std::vector<std::string>& words() const { return m_words; }
    bool has(const std::string& name) const { return m_values.count(name) != 0; }
    std::vector<std::string> all(const std::string& name) const {
        const auto found = m_values.find(name);
        return found == m_values.end() ? std::vector<std::string>() : found->second;
    }
    std::string get(const std::string& name, const std::string& otherwise = "") const {
        return has(name) ? all(name).back() : otherwise;
    }
    std::string need(const std::string& name) const {
        if (!has(name))
            throw Error(ErrorCode::usage, "missing").subject(name);
        return get(name);
    }

private:
    std::vector<std::string> m_words;
    std::map<std::string, std::vector<std::string>> m_values;
};

void say(const char* what, const std::string& more = "") {
    std::printf("%s%s%s\n", what, more.empty() ? "" : " ", more.c_str());
    std::fflush(stdout);
}

session::Millis millis_now() {
    return std::chrono::duration_cast<std::chrono::milliseconds>(
               std::chrono::steady_clock::now().time_since_epoch())
        .count();
}

Bytes read_file(const std::string& path) {
    return cloud::read_whole_file(path, 64 << 20);
}

void write_file(const std::string& path, ByteView content) {
    std::ofstream out(path, std::ios::binary | std::ios::trunc);
    out.write(reinterpret_cast<const char*>(content.data()),
              static_cast<std::streamsize>(content.size()));
    require(out.good(), ErrorCode::io_write);
}

std::string certificate_pem(ByteView der) {
    const std::string base64 = to_base64(der);
    std::string text = "-----BEGIN CERTIFICATE-----\n";
    for (size_t at = 0; at < base64.size(); at += 64)
        text += base64.substr(at, 64) + "\n";
    return text + "-----END CERTIFICATE-----\n";
}

/// The newest code for the number in the simulator's file.
std::string sms_code(const std::string& file, const std::string& number) {
    std::ifstream in(file);
    std::string line, code;
    while (std::getline(in, line)) {
        if (line.starts_with(number + " "))
            code = line.substr(number.size() + 1);
    }
    require(code.size() == 6, ErrorCode::io_read, "no code came");
    return code;
}

protocol::Json claim_of(const cloud::CosignClient::NewKey& made) {
    return protocol::ObjectBuilder()
        .hex("key", made.share.key.view())
        .base64("point", made.share.public_key.view())
        .base64("statement", made.statement)
        .build();
}

void get_certificates(PhoneState& state, ServiceLink& link, cloud::CosignClient& client,
                      const cloud::CosignClient::NewKey& signing,
                      const cloud::CosignClient::NewKey& encryption, ByteView pin,
                      const std::string& folder) {
    const std::string content = protocol::write_json(protocol::ObjectBuilder()
                                                         .text("name", state.name)
                                                         .text("company", state.company)
                                                         .text("credit_code", state.credit_code)
                                                         .value("signing", claim_of(signing))
                                                         .value("encryption", claim_of(encryption))
                                                         .build());
    const Bytes to_sign = cloud::certificates_bytes(as_bytes(content));
    const Bytes consent = client.sign(signing.share, pin, {to_sign}).at(0);
    const std::string request = protocol::write_json(
        protocol::ObjectBuilder()
            .base64("ticket", state.device.ticket.encode())
            .base64("content", as_bytes(content))
            .base64("signature", state.device.key.sign(to_sign, client.random()))
            .base64("consent", consent)
            .build());
    const std::string answer = link.post_json("/v1/enrol/certificates", request);
    const protocol::Json json = protocol::parse_json(as_bytes(answer));
    protocol::ObjectReader in(json, protocol::MemberOrder::any);
    state.signing_certificate = in.base64("signing", 1, 16 * 1024);
    state.encryption_certificate = in.base64("encryption", 1, 16 * 1024);
    in.finish();
    write_file(folder + "/sign.crt", as_bytes(certificate_pem(state.signing_certificate)));
    write_file(folder + "/enc.crt", as_bytes(certificate_pem(state.encryption_certificate)));
}

void enrol(const Words& words, const std::string& folder) {
    host::SystemRandom random;
    const std::string url = words.need("--service"), number = words.need("--number");
    const std::string pin = words.need("--pin"), name = words.need("--name");
    ServiceLink link(url, words.get("--ca"));
    ::mkdir(folder.c_str(), 0700);
    const std::string cosign_url = words.get("--cosign", url), hub_url = words.get("--hub", url);
    ServiceLink cosign_link(cosign_url, words.get("--ca"));
    const protocol::Json service =
        protocol::parse_json(as_bytes(cosign_link.get_json("/v1/service")));
    const protocol::Json* cosign_key = service.find("cosign_key");
    require(cosign_key != nullptr, ErrorCode::usage, "this service does not co-sign");
    link.post_json("/v1/enrol/codes",
                   protocol::write_json(protocol::ObjectBuilder().text("phone", number).build()));
    const std::string evidence = "simulated face of " + name;
    auto key = crypto::P256PrivateKey::generate(random);
    const std::string answer = link.post_json(
        "/v1/enrol/devices",
        protocol::write_json(protocol::ObjectBuilder()
                                 .text("phone", number)
                                 .text("code", sms_code(words.need("--sms-file"), number))
                                 .text("name", name)
                                 .base64("evidence", as_bytes(evidence))
                                 .base64("key", key.point().view())
                                 .build()));
    const protocol::Json enrolled = protocol::parse_json(as_bytes(answer));
    const protocol::Json* ticket = enrolled.find("ticket");
    require(ticket != nullptr, ErrorCode::message_invalid);
    PhoneState state{url,
                     hub_url,
                     cosign_url,
                     name,
                     words.get("--company"),
                     words.get("--credit-code"),
                     crypto::Sm2PublicKey::from_point(from_hex(cosign_key->as_text())),
                     {cloud::DeviceTicket::decode(from_base64(ticket->as_text())), std::move(key)},
                     std::nullopt,
                     std::nullopt,
                     {},
                     {}};
    cloud::CosignClient client(state.cosign_key, state.device, cosign_link.carry(), random);
    const auto signing = client.make_key(cosign::Purpose::sign, as_bytes(pin));
    const auto encryption = client.make_key(cosign::Purpose::decrypt, as_bytes(pin));
    state.signing = signing.share.clone();
    state.encryption = encryption.share.clone();
    save_state(folder, state);
    if (!state.company.empty()) {
        get_certificates(state, link, client, signing, encryption, as_bytes(pin), folder);
        save_state(folder, state);
    }
    say("enrolled", to_hex(state.device.ticket.account.view()));
}

/// What goes back to the page: `u16 count | field…`: signatures, or certificates.
Bytes response_of(const std::vector<Bytes>& parts) {
    Bytes out;
    append_u16(out, static_cast<uint16_t>(parts.size()));
    for (const Bytes& part : parts)
        append_field(out, part);
    return out;
}

/// One scan, from the claim to the answer.
class Scan {
public:
    Scan(const Words& words, const PhoneState& state)
        : m_words(words),
          m_state(state),
          m_hub(state.hub, words.get("--ca")),
          m_cosign(state.cosign, words.get("--ca")),
          m_client(state.cosign_key, state.device, m_cosign.carry(20), m_random),
          m_phone(session::QrContent::parse(words.need("--code")), settings(), nullptr, m_random) {}

    int run() {
        take(m_phone.begin());
        while (!m_ended) {
            std::this_thread::sleep_for(std::chrono::milliseconds(100));
            take(m_phone.tick(millis_now()));
        }
        return m_error ? 1 : 0;
    }

private:
    session::PhoneSettings settings() const {
        crypto::TrustStore trust;
        for (const std::string& file : m_words.all("--trust")) {
            for (auto& each : crypto::Certificate::parse_file(read_file(file)))
                (each.self_issued() ? trust.roots : trust.intermediates).push_back(each);
        }
        return {m_state.device.ticket.device, m_state.name, std::move(trust)};
    }

    void take(const std::vector<session::PhoneAction>& actions) {
        for (const session::PhoneAction& action : actions) {
            if (const auto* send = std::get_if<session::SendToHub>(&action))
                deliver(send->message);
            else if (const auto* need = std::get_if<session::NeedDeviceSignature>(&action))
                take(m_phone.device_signed(m_state.device.key.sign(need->to_be_signed, m_random),
                                           millis_now()));
            else if (const auto* won = std::get_if<session::ClaimWon>(&action))
                claimed(*won);
            else if (const auto* arrived = std::get_if<session::RequestArrived>(&action))
                answer(*arrived);
            else if (const auto* ended = std::get_if<session::SessionEnded>(&action))
                end(*ended);
        }
    }

    void deliver(const Bytes& message) {
        const bool claim =
            std::holds_alternative<session::Claim>(session::decode_hub_message(message));
        Bytes body;
        if (claim)
            append_field(body, m_state.device.ticket.encode());
        append(body, message);
        // What gets lost the machine sends again.
        const auto reply = m_hub.hub(claim ? "/v1/hub/claims" : "/v1/hub/messages", body);
        if (reply && !reply->empty())
            take(m_phone.receive(*reply, millis_now(), host::SystemClock().now()));
    }

    void claimed(const session::ClaimWon& won) {
        say("claimed", session::operation_name(won.operation));
        if (m_words.has("--vanish")) {
            std::fflush(stdout);
            std::_Exit(0);
        }
    }

    void answer(const session::RequestArrived& arrived) {
        const session::Request& request = arrived.request;
        say("asked", std::string(session::operation_name(request.operation)) + " " +
                         std::to_string(request.items.size()) +
                         (arrived.must_compare ? " compare " + arrived.code : ""));
        std::this_thread::sleep_for(std::chrono::seconds(std::stoul(m_words.get("--slow", "0"))));
        if (m_words.has("--refuse")) {
            take(m_phone.refuse(millis_now()));
            return;
        }
        Bytes response;
        try {
            response = make_response(request);
        } catch (const Error& error) {
            say("failed", error_name(error.code()));
            take(m_phone.refuse(millis_now()));
            return;
        }
        say("answered");
        take(m_phone.answer(response, request.operation != session::Operation::open_session,
                            millis_now()));
    }

    Bytes make_response(const session::Request& request) {
        if (request.operation == session::Operation::certificates)
            return response_of({m_state.signing_certificate, m_state.encryption_certificate});
        require(request.operation != session::Operation::open_envelopes, ErrorCode::usage,
                "bidseal-phone does not open bids");
        std::vector<Bytes> items;
        for (const session::RequestItem& item : request.items)
            items.push_back(item.to_be_signed);
        const std::string right = m_words.need("--pin");
        for (unsigned long left = std::stoul(m_words.get("--wrong-pins", "0")); left > 0; left--)
            try_wrong_pin(right, items);
        return response_of(m_client.sign(*m_state.signing, as_bytes(right), items));
    }

    void try_wrong_pin(const std::string& right, const std::vector<Bytes>& items) {
        std::string wrong = right;
        wrong[0] = wrong[0] == '9' ? '0' : static_cast<char>(wrong[0] + 1);
        try {
            m_client.sign(*m_state.signing, as_bytes(wrong), items);
        } catch (const Error& error) {
            say(error_name(error.code()), std::to_string(error.retries_left().value_or(0)));
            if (error.code() != ErrorCode::cosign_pin_wrong)
                throw;
        }
    }

    void end(const session::SessionEnded& ended) {
        m_ended = true;
        m_error = ended.error;
        say("ended", ended.error ? error_name(*ended.error) : "");
    }

    const Words& m_words;
    const PhoneState& m_state;
    host::SystemRandom m_random;
    ServiceLink m_hub, m_cosign;
    cloud::CosignClient m_client;
    session::PhoneSession m_phone;
    bool m_ended = false;
    std::optional<ErrorCode> m_error;
};

/// A phone with its link to the co-sign service.
struct Phone {
    Phone(const Words& words, const std::string& folder)
        : state(load_state(folder)),
          link(state.cosign, words.get("--ca")),
          client(state.cosign_key, state.device, link.carry(), random) {}
    host::SystemRandom random;
    PhoneState state;
    ServiceLink link;
    cloud::CosignClient client;
};

std::vector<Bytes> named_files(const Words& words) {
    std::vector<Bytes> contents;
    for (const std::string& file : words.all("--file"))
        contents.push_back(read_file(file));
    return contents;
}

void sign(const Words& words, const std::string& folder) {
    Phone phone(words, folder);
    const auto signatures =
        phone.client.sign(*phone.state.signing, as_bytes(words.need("--pin")), named_files(words));
    for (size_t i = 0; i < signatures.size(); i++)
        write_file(words.all("--file")[i] + ".sig", signatures[i]);
    say("signed", std::to_string(signatures.size()));
}

void register_wraps(const Words& words, const std::string& folder) {
    Phone phone(words, folder);
    phone.client.register_wraps(*phone.state.encryption, read_file(words.need("--tender")),
                                named_files(words));
    say("registered");
}

void decrypt(const Words& words, const std::string& folder) {
    Phone phone(words, folder);
    const auto opened = phone.client.decrypt(*phone.state.encryption, as_bytes(words.need("--pin")),
                                             named_files(words));
    for (size_t i = 0; i < opened.size(); i++)
        write_file(words.all("--file")[i] + ".open", opened[i].view());
    say("decrypted", std::to_string(opened.size()));
}

void renew(const Words& words, const std::string& folder) {
    host::SystemRandom random;
    PhoneState state = load_state(folder);
    ServiceLink link(state.enrol, words.get("--ca"));
    const Timestamp time =
        words.has("--time") ? parse_time(words.get("--time")) : host::SystemClock().now();
    const cloud::DeviceId device = state.device.ticket.device;
    const Bytes signature = state.device.key.sign(cloud::renewal_bytes(device, time), random);
    const std::string answer =
        link.post_json("/v1/enrol/tickets", protocol::write_json(protocol::ObjectBuilder()
                                                                     .hex("device", device.view())
                                                                     .time("time", time)
                                                                     .base64("signature", signature)
                                                                     .build()));
    const protocol::Json json = protocol::parse_json(as_bytes(answer));
    const protocol::Json* ticket = json.find("ticket");
    require(ticket != nullptr, ErrorCode::message_invalid);
    state.device.ticket = cloud::DeviceTicket::decode(from_base64(ticket->as_text()));
    save_state(folder, state);
    say("renewed", format_time(state.device.ticket.expires));
}

void change_pin(const Words& words, const std::string& folder) {
    Phone phone(words, folder);
    const std::string old_pin = words.need("--pin"), new_pin = words.need("--new-pin");
    for (auto* share : {&phone.state.signing, &phone.state.encryption}) {
        *share = phone.client.refresh(**share, as_bytes(old_pin), as_bytes(new_pin));
        save_state(folder, phone.state);
    }
    say("changed");
}

void status(const Words& words, const std::string& folder) {
    Phone phone(words, folder);
    for (const auto* share : {&phone.state.signing, &phone.state.encryption}) {
        const cloud::KeyReport report = phone.client.report((*share)->key);
        say(share == &phone.state.signing ? "signing" : "encryption",
            to_hex((*share)->key.view()) + " state " +
                std::to_string(static_cast<int>(report.state)) + " epoch " +
                std::to_string(report.status.epoch) + " tries " +
                std::to_string(report.tries_left) + " before pause " +
                std::to_string(report.tries_before_pause) + " paused until " +
                std::to_string(report.paused_until.seconds));
    }
}

int run(const Words& words) {
    require(words.words().size() == 2, ErrorCode::usage, "a command and a folder; see --help");
    const std::string command = words.words()[0], folder = words.words()[1];
    static const std::map<std::string, void (*)(const Words&, const std::string&)> commands = {
        {"enrol", enrol},     {"sign", sign},   {"register", register_wraps},
        {"decrypt", decrypt}, {"renew", renew}, {"change-pin", change_pin},
        {"status", status},
    };
    if (command == "scan") {
        const PhoneState state = load_state(folder);
        return Scan(words, state).run();
    }
    const auto found = commands.find(command);
    require(found != commands.end(), ErrorCode::usage, "unknown command");
    found->second(words, folder);
    return 0;
}

}  // namespace
}  // namespace bidseal::phone

int main(int count, char** values) {
    using namespace bidseal;
    for (int i = 1; i < count; i++) {
        if (std::string(values[i]) == "--help") {
            std::fputs(phone::help, stdout);
            return 0;
        }
    }
    try {
        return phone::run(phone::Words(count, values));
    } catch (const Error& error) {
        std::fprintf(stderr, "bidseal-phone: %s%s%s: %s (%s)\n", error.subject().c_str(),
                     error.subject().empty() ? "" : ": ", error_name(error.code()), error.what(),
                     error_text(error.code(), false));
        if (error.retries_left())
            std::fprintf(stderr, "  tries left: %u\n", *error.retries_left());
        return error.code() == ErrorCode::usage ? 2 : 1;
    } catch (const std::exception& error) {
        std::fprintf(stderr, "bidseal-phone: %s\n", error.what());
        return 1;
    }
}
