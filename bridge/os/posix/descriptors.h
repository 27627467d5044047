// Descriptors that Child leaves open for the program that it starts.
#pragma once

namespace bidseal::os {

inline constexpr int first_inherited = 3;
inline constexpr int inherited_channels = 2;

}  // namespace bidseal::os
