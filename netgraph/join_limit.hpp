// How many services can join one other.
#pragma once
#include <cstddef>

namespace nsbuild::netgraph {

/// An init keeps its supervisors in a table of that size (engine/init/family.hpp).
inline constexpr std::size_t joined_max = 255;

}  // namespace nsbuild::netgraph
