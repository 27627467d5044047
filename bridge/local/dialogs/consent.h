// Asking the person: may this page use this key for this?
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "bridge/local/dialogs/dialogs.h"
#include "bridge/local/dialogs/texts.h"

namespace bidseal::bridge {

/// One line `label: value` of the window.
struct ConsentLine {
    std::string label;
    std::string value;      ///< of any origin: shown through display_text()
    bool optional = false;  ///< left out when the window's text becomes too long
};

/// What the window says.
struct ConsentRequest {
    Purpose purpose = Purpose::sign_bid;
    std::string origin;
    std::vector<ConsentLine> lines;
};

/// An approval that comes sooner than this after the window appeared cannot have been meant.
inline constexpr std::chrono::milliseconds soonest_approval{700};

/// The window's text, at most `max_bytes` when each line break counts three (pinentry's limit).
/// Lines that must be shown are never left out; long values are cut.
std::string consent_text(const ConsentRequest& request, const Texts& texts, bool too_quick,
                         size_t max_bytes = 940);

/// Shows the window until it is answered by a person. An approval sooner than soonest_approval is
/// discarded and asked again, five times at most. Throws Error: consent_refused, and what Dialogs
/// throws.
void ask_consent(Dialogs& dialogs, const ConsentRequest& request, const Texts& texts,
                 const Interrupt& interrupt);

}  // namespace bidseal::bridge
