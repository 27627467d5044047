// Emscripten 3.1.6 brings a C++ library without std::three_way_comparable, which Botan 3 names.
// This header is put in front of Botan's sources and of everything that includes Botan there.
#pragma once

#include <compare>
#include <version>

#if !defined(__cpp_lib_three_way_comparison) && defined(_LIBCPP_VERSION) && _LIBCPP_VERSION < 15000
namespace std {

/// As [cmp.concept] says, without the requirement of a weakly-equality-comparable type.
template <typename T, typename Category = partial_ordering>
concept three_way_comparable = requires(const T& a, const T& b) {
    { a <=> b };
    { a < b };
    { a > b };
    { a <= b };
    { a >= b };
};

}  // namespace std
#endif
