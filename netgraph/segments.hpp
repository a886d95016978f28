// Which interfaces hear each other's broadcasts: the layer 2 segments of a graph.
#pragma once
#include "netgraph/netgraph.hpp"

#include <cstddef>
#include <vector>

namespace nsbuild::netgraph {

/// For every interface the number of its segment: equal numbers share one. A veth pair is one segment, and so are all
/// ports of a network and of those that links join to it. `lo`, and an end whose link is broken, have one of their own.
std::vector<std::size_t> segments(const NetGraph& graph);

/// The members of each segment, in file order, by segment number; ports of bridges are left out. Unused numbers are
/// empty.
std::vector<std::vector<std::size_t>> segment_members(const NetGraph& graph, const std::vector<std::size_t>& segments);

/// Disjoint sets of the numbers below a bound, joined one pair at a time.
class DisjointSets {
 public:
  explicit DisjointSets(std::size_t count);
  std::size_t find(std::size_t x);
  /// False when both were in one set already.
  bool join(std::size_t x, std::size_t y);

 private:
  std::vector<std::size_t> parent_;
};

}  // namespace nsbuild::netgraph
