// A co-sign service over a store in memory, and an enrolled phone.
#pragma once

#include "bridge/cloud/cosign/service.h"
#include "bridge/cloud/phone/cosign_client.h"
#include "bridge/cloud/store/memory_store.h"
#include "cloud_test_support.h"

namespace bidseal::test {

/// Few rounds, so that tests spend their time elsewhere.
inline constexpr cosign::PinHardness quick{4};
inline constexpr std::string_view pin = "135790", wrong_pin = "246800";

/// A tender file of the test platform that opens then.
Bytes tender_file(const std::string& project, Timestamp opening);

struct Service {
    explicit Service(uint64_t seed = 1);
    SharedRandom random;
    TestClock clock;
    cloud::MemoryStore store;
    cloud::Records records;
    crypto::Sm2PrivateKey service_key, enrol_key;
    cloud::CosignService cosign;
    std::mutex outcomes_mutex;
    std::vector<std::string> outcomes;

    cloud::PhoneDevice enrol_phone();
    cloud::PhoneDevice enrol_phone(const cloud::AccountId& account);
    std::string last_audit();
    size_t audit_count() { return records.verify_audit().count; }
};

/// A phone of that service.
struct Phone {
    explicit Phone(Service& service);
    Phone(Service& service, cloud::PhoneDevice its_device);
    Service& service;
    cloud::PhoneDevice device;
    cloud::CosignClient client;
    /// Called with each sealed call and its answer, when set.
    std::function<void(const std::string& route, const Bytes& sealed, Bytes& answer)> on_call;

    cosign::PhoneShare make(cosign::Purpose purpose) {
        return client.make_key(purpose, as_bytes(pin), quick).share;
    }
    /// Whether a signing works; the error's name otherwise.
    std::string try_sign(const cosign::PhoneShare& share, std::string_view with_pin);
};

}  // namespace bidseal::test
