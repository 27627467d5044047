#include "guard.h"

#include "values.h"

namespace bidseal::wasm {

emscripten::val describe_error(const Error& error) {
    emscripten::val result = emscripten::val::object();
    result.set("code", text(error_name(error.code())));
    result.set("message", text(error.what()));
    result.set("subject", text(error.subject()));
    if (error.position())
        result.set("position", number(*error.position()));
    if (error.retries_left())
        result.set("retriesLeft", number(*error.retries_left()));
    return result;
}

}  // namespace bidseal::wasm
