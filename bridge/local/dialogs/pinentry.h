// Windows by pinentry (GnuPG's family of PIN dialogs): a process for each window, spoken to in
// Assuan over its standard input and output. The PIN never stands in a std::string.
#pragma once

#include <chrono>
#include <string>

#include "bridge/local/dialogs/dialogs.h"

namespace bidseal::bridge {

/// The first that can be run of: `configured` (alone, when not empty); /usr/bin/pinentry, which the
/// administrator points at the preferred one; the desktops' own; curses and tty.
/// Throws Error(pinentry_missing).
std::string find_pinentry(const std::string& configured);

/// What kind of windows the program shows, as it says itself: `gtk2`, `qt`, `gnome3`, `curses`,
/// `tty` …; `unknown` when it does not tell. Throws Error(pinentry_missing) when it does not speak.
std::string pinentry_flavour(const std::string& program);

class Pinentry : public Dialogs {
public:
    /// `timeout`: how long a window stays when nobody answers.
    Pinentry(std::string program, std::chrono::seconds timeout);

    std::optional<std::chrono::milliseconds> confirm(const DialogText& text,
                                                     const Interrupt& interrupt) override;
    std::optional<SecretBytes> ask_pin(const DialogText& text, const Interrupt& interrupt) override;

private:
    std::string m_program;
    std::chrono::seconds m_timeout;
};

}  // namespace bidseal::bridge
