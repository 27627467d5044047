#include "bridge/local/dialogs/login.h"

#include "bridge/local/base/display.h"
#include "bridge/local/policy/origin_display.h"

namespace bidseal::bridge {

namespace {

/// Enough for any token; stops one that forgets to count.
constexpr int most_entries = 16;

/// The token as people know it.
std::string token_name(const ukey::TokenInfo& info) {
    std::string name = display_text(info.label, 48);
    return info.serial.empty() ? name : name + " (" + display_text(info.serial, 40) + ")";
}

Error with_retries(ErrorCode code, const ukey::PinState& state) {
    Error error(code);
    if (state.max != 0)
        error.retries(state.left);
    return error;
}

DialogText pin_window(const ukey::TokenInfo& info, const ukey::PinState& state, bool wrong,
                      const Texts& texts, Purpose purpose, const std::string& origin) {
    DialogText text;
    text.title = texts.title;
    if (wrong)
        text.description = std::string(texts.pin_wrong) + "\n";
    text.description += fill_in(texts.pin_for, token_name(info), purpose_name(texts, purpose)) +
                        "\n" + origin_for_people(origin) + "\n";
    text.description += state.max == 0 ? std::string(texts.retries_unknown)
                                       : fill_in(texts.retries, std::to_string(state.left),
                                                 std::to_string(state.max));
    if (state.is_default)
        text.description += "\n" + std::string(texts.default_pin);
    text.prompt = texts.pin_prompt;
    text.ok = texts.pin_ok;
    text.cancel = texts.refuse;
    return text;
}

void confirm_last_try(const ukey::TokenInfo& info, const ukey::PinState& state, Dialogs& dialogs,
                      const Texts& texts, const Interrupt& interrupt) {
    DialogText text;
    text.title = texts.title;
    text.description = fill_in(texts.last_try_question, token_name(info));
    text.ok = texts.last_try_ok;
    text.cancel = texts.refuse;
    if (!dialogs.confirm(text, interrupt))
        throw with_retries(ErrorCode::pin_cancelled, state);
}

}  // namespace

void log_in(ukey::TokenSession& session, Dialogs& dialogs, const Texts& texts, Purpose purpose,
            const std::string& origin, const Interrupt& interrupt, bool stop_at_wrong_pin) {
    bool wrong = false;
    for (int entry = 0; entry < most_entries; ++entry) {
        ukey::PinState state = session.pin_state();
        if (state.locked())
            throw Error(ErrorCode::pin_locked).retries(0);
        if (state.last_try()) {
            confirm_last_try(session.info(), state, dialogs, texts, interrupt);
        }
        DialogText text = pin_window(session.info(), state, wrong, texts, purpose, origin);
        std::optional<SecretBytes> pin = dialogs.ask_pin(text, interrupt);
        if (!pin)
            throw with_retries(ErrorCode::pin_cancelled, state);
        interrupt.check();
        try {
            session.login(*pin);
            return;
        } catch (const Error& error) {
            if (error.code() != ErrorCode::pin_wrong || stop_at_wrong_pin)
                throw;
        }
        wrong = true;
    }
    throw with_retries(ErrorCode::pin_wrong, session.pin_state());
}

}  // namespace bidseal::bridge
