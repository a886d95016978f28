// Which column a box of a drawing stands in, and where in it: layers by distance, ordered so that few wires cross.
#pragma once
#include "netgraph/picture.hpp"

#include <cstddef>
#include <vector>

namespace nsbuild::netgraph {

/// A connected part of the picture; columns from left to right, boxes in them from top to bottom. Wires lead only
/// within a column or to the next one. Boxes without wires come last, in a grid of their own.
struct Part {
  std::vector<std::vector<std::size_t>> columns;
};

/// Deterministic: the same picture always gives the same layout.
std::vector<Part> lay_out(const Picture& picture);

}  // namespace nsbuild::netgraph
