// The one place where exceptions of the core are caught on their way to the page.
#pragma once

#include <type_traits>
#include <utility>

#include <emscripten/val.h>

#include "bidseal/base/error.h"

namespace bidseal::wasm {

/// {code, message, position?, retriesLeft?, subject} for the page.
emscripten::val describe_error(const Error& error);

/// Runs the function; gives {value} or {error}. The page's side unpacks it and throws.
template <class Function>
emscripten::val guard(Function&& function) {
    emscripten::val result = emscripten::val::object();
    try {
        if constexpr (std::is_void_v<decltype(function())>) {
            function();
        } else {
            result.set("value", function());
        }
    } catch (const Error& error) {
        result.set("error", describe_error(error));
    } catch (const std::exception& error) {
        result.set("error", describe_error(Error(ErrorCode::internal, error.what())));
    }
    return result;
}

/// Wraps a member function or function for embind: guarded<&Session::begin>.
template <auto Function>
struct Guarded;

template <class Session, class Result, class... Args, Result (Session::*Function)(Args...)>
struct Guarded<Function> {
    static emscripten::val call(Session& session, Args... args) {
        return guard([&]() -> Result { return (session.*Function)(std::move(args)...); });
    }
};

template <class Session, class Result, class... Args, Result (Session::*Function)(Args...) const>
struct Guarded<Function> {
    static emscripten::val call(const Session& session, Args... args) {
        return guard([&]() -> Result { return (session.*Function)(std::move(args)...); });
    }
};

template <class Result, class... Args, Result (*Function)(Args...)>
struct Guarded<Function> {
    static emscripten::val call(Args... args) {
        return guard([&]() -> Result { return Function(std::move(args)...); });
    }
};

template <auto Function>
inline constexpr auto guarded = &Guarded<Function>::call;

}  // namespace bidseal::wasm
