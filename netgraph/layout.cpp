#include "netgraph/layout.hpp"

#include <algorithm>
#include <limits>
#include <numeric>

namespace nsbuild::netgraph {
namespace {

using Neighbours = std::vector<std::vector<std::size_t>>;

constexpr std::size_t nowhere = std::numeric_limits<std::size_t>::max();

Neighbours neighbours(const Picture& picture) {
  Neighbours result(picture.boxes.size());
  for (const PictureWire& wire : picture.wires) {
    result[wire.a.box].push_back(wire.b.box);
    result[wire.b.box].push_back(wire.a.box);
  }
  return result;
}

/// The boxes at each distance from `root`, in order of discovery.
Part layers_from(std::size_t root, const Neighbours& neighbours, std::vector<std::size_t>& layer) {
  Part part;
  std::vector<std::size_t> current{root};
  layer[root] = 0;
  while (!current.empty()) {
    std::vector<std::size_t> next;
    for (const std::size_t box : current) {
      for (const std::size_t other : neighbours[box]) {
        if (layer[other] != nowhere) continue;
        layer[other] = part.columns.size() + 1;
        next.push_back(other);
      }
    }
    part.columns.push_back(std::move(current));
    current = std::move(next);
  }
  return part;
}

/// One pass of Sugiyama's barycentre rule: each box goes to the mean position of its neighbours in the column beside.
void order_by(const Neighbours& neighbours, const std::vector<std::size_t>& beside, std::vector<std::size_t>& column,
              std::vector<double>& position) {
  for (std::size_t i = 0; i < beside.size(); ++i) {
    position[beside[i]] = (static_cast<double>(i) + 0.5) / static_cast<double>(beside.size());
  }
  std::vector<std::pair<double, std::size_t>> keyed;
  for (std::size_t i = 0; i < column.size(); ++i) {
    double sum = 0;
    double count = 0;
    for (const std::size_t other : neighbours[column[i]]) {
      if (position[other] < 0) continue;
      sum += position[other];
      ++count;
    }
    const double here = (static_cast<double>(i) + 0.5) / static_cast<double>(column.size());
    keyed.emplace_back(count > 0 ? sum / count : here, column[i]);
  }
  std::stable_sort(keyed.begin(), keyed.end(), [](const auto& x, const auto& y) { return x.first < y.first; });
  std::transform(keyed.begin(), keyed.end(), column.begin(), [](const auto& entry) { return entry.second; });
  for (const std::size_t box : beside) position[box] = -1;
}

void reduce_crossings(Part& part, const Neighbours& neighbours) {
  std::vector<double> position(neighbours.size(), -1);
  auto& columns = part.columns;
  for (int pass = 0; pass < 4; ++pass) {
    for (std::size_t i = 1; i < columns.size(); ++i) order_by(neighbours, columns[i - 1], columns[i], position);
    for (std::size_t i = columns.size(); i-- > 1;) order_by(neighbours, columns[i], columns[i - 1], position);
  }
}

/// Leaves first: a chain then runs from its end, and a tree from a leaf.
std::vector<std::size_t> by_degree(const Neighbours& neighbours) {
  std::vector<std::size_t> order(neighbours.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t x, std::size_t y) { return neighbours[x].size() < neighbours[y].size(); });
  return order;
}

Part grid(const std::vector<std::size_t>& boxes) {
  constexpr std::size_t width = 6;
  Part part;
  part.columns.resize(std::min(width, boxes.size()));
  for (std::size_t i = 0; i < boxes.size(); ++i) part.columns[i % width].push_back(boxes[i]);
  return part;
}

}  // namespace

std::vector<Part> lay_out(const Picture& picture) {
  const Neighbours all = neighbours(picture);
  std::vector<std::size_t> layer(picture.boxes.size(), nowhere);
  std::vector<std::size_t> alone;
  std::vector<Part> parts;
  for (const std::size_t box : by_degree(all)) {
    if (all[box].empty()) {
      alone.push_back(box);
    } else if (layer[box] == nowhere) {
      parts.push_back(layers_from(box, all, layer));
      reduce_crossings(parts.back(), all);
    }
  }
  if (!alone.empty()) parts.push_back(grid(alone));
  return parts;
}

}  // namespace nsbuild::netgraph
