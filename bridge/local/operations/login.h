// The one form of a login: written by the bridge, never by a page.
#pragma once

#include <string>
#include <string_view>

#include "bidseal/base/bytes.h"
#include "bidseal/base/time.h"
#include "bidseal/crypto/certificate.h"

namespace bidseal::bridge {

/// What every login begins with, and nothing else that the bridge signs.
inline constexpr std::string_view login_opening = "{\"type\":\"bidseal-login-1\",";

/// Canonical JSON: type, origin, challenge (base64), time, certificate (SM3 of its DER, hex).
std::string login_message(const std::string& origin, ByteView challenge, Timestamp now,
                          const crypto::Certificate& certificate);

}  // namespace bidseal::bridge
