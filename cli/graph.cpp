#include "cli/commands.hpp"
#include "cli/exit.hpp"
#include "cli/output.hpp"
#include "engine/error.hpp"

#include <array>
#include <fstream>
#include <string_view>
#include <utility>

#include <fmt/format.h>

namespace nsbuild::cli {

namespace {

using netgraph::Drawing;
constexpr std::array<std::pair<std::string_view, Drawing>, 3> formats{
    {{"dot", Drawing::dot}, {"mermaid", Drawing::mermaid}, {"svg", Drawing::svg}}};

/// What was asked for; without a word, what the output file's suffix says; without that, DOT.
Drawing choose(std::string_view format, std::string_view output) {
  for (const auto& [name, drawing] : formats)
    if (name == format) return drawing;
  return output.ends_with(".svg") ? Drawing::svg : output.ends_with(".mmd") ? Drawing::mermaid : Drawing::dot;
}

void write(const std::string& path, const std::string& text) {
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file << text << std::flush;
  if (!file) throw engine::SysError("cannot write " + path);
}

}  // namespace

int Graph::run() const {
  const auto graph = read_topology(file);
  if (!graph) return exit_code::bad_input;
  const auto drawing = netgraph::draw(*graph, choose(format, output));
  if (output.empty())
    put(drawing);
  else
    write(output, drawing);
  return exit_code::done;
}

}  // namespace nsbuild::cli
