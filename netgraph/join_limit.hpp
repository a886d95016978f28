// How many services can join one other.
#pragma once
#include <cstddef>

namespace nsbuild::netgraph {

/// The size of the table that an init keeps of them.
inline constexpr std::size_t joined_max = 255;

}  // namespace nsbuild::netgraph
