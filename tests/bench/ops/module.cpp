// The operations as a module for the page. Gives the seconds; a wrong operation or result traps.
#include <emscripten/bind.h>

#include "operations.h"

EMSCRIPTEN_BINDINGS(bidseal_bench) {
    emscripten::function(
        "runOperation", +[](std::string operation, double size, double count) {
            return bidseal::bench::run_operation(operation, static_cast<std::size_t>(size),
                                                 static_cast<unsigned>(count));
        });
}
