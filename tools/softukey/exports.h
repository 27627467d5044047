// Declares every function of the standard as this library's export.
#pragma once

#include "bridge/ukey/skf/skf.h"

namespace bidseal::skf {
extern "C" {
#define BIDSEAL_SKF_EXPORT(name, parameters) \
    __attribute__((visibility("default"))) ULONG name parameters;
BIDSEAL_SKF_FUNCTIONS(BIDSEAL_SKF_EXPORT)
#undef BIDSEAL_SKF_EXPORT

/// Not in the standard: private decryption for the test libraries that stand for vendors' (see
/// tests/worker/libs). `which` is 1 for the encryption key, 2 for the signing key.
__attribute__((visibility("default"))) ULONG SKF_BidsealDecrypt(HCONTAINER hContainer, ULONG which,
                                                                BYTE* pbCipherBlob, BYTE* pbPlain,
                                                                ULONG* pulPlainLen);
}
}  // namespace bidseal::skf
