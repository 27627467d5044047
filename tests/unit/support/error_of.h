// Catches the one error type, so that a test can assert its code, position and message.
#pragma once

#include <optional>

#include "bidseal/base/error.h"

namespace bidseal::test {

/// The error that the call throws, or nothing when it returns.
template <class Call>
std::optional<Error> error_of(Call call) {
    try {
        call();
    } catch (const Error& error) {
        return error;
    }
    return std::nullopt;
}

/// The name of the error that the call throws, or "" when it returns.
template <class Call>
std::string error_name_of(Call call) {
    const std::optional<Error> error = error_of(call);
    return error ? error_name(error->code()) : "";
}

}  // namespace bidseal::test
