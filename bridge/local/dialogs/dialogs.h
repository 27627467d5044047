// The native windows: what the operations need of them. pinentry.h has the real ones.
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "bidseal/base/secret.h"

#include "bridge/local/base/interrupt.h"

namespace bidseal::bridge {

/// What a window shows.
struct DialogText {
    std::string title;
    std::string description;  ///< several lines; already fit to be shown
    std::string prompt;       ///< before the PIN field; empty for a confirmation
    std::string ok;           ///< label of the button that allows
    std::string cancel;       ///< label of the button that refuses
};

/// Shows one window at a time and waits for the person. Throws Error: pinentry_missing, timed_out,
/// and the interrupt's reason when it was raised; the window is gone then.
class Dialogs {
public:
    virtual ~Dialogs() = default;
    /// How long the window had stood when the person allowed it, or nothing when it was refused.
    virtual std::optional<std::chrono::milliseconds> confirm(const DialogText& text,
                                                             const Interrupt& interrupt) = 0;
    /// The PIN, or nothing when the person cancelled.
    virtual std::optional<SecretBytes> ask_pin(const DialogText& text,
                                               const Interrupt& interrupt) = 0;
};

}  // namespace bidseal::bridge
