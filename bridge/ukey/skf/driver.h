// Driver for GM/T 0016 (SKF) libraries: the vendors' and the software UKey alike.
#pragma once

#include <memory>
#include <string>

#include "bridge/ukey/skf/skf.h"
#include "bridge/ukey/token.h"

namespace bidseal::skf {

/// How a vendor compiled its library, where that departs from the standard.
struct Profile {
    enum class Packing { packed, natural };
    enum class CallConvention { cdecl_, stdcall_ };

    std::string name = "standard";
    int ulong_size = 4;  ///< 4 by the standard; 8 where `unsigned long` was left native
    Packing packing = Packing::packed;
    CallConvention call = CallConvention::cdecl_;

    /// ULONG of 32 bits, packed(1): the standard, and the software UKey.
    static Profile standard() { return {}; }
};

/// Loads a library with dlopen (local symbols, bound at once). The caller has checked that the
/// administrator allowed this path. Throws Error: token_driver when it cannot be loaded or lacks a
/// function that the bridge needs, token_unsupported for a profile that this driver cannot call.
std::unique_ptr<ukey::TokenDriver> load_driver(const std::string& path,
                                               const Profile& profile = Profile::standard());

/// What a library's answer means to us. Never called with SAR_OK.
ErrorCode error_of(ULONG answer);

/// Throws the Error that `answer` stands for, unless it is SAR_OK. `what` is the function's name.
void check(ULONG answer, const char* what);

}  // namespace bidseal::skf
