#include "planner/origin.hpp"

#include <filesystem>

namespace nsbuild::planner {

std::string origin_of(const netgraph::NetGraph& graph, const specs::Mark& at) {
  const std::string own = graph.file.empty() ? "-" : std::filesystem::path(graph.file).filename().string();
  const std::string& file = graph.files.of(at, own);
  return at ? file + ":" + std::to_string(at.line) : file;
}

}  // namespace nsbuild::planner
