// One cryptographic operation, repeated and timed: the same list for the page's module, the native
// core and OpenSSL, so that a benchmark asks each for the same work.
#pragma once

#include <cstddef>
#include <string>

namespace bidseal::bench {

/// Seconds that `count` repetitions of `operation` take. `sm3` and `sm4-ctr` work on `size` bytes
/// in memory, the SM2 operations on a message of `size` bytes; keys are made before the clock
/// starts. Throws std::invalid_argument for an unknown operation and std::runtime_error when a
/// result is wrong.
double run_operation(const std::string& operation, std::size_t size, unsigned count);

}  // namespace bidseal::bench
