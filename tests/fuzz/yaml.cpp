// The YAML reader alone: text into a tree.
#include "specs/variables.hpp"
#include "specs/yaml/parse.hpp"
#include "tests/fuzz/targets.hpp"

namespace nsbuild::fuzz {
namespace {

/// A key that is none is reported, and left for nobody to read.
std::size_t depth_of(const specs::Node& node, bool is_sound) {
  std::size_t deepest = 0;
  for (const specs::Node& item : node.items) deepest = std::max(deepest, depth_of(item, is_sound));
  for (const specs::Entry& entry : node.entries) {
    promise(!is_sound || entry.key.is_scalar(), "a key that is no scalar");
    deepest = std::max(deepest, depth_of(entry.value, is_sound));
  }
  promise(node.kind != specs::Node::Kind::alias, "an alias is left");
  return deepest + 1;
}

}  // namespace

void run_yaml(std::string_view bytes) {
  specs::LoadOptions options;
  options.environment = false;
  options.env_file = {{"ROOTFS", "/usr"}};
  specs::Variables variables(options);
  specs::Sources sources;
  specs::Diagnostics diagnostics;
  const std::uint32_t file = sources.add("topo.yaml", std::string(bytes));
  const auto root = specs::parse_yaml(file, bytes, variables, sources, diagnostics);
  if (root)
    promise(depth_of(*root, !diagnostics.failed()) <= 2 * specs::deepest_nesting,
            "deeper than can be");  // aliases may nest once more
  promise(root || diagnostics.failed() || bytes.empty(), "no tree, and no word why");
  for (const bool color : {false, true}) specs::print(diagnostics, sources, true, color);
}

}  // namespace nsbuild::fuzz
