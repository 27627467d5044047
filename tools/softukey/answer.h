// How the software UKey fails inside: an Answer is thrown and becomes the function's return value.
#pragma once

#include "bridge/ukey/skf/skf.h"

namespace bidseal::softukey {

using namespace bidseal::skf;

/// Thrown inside; the one catch is in Library::call().
struct Answer {
    ULONG code;
};

/// Throws Answer{code} unless the condition holds.
inline void demand(bool condition, ULONG code) {
    if (!condition)
        throw Answer{code};
}

}  // namespace bidseal::softukey
