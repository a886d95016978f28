#include "specs/generate/generate.hpp"

#include "specs/generate/shapes.hpp"

namespace nsbuild::specs {

const std::array<Shape, 6>& shapes() {
  static constexpr std::array<Shape, 6> rows{{
      {"ring", 3, 10000, "routers in a circle, their default routes clockwise", write_ring},
      {"line", 2, 10000, "routers in a row", write_line},
      {"star", 2, 1023, "hosts on one network, as many as a bridge has ports", write_star},
      {"tree", 2, 10000, "routers, two below each", write_tree},
      {"mesh", 2, 255, "hosts with a link between any two", write_mesh},
      {"clos", 2, 255, "leaves with a host each below 2 spines, from 9 on below 4", write_clos},
  }};
  return rows;
}

}  // namespace nsbuild::specs
