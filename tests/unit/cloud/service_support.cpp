#include "service_support.h"

namespace bidseal::test {

using namespace cloud;

namespace {

bid::Tender tender_of(const std::string& project, Timestamp opening) {
    bid::Tender tender;
    tender.platform_id = "ggzy.example";
    tender.platform_name = "Example Platform";
    tender.project_id = project;
    tender.project_title = "Bridge works";
    tender.buyer = "Example Buyer";
    tender.published = {opening.seconds - 86'400};
    tender.deadline = opening;
    tender.opening = opening;
    tender.lots = {{"lot-1", "Main span"}};
    bid::EnvelopeRule envelope;
    envelope.id = "technical";
    envelope.title = "Technical part";
    bid::DocumentSlot slot;
    slot.id = "documents";
    slot.title = "Documents";
    slot.formats = {"any"};
    slot.max_bytes = 1 << 20;
    envelope.slots = {slot};
    tender.envelopes = {envelope};
    tender.ways = {{bid::WayKind::supplier, false}};
    tender.platform_certificate = platform().certificate;
    tender.roots = platform().trust.roots;
    tender.intermediates = platform().trust.intermediates;
    return tender;
}

SecretBytes sealing_key() {
    return SecretBytes::copy_of(Bytes(sealing_key_size, 7));
}

}  // namespace

Bytes tender_file(const std::string& project, Timestamp opening) {
    SeededRandom random(99);
    const Bytes content = bid::tender_content(tender_of(project, opening));
    return bid::build_tender_file(content, platform().key.sign(content, random));
}

Service::Service(uint64_t seed)
    : random(seed),
      records(store, sealing_key(), clock, random),
      service_key(crypto::Sm2PrivateKey::generate(random)),
      enrol_key(crypto::Sm2PrivateKey::generate(random)),
      cosign({records,
              service_key,
              enrol_key.public_key(),
              platform().trust,
              {platform().certificate.digest()},
              clock,
              random,
              [this](const std::string& route, const char* outcome) {
                  std::lock_guard<std::mutex> lock(outcomes_mutex);
                  outcomes.push_back(route + " " + outcome);
              }}) {}

PhoneDevice Service::enrol_phone() {
    return enrol_phone(fresh_id<AccountId>(random));
}

PhoneDevice Service::enrol_phone(const AccountId& account) {
    auto key = crypto::P256PrivateKey::generate(random);
    DeviceTicket ticket = DeviceTicket::issue(fresh_id<DeviceId>(random), account, key.point(),
                                              clock.now(), enrol_key, random);
    return {std::move(ticket), std::move(key)};
}

std::string Service::last_audit() {
    return records.audit_entries(records.audit_head().count, 1).at(0);
}

Phone::Phone(Service& its_service) : Phone(its_service, its_service.enrol_phone()) {}

Phone::Phone(Service& its_service, PhoneDevice its_device)
    : service(its_service),
      device(std::move(its_device)),
      client(
          service.service_key.public_key(), device,
          [this](const std::string& route, const AccountId& account, const Bytes& sealed) {
              Bytes answer = service.cosign.handle(route, account, sealed);
              if (on_call)
                  on_call(route, sealed, answer);
              return answer;
          },
          service.random) {}

std::string Phone::try_sign(const cosign::PhoneShare& share, std::string_view with_pin) {
    return error_name_of(
        [&] { client.sign(share, as_bytes(with_pin), {to_bytes(as_bytes("a document"))}); });
}

}  // namespace bidseal::test
