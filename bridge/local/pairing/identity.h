// The daemon's own key: pages pin it when they pair, so that another program on the port is
// noticed.
#pragma once

#include <string>

#include "bidseal/crypto/p256.h"

namespace bidseal::bridge {

/// The key in `folder`/daemon-key, made at the first start. Throws Error: io_read (somebody else
/// may have written it), io_write, key_invalid (damaged: it is not replaced, for pages would refuse
/// the new one).
crypto::P256PrivateKey load_or_make_identity(const std::string& folder, Random& random);

}  // namespace bidseal::bridge
