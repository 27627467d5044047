#include "bridge/ukey/skf/answers.h"

#include <cstdio>

namespace bidseal::skf {

ErrorCode error_of(ULONG answer) {
    switch (answer) {
        case SAR_DEVICE_REMOVED:
            return ErrorCode::token_removed;
        case SAR_PIN_INCORRECT:
        case SAR_PIN_INVALID:
        case SAR_PIN_LEN_RANGE:
            return ErrorCode::pin_wrong;
        case SAR_PIN_LOCKED:
            return ErrorCode::pin_locked;
        case SAR_USER_NOT_LOGGED_IN:
            return ErrorCode::pin_required;
        case SAR_KEYNOTFOUNDERR:
        case SAR_CERTNOTFOUNDERR:
        case SAR_APPLICATION_NOT_EXISTS:
        case SAR_FILE_NOT_EXIST:
            return ErrorCode::key_not_found;
        case SAR_NOTSUPPORTYETERR:
        case SAR_KEYUSAGEERR:
        case SAR_USER_PIN_NOT_INITIALIZED:
            return ErrorCode::token_unsupported;
        case SAR_TIMEOUTERR:
            return ErrorCode::timed_out;
        default:
            return ErrorCode::token_failed;
    }
}

void check(ULONG answer, const char* what) {
    if (answer == SAR_OK)
        return;
    char text[96];
    std::snprintf(text, sizeof text, "%s answered 0x%08X", what, static_cast<unsigned>(answer));
    throw Error(error_of(answer), text);
}

}  // namespace bidseal::skf
