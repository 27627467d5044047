// Answers of GM/T 0016 functions.
#pragma once

#include "bidseal/base/error.h"

#include "bridge/ukey/skf/skf.h"

namespace bidseal::skf {

/// What a library's answer means to us. Never called with SAR_OK.
ErrorCode error_of(ULONG answer);

/// Throws the Error that `answer` stands for, unless it is SAR_OK. `what` is the function's name.
void check(ULONG answer, const char* what);

}  // namespace bidseal::skf
