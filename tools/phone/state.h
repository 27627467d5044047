// What bidseal-phone keeps between two runs, in one file of a folder of its own.
#pragma once

#include <optional>
#include <string>

#include "bidseal/cosign/phone.h"

#include "bridge/cloud/phone/cosign_client.h"

namespace bidseal::phone {

struct PhoneState {
    std::string enrol, hub, cosign;  ///< URLs
    std::string name, company, credit_code;
    crypto::Sm2PublicKey cosign_key;
    cloud::PhoneDevice device;
    std::optional<cosign::PhoneShare> signing, encryption;
    Bytes signing_certificate, encryption_certificate;  ///< DER
};

/// Throws Error: io_write.
void save_state(const std::string& folder, const PhoneState& state);
/// Throws Error: io_read, json_invalid.
PhoneState load_state(const std::string& folder);

}  // namespace bidseal::phone
