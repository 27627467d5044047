#pragma once

#include "bidseal/cosign/phone.h"

#include "curve.h"

namespace bidseal::cosign {

struct PhoneSessionShare::Impl {
    KeyId key;
    SessionId session;
    SessionLimits limits;
    Number d1;  // d1·rho
};

}  // namespace bidseal::cosign
