#include "bridge/local/dialogs/consent.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "bridge/local/base/display.h"
#include "bridge/local/policy/origin_display.h"

namespace bidseal::bridge {

namespace {

constexpr int most_windows = 6;

size_t escaped_size(const std::string& text) {
    return text.size() +
           2 * static_cast<size_t>(std::count_if(text.begin(), text.end(),
                                                 [](char c) { return c == '\n' || c == '%'; }));
}

std::string compose(const ConsentRequest& request, const Texts& texts, bool too_quick,
                    bool with_optional, size_t value_bytes) {
    std::string text;
    if (too_quick)
        text += std::string(texts.too_quick) + "\n\n";
    text += fill_in(question(texts, request.purpose), origin_for_people(request.origin)) + "\n";
    for (const ConsentLine& line : request.lines) {
        if (line.optional && !with_optional)
            continue;
        text += "\n" + line.label + ": " + display_text(line.value, value_bytes);
    }
    return text;
}

}  // namespace

std::string consent_text(const ConsentRequest& request, const Texts& texts, bool too_quick,
                         size_t max_bytes) {
    // From the fullest form to the shortest.
    constexpr std::pair<bool, size_t> forms[] = {{true, 200},  {true, 120}, {false, 200},
                                                 {false, 120}, {false, 80}, {false, 56},
                                                 {false, 40}};
    for (auto [with_optional, value_bytes] : forms) {
        std::string text = compose(request, texts, too_quick, with_optional, value_bytes);
        if (escaped_size(text) <= max_bytes)
            return text;
    }
    return compose(request, texts, too_quick, false, 24);
}

void ask_consent(Dialogs& dialogs, const ConsentRequest& request, const Texts& texts,
                 const Interrupt& interrupt) {
    for (int window = 0; window < most_windows; ++window) {
        DialogText text;
        text.title = texts.title;
        text.description = consent_text(request, texts, window > 0);
        text.ok = request.purpose == Purpose::pair ? texts.pairing_allow : texts.allow;
        text.cancel = texts.refuse;
        std::optional<std::chrono::milliseconds> stood = dialogs.confirm(text, interrupt);
        if (!stood)
            throw Error(ErrorCode::consent_refused);
        if (*stood >= soonest_approval)
            return;
    }
    throw Error(ErrorCode::consent_refused, "approved too quickly each time");
}

}  // namespace bidseal::bridge
