// What the icon says, in the session's language.
#pragma once

namespace bidseal::tray {

struct Texts {
    const char* title;
    const char* running;  ///< %s: version, %u: port
    const char* stopped;
};

const Texts& texts_of_session();

}  // namespace bidseal::tray
