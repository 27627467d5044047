// Makes a UKey the way a vendor's tool and a CA do it: through the GM/T 0016 interface.
#pragma once

#include <string>

#include "authority.h"

namespace bidseal::testca {

struct UkeyPlan {
    std::string library;  ///< path of the SKF library
    std::string device;   ///< name of the device
    std::string label;    ///< shown to its user
    std::string application = "BIDSEAL";
    std::string container = "BIDSEAL-1";
    SecretBytes user_pin;
    SecretBytes admin_pin;
    uint32_t user_tries = 6;
    uint32_t admin_tries = 10;
    bool keep_default_pin = false;  ///< the PIN counts as "never changed since delivery"
    Holder holder;
    Validity validity;
};

struct UkeyCertificates {
    Bytes request;  ///< PKCS #10, signed on the token
    Bytes signing;
    Bytes encryption;
    std::string serial;  ///< of the device
};

/// Puts a factory-blank software UKey into the folder: NAME.ukey. Throws Error(file_exists).
void make_blank(const std::string& folder, const std::string& device, uint32_t iterations);

/// Application, PINs, container, signing key made on the token, request, both certificates,
/// encryption key made here and imported enveloped; then a test of both keys through the driver.
/// Throws Error as the token does.
UkeyCertificates provision(Authority& ca, const UkeyPlan& plan);

/// New certificates over the same signing key; over the same encryption key too, unless
/// `new_encryption_key`, which replaces it: bids sealed to the old one no longer open.
UkeyCertificates renew(Authority& ca, const UkeyPlan& plan, bool new_encryption_key);

}  // namespace bidseal::testca
