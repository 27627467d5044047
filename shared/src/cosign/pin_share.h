// From PIN and stored share to d1 and back.
#pragma once

#include "bidseal/cosign/phone.h"

#include "curve.h"

namespace bidseal::cosign {

/// h: 48 bytes of PBKDF2-HMAC-SM3 modulo n. Throws Error(usage) unless the PIN is six digits.
Number pin_number(ByteView pin, ByteView salt, PinHardness hardness);

/// d1 = x·h. Any PIN gives one.
Number unblind(const PhoneShare& share, ByteView pin);
/// Draws a salt and sets salt, hardness and x = d1·h^-1.
void blind(PhoneShare& share, const Number& d1, ByteView pin, PinHardness hardness, Random& random);

}  // namespace bidseal::cosign
