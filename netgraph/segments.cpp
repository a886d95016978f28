#include "netgraph/segments.hpp"

#include <numeric>

namespace nsbuild::netgraph {

DisjointSets::DisjointSets(std::size_t count) : parent_(count) {
  std::iota(parent_.begin(), parent_.end(), std::size_t{0});
}

std::size_t DisjointSets::find(std::size_t x) {
  while (parent_[x] != x) x = parent_[x] = parent_[parent_[x]];  // path halving keeps the trees flat
  return x;
}

bool DisjointSets::join(std::size_t x, std::size_t y) {
  x = find(x);
  y = find(y);
  parent_[y] = x;
  return x != y;
}

std::vector<std::size_t> segments(const NetGraph& graph) {
  const std::size_t count = graph.interfaces.size();
  DisjointSets sets(count + graph.networks.size());
  for (const Link& link : graph.links) sets.join(link.a, link.b);
  for (std::size_t i = 0; i < count; ++i) {
    if (graph.interfaces[i].network) sets.join(count + *graph.interfaces[i].network, i);
  }
  std::vector<std::size_t> result(count);
  for (std::size_t i = 0; i < count; ++i) result[i] = sets.find(i);
  return result;
}

std::vector<std::vector<std::size_t>> segment_members(const NetGraph& graph, const std::vector<std::size_t>& segments) {
  std::vector<std::vector<std::size_t>> members(graph.interfaces.size() + graph.networks.size());
  for (std::size_t i = 0; i < segments.size(); ++i) {
    if (!graph.interfaces[i].network) members[segments[i]].push_back(i);
  }
  return members;
}

}  // namespace nsbuild::netgraph
