// What phones, pages and platforms send to the mobile-CA service: nothing but Error may come out,
// and what is accepted in a binary form is written again to the very same bytes.
#include "bridge/cloud/cosign/bodies.h"
#include "bridge/cloud/cosign/call.h"
#include "bridge/cloud/enrol/enrol_service.h"
#include "bridge/cloud/http/routes.h"
#include "bridge/cloud/hub/platform_message.h"
#include "bridge/cloud/store/memory_store.h"

using namespace bidseal;
using namespace bidseal::cloud;

namespace {

ByteView view_of(const Bytes& bytes) {
    return bytes;
}
ByteView view_of(const SecretBytes& bytes) {
    return bytes.view();
}

template <class Message>
void attempt_body(ByteView input) {
    try {
        const auto written = Message::decode(input).encode();
        if (!equal(view_of(written), input))
            __builtin_trap();
    } catch (const Error&) {
    }
}

template <class Read>
void attempt(Read read) {
    try {
        read();
    } catch (const Error&) {
    }
}

class Zeros : public Random {
public:
    void fill(std::span<uint8_t> out) override {
        for (uint8_t& byte : out)
            byte = ++m_last;
    }

private:
    uint8_t m_last = 0;
};

class StillClock : public Clock {
public:
    Timestamp now() const override { return {1'790'000'000}; }
};

class World : public SmsSender, public FaceCheck, public EntityRegistry, public CertificateIssuer {
public:
    void send(const std::string&, const std::string&) override {}
    bool is_person(const std::string&, ByteView) override { return true; }
    bool may_act(const std::string&, const std::string&, const std::string&) override {
        return true;
    }
    Bytes issue(const std::string&, const std::string&, CertificateIssuer::Purpose,
                const crypto::Sm2PublicKey&) override {
        return {1};
    }
};

void attempt_enrolment(ByteView input) {
    static Zeros random;
    static const StillClock clock;
    static const auto key = crypto::Sm2PrivateKey::generate(random);
    static World world;
    MemoryStore store;
    Records records(store, SecretBytes(sealing_key_size), clock, random);
    EnrolService enrol({records, key, key.public_key(), world, world, world, world, clock, random});
    attempt([&] { enrol.send_code(input); });
    attempt([&] { enrol.enrol_device(input); });
    attempt([&] { enrol.renew_ticket(input); });
    attempt([&] { enrol.issue_certificates(input); });
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    const ByteView input(data, size);
    attempt_body<DeviceTicket>(input);
    attempt_body<CreateKey>(input);
    attempt_body<CompletedKey>(input);
    attempt_body<KeyReport>(input);
    attempt_body<BeginSign>(input);
    attempt_body<RegisterWraps>(input);
    attempt_body<BeginDecrypt>(input);
    attempt_body<DecryptBegun>(input);
    attempt_body<OpenSession>(input);
    attempt_body<SessionSign>(input);
    attempt([&] { PlatformMessage::parse(input); });
    attempt([&] { parse_draft(input); });
    attempt([&] { parse_next_request(input); });
    attempt([&] { read_answer(SecretBytes::copy_of(input)); });
    attempt([&] { open_record(SecretBytes(sealing_key_size), "name", input); });
    find_route("POST", as_text(input));
    attempt_enrolment(input);
    return 0;
}
