// Declares every function of the standard as this library's export.
#pragma once

#include "bridge/ukey/skf/skf.h"

namespace bidseal::skf {
extern "C" {
#define BIDSEAL_SKF_EXPORT(name, parameters) \
    __attribute__((visibility("default"))) ULONG name parameters;
BIDSEAL_SKF_FUNCTIONS(BIDSEAL_SKF_EXPORT)
#undef BIDSEAL_SKF_EXPORT
}
}  // namespace bidseal::skf
