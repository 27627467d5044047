// Driver for PKCS #11 libraries: a thin wrapper over C_GetFunctionList. RSA and ECDSA P-256 keys.
#pragma once

#include <memory>
#include <string>

#include "bridge/ukey/raw.h"

namespace bidseal::pkcs11 {

/// Loads a library into this process and initialises it. Login is a matter of the whole process
/// here (PKCS #11 section 5.6), which is why a library has a process of its own. A container is a
/// CKA_ID, in hex; without numbers of tries there are PinState's flags. Throws Error(token_driver).
std::unique_ptr<ukey::RawDriver> load_raw(const std::string& path);

}  // namespace bidseal::pkcs11
