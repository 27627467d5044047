// The words of the native windows, in both languages.
#pragma once

#include <string>
#include <string_view>

namespace bidseal::bridge {

enum class Language { english, chinese };

/// From LC_ALL, LC_MESSAGES, LANG: Chinese when the first that is set begins with "zh".
Language system_language();

/// What a person is asked for.
enum class Purpose {
    sign_bid,
    sign_openers,
    unwrap,
    rehearse,
    pair,
    login,
    sign_messages,
    sign_digests,
    decrypt,
};
inline constexpr size_t purpose_count = 9;

struct Texts {
    /// `%1` is the page.
    struct ForPurpose {
        const char* question;
        const char* name;  ///< as in "PIN of UKey …, to …"
    };
    ForPurpose purposes[purpose_count];  ///< in the order of Purpose
    const char* title;
    const char *project, *lot, *platform, *platform_unchecked, *supplier, *certificate, *ukey;
    const char *envelopes, *files, *documents, *openers, *fingerprint, *adds;
    const char *pairing_code, *pairing_note, *pairing_advice, *pairing_allow;
    const char *count, *count_rest, *unsure, *minutes, *digest, *blind_note, *blind_advice;
    const char *decrypt_note, *decrypt_advice;
    const char *allow, *refuse, *too_quick;
    const char *pin_prompt, *pin_ok, *pin_for, *pin_wrong, *retries, *retries_unknown;
    const char *default_pin, *last_try_question, *last_try_ok;
};

const Texts& texts_of(Language language);

const char* question(const Texts& texts, Purpose purpose);
const char* purpose_name(const Texts& texts, Purpose purpose);

/// `%1` and `%2` in the pattern replaced.
std::string fill_in(std::string_view pattern, std::string_view first, std::string_view second = {});

}  // namespace bidseal::bridge
