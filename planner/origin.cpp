#include "planner/origin.hpp"

#include <filesystem>

namespace nsbuild::planner {

std::string origin_of(const netgraph::NetGraph& graph, const specs::Mark& at) {
  // Which of several included files it was is not known here; the topology file itself is the first.
  const std::string file = graph.file.empty() ? "-" : std::filesystem::path(graph.file).filename().string();
  return at ? file + ":" + std::to_string(at.line) : file;
}

}  // namespace nsbuild::planner
