// Logging in to a token with the PIN that its owner enters in a native window.
#pragma once

#include "bridge/local/dialogs/dialogs.h"
#include "bridge/local/dialogs/texts.h"
#include "bridge/ukey/token.h"

namespace bidseal::bridge {

/// Asks for the PIN and logs in. The tries left are shown before each entry; after a wrong PIN it
/// is asked again, unless `stop_at_wrong_pin` (a batch): then it is Error(pin_wrong); the last try
/// needs a confirmation of its own. No PIN is kept or tried twice. Throws Error: pin_locked
/// (retries 0), pin_cancelled (with the tries left, when the token tells), what
/// TokenSession::login() throws except pin_wrong, and what Dialogs throws.
void log_in(ukey::TokenSession& session, Dialogs& dialogs, const Texts& texts, Purpose purpose,
            const std::string& origin, const Interrupt& interrupt, bool stop_at_wrong_pin = false);

}  // namespace bidseal::bridge
