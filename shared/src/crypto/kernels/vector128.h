#pragma once

#include <cstdint>
#include <cstring>

/// 128-bit vectors through the compilers' vector extension, which g++ and clang translate to SSE2,
/// NEON or WebAssembly SIMD alike. Operators work lane by lane.
namespace bidseal::crypto::kernels {

using Vec2x64 = std::uint64_t __attribute__((vector_size(16)));
using Vec4x32 = std::uint32_t __attribute__((vector_size(16)));
using Vec16x8 = std::uint8_t __attribute__((vector_size(16)));

/// For the small steps of a kernel: without inlining, vectors would travel through memory.
#define BIDSEAL_KERNEL_INLINE [[gnu::always_inline]] inline

/// For the large steps: inlined into one another they exceed what optimisers handle well.
#define BIDSEAL_KERNEL_STEP [[gnu::noinline]]

#define BIDSEAL_KERNEL_PRAGMA(text) _Pragma(#text)

/// Before a loop of exactly `count` turns that has to become straight code, or has to stay a loop.
#if defined(__clang__)
#define BIDSEAL_KERNEL_UNROLL(count) BIDSEAL_KERNEL_PRAGMA(clang loop unroll(full))
#define BIDSEAL_KERNEL_NO_UNROLL BIDSEAL_KERNEL_PRAGMA(clang loop unroll(disable))
#else
#define BIDSEAL_KERNEL_UNROLL(count) BIDSEAL_KERNEL_PRAGMA(GCC unroll count)
#define BIDSEAL_KERNEL_NO_UNROLL BIDSEAL_KERNEL_PRAGMA(GCC unroll 1)
#endif

/// Reads a vector from memory of any alignment.
template <class Vector>
BIDSEAL_KERNEL_INLINE Vector load_vector(const void* memory) {
    Vector value;
    std::memcpy(&value, memory, sizeof value);
    return value;
}

/// Writes a vector to memory of any alignment.
template <class Vector>
BIDSEAL_KERNEL_INLINE void store_vector(void* memory, Vector value) {
    std::memcpy(memory, &value, sizeof value);
}

/// Interleaves the lower halves of two byte vectors: a0 b0 a1 b1 … a7 b7.
BIDSEAL_KERNEL_INLINE Vec16x8 interleave_low(Vec16x8 a, Vec16x8 b) {
    return __builtin_shufflevector(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
}

/// Interleaves the upper halves of two byte vectors: a8 b8 a9 b9 … a15 b15.
BIDSEAL_KERNEL_INLINE Vec16x8 interleave_high(Vec16x8 a, Vec16x8 b) {
    return __builtin_shufflevector(a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15,
                                   31);
}

}  // namespace bidseal::crypto::kernels
