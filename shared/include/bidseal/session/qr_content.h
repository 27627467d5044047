// What a code says: version 1 | sid 16 | k 16 | E 33 | step 4 | rot 8, base64url, in the fragment
// of a URL, so that no server sees it when the code is opened by another app.
#pragma once

#include <string>
#include <string_view>

#include "bidseal/base/secret.h"
#include "bidseal/session/types.h"

namespace bidseal::session {

inline constexpr size_t qr_text_size = 104;

struct QrContent {
    Sid sid;
    SecretBytes k;    ///< 16 bytes that travel by light only: H never has them
    OneTimeKey page;  ///< E
    uint32_t step = 0;
    Rotation rotation;

    /// The 104 characters.
    std::string encode() const;
    /// From these characters. Throws Error(session_code_invalid) for any other spelling, another
    /// version, or a page key that is no point.
    static QrContent parse(std::string_view text);
    /// From a whole URL `https://…#…`, as a camera reads it. Throws Error(session_code_invalid).
    static QrContent parse_url(std::string_view url);
};

/// rot: the first 8 bytes of HMAC-SM3(K_sid, sid | step | E). Only platform and hub have K_sid, so
/// that a page cannot make codes for later.
Rotation rotation_of(const SecretBytes& k_sid, const Sid& sid, uint32_t step,
                     const OneTimeKey& page);

/// The step that is current `age` milliseconds after the session began.
uint32_t step_at(Millis age);
/// Whether a code of this step may still be claimed at that age.
bool step_is_fresh(uint32_t step, Millis age);

}  // namespace bidseal::session
