#include "bridge/cloud/enrol/simulators.h"
#include "doctest/doctest.h"
#include "service_support.h"

using namespace bidseal;
using namespace bidseal::cloud;
using namespace bidseal::test;
using protocol::Json;
using protocol::ObjectBuilder;

namespace {

constexpr const char* number = "+8613800000000";
constexpr const char* person = "王工";

/// Keeps the newest code.
class KeptSms : public SmsSender {
public:
    void send(const std::string&, const std::string& sent) override { code = sent; }
    std::string code;
};

/// Notes what it was asked to certify; what it gives out is no certificate.
class NotingIssuer : public CertificateIssuer {
public:
    Bytes issue(const std::string& company, const std::string& credit_code, Purpose purpose,
                const crypto::Sm2PublicKey& key) override {
        asked.push_back(company + " " + credit_code +
                        (purpose == Purpose::signing ? " signing " : " encryption ") +
                        to_hex(key.point()));
        return {static_cast<uint8_t>(asked.size())};
    }
    std::vector<std::string> asked;
};

struct Enrolment {
    Service service;
    KeptSms sms;
    SimulatedFaceCheck face;
    SimulatedRegistry registry;
    NotingIssuer issuer;
    EnrolService enrol{{service.records, service.enrol_key, service.service_key.public_key(), sms,
                        face, registry, issuer, service.clock, service.random}};
    crypto::P256PrivateKey key = crypto::P256PrivateKey::generate(service.random);

    std::string send_code() {
        const std::string json =
            protocol::write_json(ObjectBuilder().text("phone", number).build());
        return error_name_of([&] { enrol.send_code(as_bytes(json)); });
    }
    std::string device_request(const std::string& code, const std::string& name) {
        return protocol::write_json(ObjectBuilder()
                                        .text("phone", number)
                                        .text("code", code)
                                        .text("name", name)
                                        .base64("evidence", as_bytes("simulated face of " + name))
                                        .base64("key", key.point().view())
                                        .build());
    }
    std::string try_device(const std::string& code, const std::string& name = person) {
        const std::string json = device_request(code, name);
        return error_name_of([&] { enrol.enrol_device(as_bytes(json)); });
    }
    /// Another code than the right one.
    std::string wrong_code() const { return sms.code == "000000" ? "000001" : "000000"; }

    PhoneDevice enrol_phone() {
        REQUIRE(send_code() == "");
        const std::string answer = enrol.enrol_device(as_bytes(device_request(sms.code, person)));
        const Json json = protocol::parse_json(as_bytes(answer));
        return {DeviceTicket::decode(from_base64(json.find("ticket")->as_text())),
                crypto::P256PrivateKey::from_scalar(key.scalar())};
    }
    std::string renew(const DeviceId& device, Timestamp time, const crypto::P256PrivateKey& by) {
        const std::string json = protocol::write_json(
            ObjectBuilder()
                .hex("device", device.view())
                .time("time", time)
                .base64("signature", by.sign(renewal_bytes(device, time), service.random))
                .build());
        return error_name_of([&] { enrol.renew_ticket(as_bytes(json)); });
    }
};

Json claim_of(const CosignClient::NewKey& made) {
    return ObjectBuilder()
        .hex("key", made.share.key.view())
        .base64("point", made.share.public_key.view())
        .base64("statement", made.statement)
        .build();
}

std::string content_of(const CosignClient::NewKey& signing, const CosignClient::NewKey& encryption,
                       const std::string& company) {
    return protocol::write_json(ObjectBuilder()
                                    .text("name", person)
                                    .text("company", company)
                                    .text("credit_code", "91310000MA1FL0XX0A")
                                    .value("signing", claim_of(signing))
                                    .value("encryption", claim_of(encryption))
                                    .build());
}

}  // namespace

TEST_CASE("enrol: a code is sent once a minute, for five minutes and five tries") {
    Enrolment world;
    CHECK(world.try_device("123456") == "pin_wrong");
    CHECK(world.send_code() == "");
    CHECK(world.sms.code.size() == 6);
    CHECK(world.send_code() == "too_many_requests");
    SUBCASE("tries") {
        for (int left = 4; left >= 0; left--) {
            const std::string json = world.device_request(world.wrong_code(), person);
            const auto error = error_of([&] { world.enrol.enrol_device(as_bytes(json)); });
            REQUIRE(error.has_value());
            CHECK(error->code() == ErrorCode::pin_wrong);
            CHECK(error->retries_left() == static_cast<uint32_t>(left));
        }
        CHECK(world.try_device(world.sms.code) == "pin_wrong");
        world.service.clock.pass(60);
        CHECK(world.send_code() == "");
        CHECK(world.try_device(world.sms.code) == "");
        CHECK(world.try_device(world.sms.code) == "pin_wrong");  // used up
    }
    SUBCASE("time") {
        world.service.clock.pass(299);
        const std::string code = world.sms.code;
        world.service.clock.pass(1);
        CHECK(world.try_device(code) == "pin_wrong");
    }
}

TEST_CASE("enrol: a number brings no account without the person") {
    Enrolment world;
    const PhoneDevice first = world.enrol_phone();
    world.service.clock.pass(60);
    REQUIRE(world.send_code() == "");
    CHECK(world.try_device(world.sms.code, "李工") == "certificate_untrusted");
    const std::string faceless = protocol::write_json(ObjectBuilder()
                                                          .text("phone", number)
                                                          .text("code", world.sms.code)
                                                          .text("name", person)
                                                          .base64("evidence", as_bytes("a picture"))
                                                          .base64("key", world.key.point().view())
                                                          .build());
    CHECK(error_name_of([&] { world.enrol.enrol_device(as_bytes(faceless)); }) ==
          "certificate_untrusted");
    // A second phone of the same person: another device of the same account.
    const std::string answer =
        world.enrol.enrol_device(as_bytes(world.device_request(world.sms.code, person)));
    const Json json = protocol::parse_json(as_bytes(answer));
    CHECK(json.find("account")->as_text() == to_hex(first.ticket.account.view()));
    CHECK(json.find("device")->as_text() != to_hex(first.ticket.device.view()));
}

TEST_CASE("enrol: tickets are renewed for good devices, by their own key, now") {
    Enrolment world;
    const PhoneDevice phone = world.enrol_phone();
    const DeviceId& device = phone.ticket.device;
    const Timestamp now = world.service.clock.now();
    CHECK(world.renew(device, now, phone.key) == "");
    CHECK(world.renew(device, {now.seconds - 300}, phone.key) == "");
    CHECK(world.renew(device, {now.seconds - 301}, phone.key) == "signature_invalid");
    CHECK(world.renew(device, {now.seconds + 301}, phone.key) == "signature_invalid");
    CHECK(world.renew(device, now, crypto::P256PrivateKey::generate(world.service.random)) ==
          "signature_invalid");
    CHECK(world.renew({}, now, phone.key) == "certificate_untrusted");
    world.enrol.revoke_device(device);
    CHECK(world.renew(device, now, phone.key) == "certificate_untrusted");
}

TEST_CASE(
    "enrol: certificates for split keys of the account, with the key's and the device's word") {
    Enrolment world;
    Phone phone(world.service, world.enrol_phone());
    const auto signing = phone.client.make_key(cosign::Purpose::sign, as_bytes(pin), quick);
    const auto encryption = phone.client.make_key(cosign::Purpose::decrypt, as_bytes(pin), quick);
    const std::string company = "东海建设有限公司";
    const std::string content = content_of(signing, encryption, company);
    const auto ask = [&](const std::string& asked, const crypto::P256PrivateKey& device,
                         const cosign::PhoneShare& consenting, const std::string& consented) {
        const Bytes consent =
            phone.client.sign(consenting, as_bytes(pin), {certificates_bytes(as_bytes(consented))})
                .at(0);
        const std::string json = protocol::write_json(
            ObjectBuilder()
                .base64("ticket", phone.device.ticket.encode())
                .base64("content", as_bytes(asked))
                .base64("signature",
                        device.sign(certificates_bytes(as_bytes(asked)), world.service.random))
                .base64("consent", consent)
                .build());
        return error_name_of([&] { world.enrol.issue_certificates(as_bytes(json)); });
    };
    const crypto::P256PrivateKey& device = phone.device.key;
    const auto stranger = crypto::P256PrivateKey::generate(world.service.random);
    CHECK(ask(content, stranger, signing.share, content) == "signature_invalid");
    const std::string other = content_of(signing, encryption, "西海建设有限公司");
    CHECK(ask(content, device, signing.share, other) == "signature_invalid");
    const std::string refused = content_of(signing, encryption, "refused");
    CHECK(ask(refused, device, signing.share, refused) == "certificate_untrusted");
    // The signing key as encryption key, though the service vouches for it: not for that purpose.
    const std::string swapped = content_of(signing, signing, company);
    CHECK(ask(swapped, device, signing.share, swapped) == "certificate_untrusted");
    // A key of another account.
    Phone neighbour(world.service);
    const auto foreign = neighbour.client.make_key(cosign::Purpose::decrypt, as_bytes(pin), quick);
    const std::string borrowed = content_of(signing, foreign, company);
    CHECK(ask(borrowed, device, signing.share, borrowed) == "certificate_untrusted");
    CHECK(world.issuer.asked.empty());

    CHECK(ask(content, device, signing.share, content) == "");
    CHECK(ask(content, device, signing.share, content) == "");
    REQUIRE(world.issuer.asked.size() == 2);
    CHECK(world.issuer.asked[0] ==
          company + " 91310000MA1FL0XX0A signing " + to_hex(signing.share.public_key.view()));
    CHECK(world.issuer.asked[1] ==
          company + " 91310000MA1FL0XX0A encryption " + to_hex(encryption.share.public_key.view()));
}
